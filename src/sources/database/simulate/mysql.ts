/** MySQL's stand-in: a scratch MariaDB server. */

import type { SeenRequest } from "../../simulator.ts";
import { quoteName, quoteRelation, quoteText } from "../engines/quote.ts";
import { serverFaults } from "./faults.ts";
import { startMariadb } from "./mariadb.ts";
import { greetMysql, visitMysql } from "./mysql-wire.ts";
import { startProxy } from "./proxy.ts";
import { createRequestLog } from "./requests.ts";
import { createQueue, type Meanwhile, type Store, type StoreOptions } from "./store.ts";

export async function openMysqlStore(options: StoreOptions): Promise<Store> {
  const { tables, credentials } = options;
  const server = await startMariadb();
  const database = quoteName("mysql", credentials.database);
  const reader = `${quoteText("mysql", credentials.user)}@'127.0.0.1'`;
  const schemas = [...new Set(tables.flatMap(({ read }) => read.schema ?? []))];
  const grants = tables.map(({ read }) => `GRANT SELECT ON ${quoteRelation("mysql", read)} TO ${reader}`);
  await server.execute([
    `CREATE DATABASE ${database} DEFAULT CHARSET utf8mb4`,
    ...schemas.map((schema) => `CREATE DATABASE IF NOT EXISTS ${quoteName("mysql", schema)}`),
    `USE ${database}`,
    "SET time_zone = '+00:00'",
    `CREATE USER ${reader} IDENTIFIED BY ${quoteText("mysql", credentials.password)}`,
    ...options.statements,
    ...grants,
    // Without a right to something in it a database cannot be connected to.
    `CREATE TABLE syncsmith_door (id int)`,
    `GRANT SELECT ON syncsmith_door TO ${reader}`,
  ]);
  const queue = createQueue((statements) => server.execute(statements));
  const log = createRequestLog("mysql", tables);
  let meanwhile: Meanwhile | undefined;
  const beforeQuery = (request: SeenRequest) => {
    if (meanwhile === undefined) return undefined;
    meanwhile(request.table === undefined ? {} : { table: request.table });
    // A second connection makes the changes: the query waits for them.
    return queue.done();
  };
  const proxy = await startProxy({
    port: options.port,
    upstream: { host: "127.0.0.1", port: server.port },
    ready: queue.done,
    greet: (visitor) => greetMysql(visitor, log),
    visit: (line) => visitMysql(line, { log, beforeQuery }),
  });
  return {
    configuration: { host: "127.0.0.1", port: String(proxy.port), tls: "off", ...credentials },
    baseUrl: `mysql://127.0.0.1:${proxy.port}/${credentials.database}`,
    write: queue.add,
    requests: log.seen,
    faults: serverFaults("mysql", log.strikes),
    meanwhile: (hook) => {
      meanwhile = hook;
    },
    deny: ({ read }, denied) => {
      const relation = quoteRelation("mysql", read);
      queue.add([denied ? `REVOKE SELECT ON ${relation} FROM ${reader}` : `GRANT SELECT ON ${relation} TO ${reader}`]);
    },
    close: async () => {
      await proxy.close();
      // A change that could not be made is a mistake of ours, and must not pass for a connector's.
      const failed = await queue.done().then(
        () => undefined,
        (error: unknown) => error,
      );
      await server.close();
      if (failed !== undefined) throw failed;
    },
  };
}
