/**
 * A database of MotherDuck's as a destination. DuckDB reaches it through an extension of its maker's, which is fetched when it
 * is wanted. Nothing but SELECT is ever sent. Not run here against MotherDuck itself: it takes an account.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { messageOf, UserError } from "../../errors.ts";
import { quoteIdentifier } from "../../warehouse/sql.ts";
import { quoteLiteral, unopened } from "./reading.ts";

export function isMotherduck(connection: string): boolean {
  return /^(md|motherduck):/.test(connection);
}

export interface Motherduck {
  /** `md:lake` or `md:lake?…`; may have a token in it. */
  connection: string;
  /** From the environment, where the address has none. */
  token: string | undefined;
  /** Where DuckDB's extensions are fetched from instead of from their maker. */
  extensions: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function motherduckOf(connection: string, environment: Environment): Motherduck {
  const token = environment.MOTHERDUCK_TOKEN || environment.motherduck_token || undefined;
  return { connection, token, extensions: environment.SYNCSMITH_DUCKDB_EXTENSIONS || undefined };
}

/** What must not be shown. */
export function motherduckSecrets({ connection, token = "" }: Motherduck): string[] {
  const inAddress = /motherduck_token=([^&]+)/.exec(connection)?.[1] ?? "";
  return [token, inAddress].filter((text) => text !== "");
}

export interface OpenDuckdb {
  instance: DuckDBInstance;
  duckdb: DuckDBConnection;
}

/** The token is given to DuckDB within this process: it is on no command line and in no child's environment. */
export async function openMotherduck(where: Motherduck): Promise<OpenDuckdb> {
  const address = where.connection.replace(/^motherduck:/, "md:");
  const name = /^md:([^?]+)/.exec(address)?.[1];
  if (name === undefined) throw unopened("md: names no database of MotherDuck's, as md:lake does");
  if (motherduckSecrets(where).length === 0) {
    throw new UserError("The destination cannot be read: there is no token for MotherDuck.", {
      hint: "export MOTHERDUCK_TOKEN=… (MotherDuck, settings, access tokens).",
    });
  }
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "256MB" });
  const duckdb = await instance.connect();
  try {
    await loadExtension(duckdb, where.extensions);
    // A setting of the extension: it is there only once that is loaded.
    if (where.token !== undefined && !address.includes("motherduck_token="))
      await duckdb.run(`SET motherduck_token = ${quoteLiteral(where.token)}`);
    await duckdb.run(`ATTACH ${quoteLiteral(address)}`);
    await duckdb.run(`USE ${quoteIdentifier(name)}`);
    return { instance, duckdb };
  } catch (error) {
    duckdb.closeSync();
    instance.closeSync();
    throw error instanceof UserError ? error : unopened(firstLine(error, where));
  }
}

async function loadExtension(duckdb: DuckDBConnection, extensions: string | undefined): Promise<void> {
  try {
    if (extensions !== undefined) await duckdb.run(`SET custom_extension_repository = ${quoteLiteral(extensions)}`);
    await duckdb.run("INSTALL motherduck");
    await duckdb.run("LOAD motherduck");
  } catch (error) {
    throw new UserError(
      `The destination cannot be read: DuckDB's extension for MotherDuck cannot be loaded: ${firstLine(error)}.`,
      {
        hint: "It is fetched from extensions.duckdb.org, or from where SYNCSMITH_DUCKDB_EXTENSIONS says. Without it, run the SQL that verify writes.",
        cause: error,
      },
    );
  }
}

function firstLine(error: unknown, where?: Motherduck): string {
  const text = messageOf(error).split("\n")[0] ?? "";
  return (where === undefined ? [] : motherduckSecrets(where)).reduce(
    (said, secret) => said.replaceAll(secret, "****"),
    text,
  );
}
