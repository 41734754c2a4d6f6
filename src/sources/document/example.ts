/**
 * A first read in Python, as it stands in the document. Text from the source goes into Python as JSON strings, which are
 * Python strings too.
 */
import type { Blueprint, Table } from "../../artifacts/blueprint.ts";
import type { DatabaseSource, Engine } from "../../artifacts/kinds/database.ts";
import type { FileFormat, FileRead } from "../../artifacts/kinds/file.ts";
import type { GraphqlRead, GraphqlSource } from "../../artifacts/kinds/graphql.ts";
import type { RestRead, RestSource } from "../../artifacts/kinds/rest.ts";

export function example({ source }: Blueprint, { read }: Table): string {
  if (source.kind === "rest" && read.kind === "rest") return restExample(source, read);
  if (source.kind === "graphql" && read.kind === "graphql") return graphqlExample(source, read);
  if (source.kind === "database" && read.kind === "database")
    return databaseExample(source, relationOf(source.engine, read));
  if (source.kind === "file" && read.kind === "file") return fileExample(read);
  throw new Error(`A table of kind ${read.kind} in a source of kind ${source.kind}.`);
}

function restExample(source: RestSource, read: RestRead): string {
  const { headers, params, basic } = signedIn(source, read.params);
  return `import requests\n\nresponse = requests.get(\n    ${JSON.stringify(source.base_url + read.path)},\n    headers={${headers}},\n    params={${params}},\n${basic}    timeout=30,\n)\nresponse.raise_for_status()\nprint(response.json())`;
}

