/** The configuration that a database's connector has: where the database is, and who reads it. */
import { dirname, resolve } from "node:path";
import type { BlueprintOf, ConfigurationKey } from "../../artifacts/blueprint.ts";
import type { DatabaseSource, Engine } from "../../artifacts/kinds/database.ts";
import type { Requirements } from "../../artifacts/requirements.ts";
import { isReference } from "../../system/secrets.ts";

export type DatabaseBlueprint = BlueprintOf<"database">;
export type DatabaseTable = DatabaseBlueprint["tables"][number];
export type ServerEngine = Exclude<Engine, "sqlite">;

export const DEFAULT_PORTS: { readonly [E in ServerEngine]: number } = {
  postgresql: 5432,
  mysql: 3306,
  sqlserver: 1433,
};

export const ENGINE_NAMES: { readonly [E in Engine]: string } = {
  postgresql: "PostgreSQL",
  mysql: "MySQL or MariaDB",
  sqlite: "SQLite",
  sqlserver: "SQL Server",
};

export function completeDatabase(source: DatabaseSource): Pick<DatabaseBlueprint, "source" | "configuration"> {
  return { source, configuration: configurationOf(source) };
}

/** What `require` leaves out: SQL Server's driver checks the certificate in any case. */
const REQUIRE: { readonly [E in ServerEngine]: string } = {
  postgresql: "encrypted, unverified",
  mysql: "encrypted, unverified",
  sqlserver: "the certificate is verified, the name in it is not",
};

/** Asked for only where no public authority vouches for the server. */
export const AUTHORITY_KEY = "tls_ca";
const AUTHORITY = "Certificate of the authority that vouches for the server's, in PEM with its line breaks";

/** In the order people are asked for them. */
export function configurationOf(source: DatabaseSource): ConfigurationKey[] {
  if (source.engine === "sqlite") return [key("path", "Path of the database file", undefined)];
  const port = String(source.port ?? DEFAULT_PORTS[source.engine]);
  return [
    key("host", "Host name or address of the database server", source.host),
    key("port", "Port of the database server", port),
    key("database", "Name of the database", source.database),
    key("user", "Name of a user who may read the tables, and no more", undefined),
    { ...key("password", "Password of the user", undefined), secret: true },
    key("tls", `How the connection is secured: verify, require (${REQUIRE[source.engine]}) or off`, source.tls),
    ...(source.own_authority === undefined ? [] : [key(AUTHORITY_KEY, AUTHORITY, undefined)]),
  ];
}

/** Configuration key -> what the spec gives for it. A relative file is resolved beside the spec: connectors run elsewhere. */
export function databaseCredentials({ spec, spec_address }: Requirements): Record<string, string> {
  const { source } = spec;
  if (source.kind !== "database") throw new Error(`the spec's source is of kind ${source.kind}, not database`);
  const { host, port, database, user, password, tls, tls_ca, path } = source;
  const file = path === undefined || isReference(path) ? path : resolve(dirname(spec_address), path);
  const given = source.engine === "sqlite" ? { path: file } : { host, port, database, user, password, tls, tls_ca };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

function key(name: string, description: string, fallback: string | undefined): ConfigurationKey {
  const given = fallback === undefined ? {} : { default: fallback };
  return { key: name, description, secret: false, required: fallback === undefined, ...given };
}
