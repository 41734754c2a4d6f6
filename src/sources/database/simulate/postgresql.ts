/** PostgreSQL's stand-in: PostgreSQL itself, embedded, behind a socket. It asks for the password, which PGlite does not. */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import { serverFaults } from "./faults.ts";
import { freePort } from "./free-port.ts";
import { greetPostgres, visitPostgres } from "./postgres-wire.ts";
import { startProxy } from "./proxy.ts";
import { createRequestLog } from "./requests.ts";
import { createQueue, type Store, type StoreOptions } from "./store.ts";

/** Who reads: not the embedded server's administrator, so that rights count. */
const READER = "syncsmith_reader";

export async function openPostgresStore(options: StoreOptions): Promise<Store> {
  const { tables, credentials } = options;
  const server = await PGlite.create();
  const schemas = [...new Set(tables.flatMap(({ read }) => read.schema ?? []))];
  const run = async (statements: readonly string[]) => {
    // All visitors share the embedded server's one session: what the last one left there goes. One by one, because a
    // change of who acts does not hold within the message that makes it.
    for (const command of ["ROLLBACK", "DISCARD ALL", "SET timezone TO 'UTC'"]) await server.exec(command);
    await server.exec(`${statements.join(";\n")};`);
  };
  await run([
    `CREATE ROLE ${READER}`,
    ...options.statements,
    ...schemas.map((schema) => `GRANT USAGE ON SCHEMA ${quoteName("postgresql", schema)} TO ${READER}`),
    ...tables.map(({ read }) => `GRANT SELECT ON ${quoteRelation("postgresql", read)} TO ${READER}`),
  ]);
  const queue = createQueue(run);
  const log = createRequestLog("postgresql", tables);
  const socket = new PGLiteSocketServer({ db: server, port: await freePort(), host: "127.0.0.1" });
  await socket.start();
  const [host, port] = socket.getServerConn().split(":");
  const proxy = await startProxy({
    port: options.port,
    upstream: { host: host ?? "127.0.0.1", port: Number(port) },
    ready: async () => {
      queue.add([`SET ROLE ${READER}`]);
      await queue.done();
    },
    greet: (visitor) => greetPostgres(visitor, { ...credentials, log }),
    visit: (line) => visitPostgres(line, log),
  });
  return {
    configuration: { host: "127.0.0.1", port: String(proxy.port), tls: "off", ...credentials },
    baseUrl: `postgresql://127.0.0.1:${proxy.port}/${credentials.database}`,
    write: queue.add,
    requests: log.seen,
    faults: serverFaults("postgresql", log.strikes),
    deny: ({ read }, denied) => {
      const relation = quoteRelation("postgresql", read);
      queue.add([denied ? `REVOKE SELECT ON ${relation} FROM ${READER}` : `GRANT SELECT ON ${relation} TO ${READER}`]);
    },
    close: async () => {
      await proxy.close();
      // A change that could not be made is a mistake of ours, and must not pass for a connector's.
      const failed = await queue.done().then(
        () => undefined,
        (error: unknown) => error,
      );
      await socket.stop();
      await server.close();
      if (failed !== undefined) throw failed;
    },
  };
}
