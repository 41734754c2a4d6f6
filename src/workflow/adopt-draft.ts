/**
 * A spec drafted from a connector's code: what its configuration, its text and its own schema() say. What they do not say is
 * a question mark in the draft, which no spec passes with, and a line for the person who completes it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ColumnType, Kind } from "../artifacts/blueprint.ts";
import { listFiles } from "../system/files.ts";
import type { Target } from "../targets/target.ts";
import type { DraftedSpec } from "../tools/adopt-connector.ts";
import { isPlain, privateValues } from "../tools/private-values.ts";
import { ConnectorFault } from "../warehouse/fault.ts";
import type { DeclaredTable, SyncWriter, Warehouse, WireType } from "../warehouse/warehouse.ts";

export interface AdoptionDraft extends DraftedSpec {
  /** What its private files hold and is somebody's secret: to be shown to nobody. */
  secrets: string[];
}

interface Draft {
  /** The connector's folder. */
  directory: string;
  /** The folder as the spec names it. */
  code: string;
  name: string;
  target: Target;
  signal: AbortSignal;
}

const UNKNOWN = "?";

export async function draftAdoption(draft: Draft): Promise<AdoptionDraft> {
  const text = await codeText(draft.directory);
  const given = await givenConfiguration(draft.directory);
  const keys = [...new Set([...Object.keys(given), ...keysInCode(text)])];
  const missing: string[] = [];
  const kind = kindOf(text);
  const { configuration, auth } = guessConfiguration({ keys, given, missing });
  const declared = await declaredTables(draft, { ...Object.fromEntries(keys.map((key) => [key, "0"])), ...given });
  if (typeof declared === "string") missing.push(`tables: schema() could not be asked: ${declared}`);
  else if (declared.length === 0) missing.push("tables: schema() declares none");
  const tables = typeof declared === "string" ? [] : declared.map((table) => draftTable(table, { kind, missing }));
  const spec = {
    name: draft.name,
    target: draft.target.name,
    adopted: { code: draft.code, configuration },
    source: draftSource({ kind, auth, text, missing }),
    tables,
    test: { mode: "simulated" },
  };
  return { text: stringify(spec), missing, secrets: await privateValues(draft.directory) };
}

async function codeText(directory: string): Promise<string> {
  const paths = (await listFiles(directory, ["files", "__pycache__", "tests", "venv"])).filter((path) =>
    path.endsWith(".py"),
  );
  const texts = await Promise.all(paths.map((path) => readFile(join(directory, path), "utf8")));
  // Comments and texts for people name addresses, too.
  return texts.join("\n").replace(/"""[\s\S]*?"""|'''[\s\S]*?'''|^\s*#.*$/gm, "");
}

async function givenConfiguration(directory: string): Promise<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(directory, "configuration.json"), "utf8"));
    const entries = Object.entries(parsed as object).filter(([, value]) => typeof value === "string");
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    return {};
  }
}

function keysInCode(text: string): string[] {
  const reads = /\b(?:configuration|config|options)(?:\.get\(\s*|\[\s*)["']([A-Za-z_]\w*)["']/g;
  return [...text.matchAll(reads)].map(([, key]) => key ?? "");
}

function kindOf(text: string): Kind {
  if (/^\s*(import|from) (psycopg2?|pymysql|sqlite3|pyodbc|oracledb|mysql)\b/m.test(text)) return "database";
  if (/^\s*(import|from) (boto3|paramiko|pyarrow)\b/m.test(text)) return "file";
  return /graphql/i.test(text) ? "graphql" : "rest";
}

/** What a key of a connector is likely to hold, by its name: a key of ours. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/client_?id$/i, "client_id"],
  [/client_?secret$/i, "client_secret"],
  [/(pass(word|wd)?|secret)$/i, "password"],
  [/user(_?name)?$/i, "username"],
  [/api_?key$/i, "api_key"],
  [/token$/i, "api_token"],
  [/(base|api|server|instance)?_?(url|endpoint)$/i, "base_url"],
];

/** In which order the keys that were recognised tell how the source is authenticated against. */
const AUTHS: readonly (readonly [string, object])[] = [
  [
    "client_secret",
    { kind: "oauth2_client_credentials", token_url: UNKNOWN, ...references("client_id", "client_secret") },
  ],
  ["api_token", { kind: "bearer", token: reference("api_token") }],
  ["api_key", { kind: "api_key", in: "header", name: UNKNOWN, value: reference("api_key") }],
  ["password", { kind: "basic", ...references("username", "password") }],
];

function references(...fields: string[]): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field, reference(field)]));
}

function reference(field: string): string {
  return `\${env:${field.toUpperCase()}}`;
}

interface Keys {
  keys: readonly string[];
  given: Readonly<Record<string, string>>;
  missing: string[];
}

