/** A read-only connection to the real database, for the catalogue, the probes and the independent reader. */
import { X509Certificate } from "node:crypto";
import type { DatabaseSource, Engine } from "../../../artifacts/kinds/database.ts";
import { UserError } from "../../../errors.ts";
import { AUTHORITY_KEY, DEFAULT_PORTS, ENGINE_NAMES } from "../complete.ts";
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
  /** Certificate of the authority to trust instead of the public ones. */
  authority?: string;
}

export interface SessionRequest {
  source: Pick<DatabaseSource, "engine" | "tls" | "host" | "port" | "database" | "own_authority">;
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
  const address = { host: host ?? "", database: database ?? "", user: user ?? "", password: password ?? "", port, tls };
  const authority = configuration[AUTHORITY_KEY];
  if (tls !== "verify" || source.own_authority === undefined || authority === undefined) return address;
  return { ...address, authority: checkedCertificate(authority) };
}

/** The drivers would take any text, and trust nobody. */
function checkedCertificate(text: string): string {
  try {
    new X509Certificate(text);
    return text;
  } catch (error) {
    throw new UserError("tls_ca under source is no certificate in PEM.", {
      hint: "Give the authority's certificate with its line breaks, from its BEGIN line to its END line.",
      cause: error,
    });
  }
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
  if (/SSL|TLS|certificate|altname/i.test(`${said} ${code}`)) {
    return new UserError(`${where} gives no secure connection: ${said}`, { hint: tlsHint(`${said} ${code}`, address) });
  }
  return new UserError(`${where} gives no connection: ${said}`, {
    hint: "Check host, port and database under source, and that this machine may connect.",
  });
}

/** Node's and the drivers' words for what went wrong, and what a person can do about it. */
function tlsHint(said: string, { tls, authority }: ServerAddress): string {
  if (/ALTNAME|altnames/i.test(said)) return "Set host under source to a name that is in the server's certificate.";
  if (/does not support (SSL|secure)/i.test(said))
    return "Have TLS switched on at the server; tls: off under source is for networks that nobody else is in.";
  if (/expired|not yet valid/i.test(said)) return "Have the server's certificate renewed.";
  if (tls === "verify" && authority !== undefined)
    return "Check that tls_ca under source is the certificate of the authority that signed the server's.";
  if (tls === "verify")
    return "No public authority vouches for the server. Give the certificate of its own one as tls_ca under source, a reference to a file; or set tls: require, which encrypts without knowing who answers.";
  return "Set tls under source: verify, require (encrypted, the certificate unverified) or off.";
}