function graphqlExample(source: GraphqlSource, read: GraphqlRead): string {
  const { headers, params, basic } = signedIn(source, {});
  const given = { ...firstPage(read), ...read.arguments };
  const values = Object.entries(given).map(([name, value]) => `${name}: ${graphqlValue(value)}`);
  const fields = read.field.split(".");
  const list = `${fields.at(-1)}${values.length > 0 ? `(${values.join(", ")})` : ""} { ${selection(read)} }`;
  const query = `query { ${fields
    .slice(0, -1)
    .map((field) => `${field} { `)
    .join("")}${list}${" }".repeat(fields.length - 1)} }`;
  const address = params === "" ? "" : `    params={${params}},\n`;
  return `import requests\n\nquery = ${JSON.stringify(query)}\nresponse = requests.post(\n    ${JSON.stringify(source.base_url)},\n    headers={${headers}},\n${address}    json={"query": query},\n${basic}    timeout=30,\n)\nresponse.raise_for_status()\nanswer = response.json()\nif answer.get("errors"):  # an answer with status 200 can still be an error\n    raise RuntimeError(answer["errors"])\nprint(answer["data"])`;
}

function firstPage({ paging }: GraphqlRead): Record<string, number> {
  if (paging.style === "connection") return { [paging.first]: paging.size };
  return paging.style === "offset" ? { [paging.offset]: 0, [paging.limit]: paging.size } : {};
}

/** `__typename` is a field of every object, whatever its type. */
function selection({ paging }: GraphqlRead): string {
  if (paging.style === "connection") {
    const nodes = paging.nodes === "nodes" ? "nodes { __typename }" : "edges { node { __typename } }";
    return `${nodes} pageInfo { hasNextPage endCursor }`;
  }
  const inside = paging.style === "offset" && paging.records !== "" ? paging.records.split(".") : [];
  return `${inside.map((field) => `${field} { `).join("")}__typename${" }".repeat(inside.length)}`;
}

/** Names in objects are bare in GraphQL. */
function graphqlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(graphqlValue).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${graphqlValue(inner)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}

const CONNECTIONS: { readonly [E in Engine]: { module: string; connect: string } } = {
  postgresql: {
    module: "import psycopg",
    connect:
      'psycopg.connect(\n    host=configuration["host"], port=configuration["port"], dbname=configuration["database"],\n    user=configuration["user"], password=configuration["password"],\n)',
  },
  mysql: {
    module: "import pymysql",
    connect:
      'pymysql.connect(\n    host=configuration["host"], port=int(configuration["port"]), database=configuration["database"],\n    user=configuration["user"], password=configuration["password"], charset="utf8mb4",\n)',
  },
  sqlite: { module: "import sqlite3", connect: "sqlite3.connect(f\"file:{configuration['path']}?mode=ro\", uri=True)" },
  sqlserver: {
    module: "import pytds",
    connect:
      'pytds.connect(\n    configuration["host"], configuration["database"], configuration["user"], configuration["password"],\n    port=int(configuration["port"]),\n)',
  },
};

function databaseExample({ engine }: DatabaseSource, relation: string): string {
  const { module, connect } = CONNECTIONS[engine];
  const statement = engine === "sqlserver" ? `SELECT TOP 10 * FROM ${relation}` : `SELECT * FROM ${relation} LIMIT 10`;
  return `${module}\n\nconnection = ${connect}\ncursor = connection.cursor()\ncursor.execute(${JSON.stringify(statement)})\nfor row in cursor.fetchall():\n    print(row)\nconnection.close()`;
}

function relationOf(engine: Engine, { schema, relation }: { schema?: string | undefined; relation: string }): string {
  return [...(schema === undefined ? [] : [schema]), relation].map((name) => quoted(engine, name)).join(".");
}

function quoted(engine: Engine, name: string): string {
  if (engine === "mysql") return `\`${name.replaceAll("`", "``")}\``;
  return engine === "sqlserver" ? `[${name.replaceAll("]", "]]")}]` : `"${name.replaceAll('"', '""')}"`;
}

/** Reading one file that was fetched to the working directory: how it gets there is the store's matter. */
function fileExample(read: FileRead): string {
  const gzip = read.compression === "gzip";
  const mode = read.content.format === "parquet" ? "rb" : "rt";
  const encoding = read.content.format === "csv" ? read.content.encoding : "utf-8";
  const text = mode === "rb" ? "" : `, encoding=${JSON.stringify(encoding)}, newline=""`;
  const open = `${gzip ? "gzip.open" : "open"}("one_of_the_files", "${mode}"${text})`;
  const imports = [...(gzip ? ["import gzip"] : []), ...MODULES[read.content.format]].sort();
  return `${imports.join("\n")}${imports.length > 0 ? "\n\n" : ""}with ${open} as file:\n${linesOf(read.content)
    .map((line) => `    ${line}`)
    .join("\n")}`;
}

const MODULES: { readonly [F in FileFormat["format"]]: readonly string[] } = {
  csv: ["import csv"],
  json: ["import json"],
  ndjson: ["import json"],
  parquet: ["import pyarrow.parquet as parquet"],
};

function linesOf(content: FileFormat): string[] {
  switch (content.format) {
    case "csv":
      return [
        `reader = csv.${content.header ? "DictReader" : "reader"}(file, delimiter=${JSON.stringify(content.delimiter)}, quotechar=${JSON.stringify(content.quote)})`,
        "for record in reader:",
        "    print(record)",
      ];
    case "json": {
      const path = content.records === "" ? [] : content.records.split(".");
      return [
        "document = json.load(file)",
        `for record in document${path.map((part) => `[${JSON.stringify(part)}]`).join("")}:`,
        "    print(record)",
      ];
    }
    case "ndjson":
      return ["for line in file:", "    if line.strip():", "        print(json.loads(line))"];
    case "parquet":
      return ["for batch in parquet.ParquetFile(file).iter_batches():", "    print(batch.to_pylist())"];
  }
}

/** Headers and parameters that let a request in, as the insides of Python dicts. */
function signedIn(
  { auth, ...source }: RestSource | GraphqlSource,
  sent: Readonly<Record<string, string>>,
): { headers: string; params: string; basic: string } {
  const pair = ([name, value]: [string, string]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
  const headers = Object.entries(source.headers).map(pair);
  const params = Object.entries(sent).map(pair);
  if (auth.kind === "bearer") headers.push(`"Authorization": f"Bearer {configuration['${auth.token}']}"`);
  if (auth.kind === "api_key") {
    const value = `${auth.prefix ? `${JSON.stringify(auth.prefix)} + ` : ""}configuration[${JSON.stringify(auth.value)}]`;
    (auth.in === "header" ? headers : params).push(`${JSON.stringify(auth.name)}: ${value}`);
  }
  if (auth.kind === "session") headers.push(`${JSON.stringify(auth.header)}: ${JSON.stringify(auth.prefix)} + token`);
  if (auth.kind === "oauth2_client_credentials") headers.push('"Authorization": f"Bearer {token}"');
  const basic =
    auth.kind === "basic"
      ? `    auth=(configuration[${JSON.stringify(auth.username)}], ${auth.password ? `configuration[${JSON.stringify(auth.password)}]` : '""'}),\n`
      : "";
  return { headers: headers.join(", "), params: params.join(", "), basic };
}
