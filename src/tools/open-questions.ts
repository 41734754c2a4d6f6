/** What a spec leaves open that nothing else tells, by kind of source: the questions of the requirements step. */
import type { Spec } from "../artifacts/spec.ts";

type SourceOf<K extends Spec["source"]["kind"]> = Extract<Spec["source"], { kind: K }>;

/** One line each, beginning with the field that the answer goes to. */
export function openQuestions(spec: Spec): string[] {
  const { source, tables, destination, target } = spec;
  return [
    ...ofSource(source),
    ...(tables === undefined ? ["tables: whether all tables that are found are wanted, or which"] : []),
    ...ofTables(spec),
    ...(destination === undefined && target !== "lakeflow"
      ? ["destination.name: the Fivetran destination, for the deployment's documents"]
      : []),
  ];
}

function ofSource(source: Spec["source"]): string[] {
  switch (source.kind) {
    case "rest":
      return ofWeb(source, "needed unless an OpenAPI description under source.docs names it");
    case "graphql":
      return ofWeb(source, "the endpoint's whole address; needed, whatever source.docs holds");
    case "database":
      return ofDatabase(source);
    case "file":
      return ofFiles(source);
  }
}

function ofWeb(source: SourceOf<"rest" | "graphql">, address: string): string[] {
  return [
    ...(source.auth === undefined
      ? [
          "source.auth: how the source authenticates (none, api_key, basic, bearer, oauth2_client_credentials, session), and the name of the environment variable with the credential",
        ]
      : []),
    ...(source.base_url === undefined ? [`source.base_url: ${address}`] : []),
  ];
}

function ofDatabase(source: SourceOf<"database">): string[] {
  if (source.engine === "sqlite") return missing(source, ["path"], { path: "the database's file" });
  return [
    ...missing(source, ["host", "database", "user", "password"], {
      host: "the server's name",
      database: "the name of the database",
      user: "a user that may only read",
      password: "a reference to the environment variable that holds it",
    }),
    ...(source.tls === undefined
      ? ["source.tls: verify (the default: certificate and name are checked), require (encrypted only) or off"]
      : []),
  ];
}

function ofFiles(source: SourceOf<"file">): string[] {
  switch (source.store) {
    case "local":
      return missing(source, ["path"], { path: "the folder" });
    case "http":
      return missing(source, ["base_url"], { base_url: "the address that the files are below" });
    case "s3":
      return missing(source, ["bucket", "access_key_id", "secret_access_key"], {
        bucket: "the bucket",
        access_key_id: "the access key's id, or nothing for a public bucket",
        secret_access_key: "a reference to the environment variable that holds the secret key",
      });
    case "sftp":
      return [
        ...missing(source, ["host", "user", "path", "host_key"], {
          host: "the server's name",
          user: "the user",
          path: "the folder",
          host_key: "the server's public key, as `ssh-keyscan HOST` prints it: without it anybody could be the server",
        }),
        ...(source.password === undefined && source.private_key === undefined
          ? ["source.password or source.private_key: a reference to what holds it"]
          : []),
      ];
  }
}

function missing<S extends SourceOf<"database" | "file">>(
  source: S,
  fields: readonly string[],
  meaning: Readonly<Record<string, string>>,
): string[] {
  const stated = source as Readonly<Record<string, unknown>>;
  return fields.filter((field) => stated[field] === undefined).map((field) => `source.${field}: ${meaning[field]}`);
}

/** Only where nothing describes the source: a database, a schema and a file's header tell by themselves. */
function ofTables({ source, tables = [] }: Spec): string[] {
  const stated = tables.flatMap((table) => (typeof table === "string" ? [] : [table]));
  if (source.kind === "file") {
    return stated.flatMap(({ name, pattern }) =>
      pattern === undefined ? [`table ${name}: pattern, the names of its files (orders_{month}.csv)`] : [],
    );
  }
  if (source.kind !== "rest" || source.docs.length > 0) return [];
  return stated.flatMap(({ name, path, primary_key, pagination, incremental }) => [
    ...(path === undefined ? [`table ${name}: its path`] : []),
    ...(primary_key === undefined ? [`table ${name}: primary_key, the columns that name a row`] : []),
    ...(pagination === undefined ? [`table ${name}: pagination (none, page, offset, cursor, link, …)`] : []),
    ...(incremental === undefined
      ? [`table ${name}: the column and parameter that show what is new, if there are any`]
      : []),
  ]);
}
