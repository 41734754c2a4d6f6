/**
 * A stand-in for a database: a real engine on this machine with tables made from the blueprint, and rows made of a seed.
 * It knows only the blueprint, never the connector.
 */
import { rootCertificates } from "node:tls";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { UserError } from "../../../errors.ts";
import { createRandom } from "../../http/simulate/random.ts";
import type { Record_ } from "../../record.ts";
import type { SimulateOptions, Simulator } from "../../simulator.ts";
import { AUTHORITY_KEY, type DatabaseBlueprint } from "../complete.ts";
import { createState, makeChange, type TableState, truthOf } from "./corpus.ts";
import { createDrift } from "./drift.ts";
import { openMysqlStore } from "./mysql.ts";
import { openPostgresStore } from "./postgresql.ts";
import { createTable, simulatedColumns, tableWriter } from "./sql.ts";
import { openSqliteStore } from "./sqlite.ts";
import type { Store, StoreOptions } from "./store.ts";

const STORES = { postgresql: openPostgresStore, mysql: openMysqlStore, sqlite: openSqliteStore };
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * Throws `UserError` for SQL Server, which nothing on this machine can stand in for, and for MySQL where no MariaDB is
 * installed. Of a table whose deletes do not show, `truth` drops deleted rows although no destination can know.
 */
export async function simulateDatabase(blueprint: Blueprint, options: SimulateOptions): Promise<Simulator> {
  const own = blueprintOf(blueprint, "database");
  const { engine } = own.source;
  if (engine === "sqlserver") {
    throw new UserError("SQL Server cannot be simulated: nothing on this machine can stand in for it.", {
      hint: "The connector is generated and linted, but not run. Test it against a database of your own.",
    });
  }
  const states = new Map<string, TableState>();
  const statements: string[] = [];
  for (const table of own.tables) {
    const columns = simulatedColumns(engine, table);
    const writer = tableWriter(engine, table, columns);
    const state = createState(table, columns, { writer, seed: options.seed, scale: options.scale ?? 1 });
    states.set(table.name, state);
    statements.push(...createTable(engine, table, columns), ...portionsOf(state.rows).map(writer.insert));
  }
  const given: StoreOptions = {
    tables: own.tables,
    statements,
    credentials: credentialsOf(own, options.seed),
    port: options.port,
  };
  const store = await STORES[engine](given);
  if (own.source.own_authority === undefined) return simulatorOf(engine, states, store);
  // Looked at by nobody: the stand-in has no TLS.
  const authority = { [AUTHORITY_KEY]: rootCertificates[0] ?? "" };
  return simulatorOf(engine, states, { ...store, configuration: { ...store.configuration, ...authority } });
}

/** So many rows in one statement. */
const ROWS_PER_INSERT = 200;

function portionsOf(rows: readonly Record_[]): Record_[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_PER_INSERT) }, (_, index) =>
    rows.slice(index * ROWS_PER_INSERT, (index + 1) * ROWS_PER_INSERT),
  );
}

function simulatorOf(engine: Engine, states: ReadonlyMap<string, TableState>, store: Store): Simulator {
  const drift = createDrift(engine);
  const stateOf = (name: string) => {
    const state = states.get(name);
    if (state === undefined) throw new RangeError(`the simulated source has no table ${name}`);
    return state;
  };
  return {
    baseUrl: store.baseUrl,
    proxied: false,
    configuration: store.configuration,
    truth: (table) => truthOf(stateOf(table)),
    deleted: (table) => structuredClone(stateOf(table).deleted),
    change: (change) => {
      const { rows, statements } = makeChange(stateOf(change.table), change);
      if (statements.length > 0) store.write(statements);
      return rows;
    },
    drift: (form, table, count) => {
      const { rows, statements } = drift(form, stateOf(table), count);
      if (statements.length > 0) store.write(statements);
      return rows;
    },
    requests: store.requests,
    faults: store.faults,
    ...(store.keep ? { keep: store.keep } : {}),
    ...(store.meanwhile ? { meanwhile: store.meanwhile } : {}),
    deny: (table, status) => store.deny(stateOf(table).table, status !== undefined),
    close: store.close,
  };
}

/** Distinctive, with characters that have to be escaped somewhere. */
function credentialsOf({ name, source }: DatabaseBlueprint, seed: number): StoreOptions["credentials"] {
  const random = createRandom(seed, "credentials");
  const password = `${random.text(12, LETTERS)}'%\\" ${random.text(12, LETTERS)}`;
  return { user: "connector", password, database: source.database ?? name };
}