function guessConfiguration({ keys, given, missing }: Keys): { configuration: Record<string, string>; auth: object } {
  const configuration: Record<string, string> = {};
  for (const key of keys) {
    const meaning = MEANINGS.find(([pattern]) => pattern.test(key))?.[1];
    const value = given[key] ?? "";
    if (meaning !== undefined) {
      configuration[key] = `{${meaning}}`;
    } else if (isPlain(value)) {
      // Anything else may be somebody's secret, and is not copied.
      configuration[key] = value;
    } else {
      configuration[key] = UNKNOWN;
      missing.push(`adopted.configuration.${key}: what the connector is to be given for it`);
    }
  }
  const known = new Set(Object.values(configuration).map((value) => value.slice(1, -1)));
  const auth = AUTHS.find(([key]) => known.has(key))?.[1] ?? { kind: "none" };
  missing.push(`source.auth: whether ${(auth as { kind: string }).kind} is right, and where the credential goes`);
  return { configuration, auth };
}

interface SourceParts {
  kind: Kind;
  auth: object;
  text: string;
  missing: string[];
}

function draftSource({ kind, auth, text, missing }: SourceParts): object {
  if (kind === "database") {
    missing.push("source.engine and source.docs: which database it is, and the SQL that made its tables");
    return { kind, engine: UNKNOWN, docs: [UNKNOWN] };
  }
  if (kind === "file") {
    missing.push("source.store: where the files are, and what opens the place");
    return { kind, store: UNKNOWN };
  }
  const addresses = new Set(
    [...text.matchAll(/https?:\/\/[\w.-]+\.[a-z]{2,}(?:\/[\w./-]*)?/g)].map(([address]) => address.replace(/\/+$/, "")),
  );
  const [only] = addresses;
  if (only === undefined) missing.push("source.base_url: the code names no address");
  else if (addresses.size > 1)
    missing.push(`source.base_url: which of ${[...addresses].join(", ")}, without what paths add`);
  return { kind, base_url: only ?? UNKNOWN, auth };
}

const TYPES: { readonly [T in WireType]: ColumnType } = {
  unspecified: "string",
  boolean: "boolean",
  short: "integer",
  int: "integer",
  long: "integer",
  decimal: "decimal",
  float: "number",
  double: "number",
  naive_date: "date",
  naive_datetime: "local_timestamp",
  utc_datetime: "timestamp",
  binary: "binary",
  xml: "string",
  string: "string",
  json: "json",
};

/** What a table of each kind must state besides, and a word on it. */
const PLACES: { readonly [K in Kind]: Readonly<Record<string, string>> } = {
  rest: { path: "which path lists it", pagination: "how its pages follow each other" },
  graphql: { field: "which field of the query lists it" },
  database: { relation: "which table of the database it is" },
  file: { pattern: "which files hold it" },
};

function draftTable(table: DeclaredTable, { kind, missing }: { kind: Kind; missing: string[] }): object {
  const { name } = table;
  const key = table.columns.filter(({ primaryKey }) => primaryKey).map((column) => column.name);
  const places = PLACES[kind];
  for (const [field, question] of Object.entries(places)) missing.push(`tables.${name}.${field}: ${question}`);
  missing.push(`tables.${name}.columns: those that schema() does not declare, and the types of all`);
  missing.push(
    `tables.${name}.incremental: how it goes on from sync to sync, or none; and deletes, how deleted rows show`,
  );
  return {
    name,
    ...Object.fromEntries(
      Object.keys(places).map((field) => [field, field === "pagination" ? { style: UNKNOWN } : UNKNOWN]),
    ),
    primary_key: key,
    columns: Object.fromEntries(table.columns.map((column) => [column.name, TYPES[column.type]])),
    incremental: UNKNOWN,
  };
}

/** What the connector declares, or why it could not be asked. Its update is never run. */
async function declaredTables(
  { directory, target, signal }: Draft,
  configuration: Record<string, string>,
): Promise<DeclaredTable[] | string> {
  let found: DeclaredTable[] | undefined;
  const result = await target.sync({
    directory,
    configuration,
    state: {},
    warehouse: deafWarehouse((tables) => {
      found = tables;
    }),
    name: "schema",
    totalSeconds: 60,
    environment: { SYNCSMITH_CONFINED: "1" },
    signal,
  });
  return found ?? result.reason ?? "it declares no schema";
}

/** Takes the declaration, and nothing after it. */
function deafWarehouse(take: (tables: DeclaredTable[]) => void): Warehouse {
  const none = () => Promise.reject(new ConnectorFault("only the schema was asked for"));
  const writer: SyncWriter = {
    declare: (tables) => {
      take(tables);
      return none();
    },
    apply: none,
    checkpoint: none,
    finish: async () => {},
    warnings: [],
    schemaChanges: 0,
    rows: {},
  };
  const empty = async function* () {};
  return {
    path: "nowhere",
    begin: async () => writer,
    rows: empty,
    deletedRows: empty,
    tables: async () => [],
    query: async () => ({ columns: [], rows: [], truncated: false }),
    state: async () => undefined,
    close: async () => {},
  };
}
