/** The questions of `init`, by kind of source. What a question leaves open, the build finds out or asks for. */
import { isCancel, select, text } from "@clack/prompts";
import type { AuthInput } from "../artifacts/auth.ts";
import type { Kind } from "../artifacts/blueprint.ts";
import type { Engine } from "../artifacts/kinds/database.ts";
import type { FileStore } from "../artifacts/kinds/file.ts";

/** The person left. */
export class Cancelled extends Error {}

/** A spec, as it is written. */
export async function askAll(): Promise<Record<string, unknown>> {
  const name = await ask("What is the source called?", "FDA Food Enforcement");
  const kind = await choose<Kind>("What is it?", {
    rest: "a REST API",
    graphql: "a GraphQL API",
    database: "a database",
    file: "files: a folder, S3, SFTP or HTTP",
  });
  const target = await choose("Where does the connector run?", {
    fivetran: "Fivetran (Connector SDK)",
    lakeflow: "Databricks Lakeflow (community connector)",
    both: "both, from one blueprint",
  });
  const source = await SOURCES[kind]();
  const destination = target === "lakeflow" ? "" : await ask("Name of the Fivetran destination", "my_warehouse", true);
  return { name, target, source: { kind, ...source }, ...(destination ? { destination: { name: destination } } : {}) };
}

const SOURCES: { readonly [K in Kind]: () => Promise<Record<string, unknown>> } = {
  rest: async () => {
    const docs = await ask(
      "Address or path of its description (OpenAPI, Postman, HAR) or documentation",
      "./openapi.yaml",
    );
    const base = await ask("Base address, if the description does not have it", "https://api.example.com", true);
    const auth = await askAuth();
    return { docs: [docs], ...(base ? { base_url: base } : {}), ...(auth ? { auth } : {}) };
  },
  graphql: async () => {
    const base_url = await ask("The endpoint's address", "https://api.example.com/graphql");
    const docs = await ask("Path of its schema (SDL), if it cannot be introspected", "./schema.graphql", true);
    const auth = await askAuth();
    return { base_url, ...(docs ? { docs: [docs] } : {}), ...(auth ? { auth } : {}) };
  },
  database: async () => {
    const engine = await choose<Engine>("Which one?", {
      postgresql: "PostgreSQL",
      mysql: "MySQL or MariaDB",
      sqlite: "SQLite",
      sqlserver: "SQL Server (generated, not run here)",
    });
    if (engine === "sqlite") return { engine, path: await ask("The file", "./shop.db") };
    return {
      engine,
      host: await ask("Host", "db.example.com"),
      database: await ask("Database", "shop"),
      user: await ask("A user that may only read", "reader"),
      password: await variable("password", "DB_PASSWORD"),
    };
  },
  file: async () => {
    const store = await choose<FileStore>("Where are they?", {
      local: "in a folder here",
      s3: "in an S3 bucket, or one that speaks S3",
      sftp: "on an SFTP server",
      http: "on a web server",
    });
    return { store, ...(await STORES[store]()) };
  },
};

const STORES: { readonly [S in FileStore]: () => Promise<Record<string, unknown>> } = {
  local: async () => ({ path: await ask("The folder", "./exports") }),
  http: async () => ({
    base_url: await ask("The address that the files are below", "https://files.example.com/exports"),
  }),
  s3: async () => {
    const bucket = await ask("The bucket", "my-bucket");
    const prefix = await ask("What the names begin with", "exports/", true);
    return {
      bucket,
      ...(prefix ? { prefix } : {}),
      access_key_id: await variable("access key's id", "AWS_ACCESS_KEY_ID"),
      secret_access_key: await variable("secret access key", "AWS_SECRET_ACCESS_KEY"),
    };
  },
  sftp: async () => ({
    host: await ask("Host", "files.example.com"),
    path: await ask("The folder", "/exports"),
    user: await ask("User", "reader"),
    password: await variable("password", "SFTP_PASSWORD"),
    host_key: await ask("The server's key, as `ssh-keyscan HOST` prints it", "ssh-ed25519 AAAA…"),
  }),
};

async function askAuth(): Promise<AuthInput | undefined> {
  const kind = await answered(
    select({
      message: "How does it authenticate?",
      options: [
        { value: "described", label: "as its description says" },
        { value: "none", label: "not at all" },
        { value: "api_key", label: "API key in a header or parameter" },
        { value: "basic", label: "user name and password (basic)" },
        { value: "bearer", label: "bearer token" },
        { value: "oauth2_client_credentials", label: "OAuth2 client credentials" },
      ],
    }),
  );
  switch (kind) {
    case "none":
      return { kind };
    case "api_key": {
      const place = await answered(
        select({
          message: "Where does the key go?",
          options: [
            { value: "header", label: "header" },
            { value: "query", label: "query parameter" },
          ],
        }),
      );
      const name = await ask("Its name", "X-Api-Key");
      return { kind, in: place as "header" | "query", name, value: await variable("key", "EXAMPLE_KEY") };
    }
    case "basic":
      return {
        kind,
        username: await variable("user name", "EXAMPLE_USER"),
        password: await variable("password", "EXAMPLE_PASSWORD"),
      };
    case "bearer":
      return { kind, token: await variable("token", "EXAMPLE_TOKEN") };
    case "oauth2_client_credentials":
      return {
        kind,
        token_url: await ask("Token address", "https://api.example.com/oauth/token"),
        client_id: await variable("client id", "EXAMPLE_CLIENT_ID"),
        client_secret: await variable("client secret", "EXAMPLE_CLIENT_SECRET"),
      };
    default:
      return undefined;
  }
}

async function variable(what: string, example: string): Promise<string> {
  return `\${env:${await ask(`Environment variable with the ${what}`, example)}}`;
}

async function choose<V extends string>(message: string, choices: { readonly [C in V]: string }): Promise<V> {
  const options = (Object.entries(choices) as [V, string][]).map(([value, label]) => ({
    value: value as string,
    label,
  }));
  return (await answered(select({ message, options }))) as V;
}

async function ask(message: string, placeholder: string, optional = false): Promise<string> {
  const answer = await answered(
    text({
      message: optional ? `${message} (may stay empty)` : message,
      placeholder,
      validate: (value) => (optional || value?.trim() ? undefined : "Something is needed here."),
    }),
  );
  return String(answer ?? "").trim();
}

async function answered<T>(question: Promise<T | symbol>): Promise<T> {
  const answer = await question;
  if (isCancel(answer)) throw new Cancelled();
  return answer as T;
}
