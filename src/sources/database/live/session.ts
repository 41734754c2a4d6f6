/** A read-only connection to the real database, for the catalogue, the probes and the independent reader. */

import type { DatabaseSource, Engine } from "../../../artifacts/kinds/database.ts";
import { UserError } from "../../../errors.ts";
import { DEFAULT_PORTS, ENGINE_NAMES } from "../complete.ts";
import { openMysql } from "./mysql.ts";
import { openPostgresql } from "./postgresql.ts";
import { openSqlite } from "./sqlite.ts";

/** Nothing is decoded that could lose something on the way: servers' values are their text or their bytes. */
export type SqlValue = string | number | bigint | Uint8Array | null;

export interface Session {
  /** All rows of a query that has few. */
  rows(sql: string): Promise<SqlValue[][]>;
  /** Rows of a query that may have many, in one snapshot, some at a time. */
  stream(sql: string, size: number): AsyncIterable<SqlValue[][]>;
  close(): Promise<void>;
}

export interface ServerAddress {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  tls: string;
}

export interface SessionRequest {
  source: Pick<DatabaseSource, "engine" | "tls" | "host" | "port" | "database">;
  configuration: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Throws `UserError` when there is no connection, naming what to look at. No secret is in it. */
export async function openSession(request: SessionRequest): Promise<Session> {
  const { source, configuration, signal } = request;
  signal.throwIfAborted();
  const { engine } = source;
  if (engine === "sqlite") return openSqlite(configuration.path ?? "");
  if (engine === "sqlserver") {
    throw new UserError("SQL Server is not read from here: connectors for it are generated, but not run.", {
      hint: "State the tables in full in the spec, with columns and primary_key.",
    });
  }
  const address = addressOf(engine, request);
  const open = engine === "postgresql" ? openPostgresql : openMysql;
  try {
    return await open(address);
  } catch (error) {
    throw refused(engine, address, error);
  }
}

function addressOf(engine: Exclude<Engine, "sqlite">, { source, configuration }: SessionRequest): ServerAddress {
  const { host = source.host, database = source.database, user, password } = configuration;
  const missing = Object.entries({ host, database, user, password }).find(([, value]) => (value ?? "").trim() === "");
  if (missing !== undefined) {
    throw new UserError(`The spec gives no ${missing[0]} for the database.`, {
      hint: `Add ${missing[0]} under source${missing[0] === "password" ? ", as a reference to an environment variable or a file" : ""}.`,
    });
  }
  const port = Number(configuration.port || source.port || DEFAULT_PORTS[engine]);
  const tls = configuration.tls || source.tls;
  return { host: host ?? "", database: database ?? "", user: user ?? "", password: password ?? "", port, tls };
}

function refused(engine: Engine, address: ServerAddress, error: unknown): UserError {
  const code = String((error as { code?: unknown }).code ?? "");
  const said = (error instanceof Error && error.message !== "" ? error.message : code).replaceAll(
    address.password,
    "***",
  );
  const where = `${ENGINE_NAMES[engine]} at ${address.host}:${address.port}`;
  if (/^(28P01|28000|ER_ACCESS_DENIED_ERROR|ER_DBACCESS_DENIED_ERROR)$/.test(code)) {
    return new UserError(`${where} refuses user and password: ${said}`, {
      hint: "Check user, password and database under source, and what their references hold.",
    });
  }
  if (/SSL|TLS|certificate/i.test(`${said} ${code}`)) {
    return new UserError(`${where} gives no secure connection: ${said}`, {
      hint: "Set tls under source: verify, require (encrypted, the certificate unverified) or off.",
    });
  }
  return new UserError(`${where} gives no connection: ${said}`, {
    hint: "Check host, port and database under source, and that this machine may connect.",
  });
}
