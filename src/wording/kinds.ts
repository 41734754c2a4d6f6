/**
 * What differs by the kind of source, in words: where it is, how it lets a connector in, what is asked of it and how its
 * rows come. Everything returned is Markdown for the middle of a paragraph or a table cell, without a full stop.
 */
import { CREDENTIAL_FIELDS } from "../artifacts/auth.ts";
import type { Blueprint, Kind, Source, Table } from "../artifacts/blueprint.ts";
import type { DatabaseSource, Engine } from "../artifacts/kinds/database.ts";
import type { FileRead, FileStore } from "../artifacts/kinds/file.ts";
import type { GraphqlRead } from "../artifacts/kinds/graphql.ts";
import type { Pagination } from "../artifacts/reading.ts";
import { authInWords } from "./auth.ts";
import { address, clause, code, codes } from "./markdown.ts";
import { count } from "./numbers.ts";

const WEB_FAULTS = "answers with 429 or 5xx, broken or truncated answers, tokens that expire during a sync";

/** What a source of a kind is, what a connector sends to it, and how it can fail. */
export const KIND_WORDS: { readonly [K in Kind]: { source: string; asks: string; faults: string } } = {
  rest: { source: "API", asks: "requests", faults: WEB_FAULTS },
  graphql: { source: "API", asks: "queries", faults: WEB_FAULTS },
  database: {
    source: "database",
    asks: "queries",
    faults: "a connection that breaks during a sync, a server that is restarted, a table that is locked",
  },
  file: {
    source: "files",
    asks: "reads",
    faults: "a file that changes while it is read, a store that is out of reach during a sync",
  },
};

export const ENGINE_NAMES: { readonly [E in Engine]: string } = {
  postgresql: "PostgreSQL",
  mysql: "MySQL",
  sqlite: "SQLite",
  sqlserver: "SQL Server",
};

export const STORE_NAMES: { readonly [S in FileStore]: string } = {
  local: "a local folder",
  s3: "an S3-compatible bucket",
  sftp: "an SFTP server",
  http: "a web server",
};

/** Where the source is: `<https://api.example.com>`, `PostgreSQL at db.example.com:5432`. */
export function placeInWords(source: Source): string {
  switch (source.kind) {
    case "rest":
    case "graphql":
      return address(source.base_url);
    case "database":
      return databasePlace(source);
    case "file":
      return `${STORE_NAMES[source.store]}, ${source.store === "http" ? address(source.location) : code(source.location)}`;
  }
}

function databasePlace({ engine, host, port, database }: DatabaseSource): string {
  if (engine === "sqlite") return "an SQLite file";
  const server = host === undefined ? "" : ` at ${code(port === undefined ? host : `${host}:${port}`)}`;
  return `${ENGINE_NAMES[engine]}${server}${database === undefined ? "" : `, database ${code(database)}`}`;
}

/** How the source lets the connector in. Credentials are named by their configuration keys. */
export function accessInWords(blueprint: Pick<Blueprint, "source" | "configuration">): string {
  const { source } = blueprint;
  if (source.kind === "rest" || source.kind === "graphql") return authInWords(source.auth);
  const keys = credentialKeys(blueprint);
  const credentials = keys.length === 0 ? "no credentials are needed" : `the connector signs in with ${codes(keys)}`;
  if (source.kind === "database" && source.engine !== "sqlite") return `${credentials}; ${TLS_WORDS[source.tls]}`;
  return credentials;
}

const TLS_WORDS: { readonly [T in DatabaseSource["tls"]]: string } = {
  off: "the connection is not encrypted",
  require: "the connection is encrypted, the server's certificate is not checked",
  verify: "the connection is encrypted, and the server's certificate and name are checked",
};

/** Keys of the configuration that let the connector in, in the order people are asked for them. */
export function credentialKeys({ source, configuration }: Pick<Blueprint, "source" | "configuration">): string[] {
  if (source.kind === "rest" || source.kind === "graphql") {
    const values = new Map<string, unknown>(Object.entries(source.auth));
    return CREDENTIAL_FIELDS[source.auth.kind]
      .map((field) => String(values.get(field) ?? ""))
      .filter((key) => key !== "");
  }
  const names = ["user", "access_key_id"];
  return configuration.filter(({ key, secret }) => secret || names.includes(key)).map(({ key }) => key);
}

/** What is asked for the rows of a table: `GET /tickets`, `SELECT … FROM sales.orders`, a pattern of files. */
export function requestInWords({ read }: Pick<Table, "read">): string {
  switch (read.kind) {
    case "rest":
      return code(`GET ${read.path}`);
    case "graphql":
      return read.parent === undefined
        ? code(queryOf(read))
        : `${code(read.field)} of each node of ${code(read.parent.table)}`;
    case "database":
      return code(`SELECT … FROM ${read.schema === undefined ? "" : `${read.schema}.`}${read.relation}`);
    case "file":
      return `files ${code(read.pattern)}`;
  }
}

/** `query { shop { orders(status: "open") } }`. */
function queryOf(read: GraphqlRead): string {
  const given = Object.entries(read.arguments).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const list = `${read.field.split(".").at(-1)}${given.length > 0 ? `(${given.join(", ")})` : ""}`;
  const around = read.field.split(".").slice(0, -1);
  return `query { ${around.map((field) => `${field} { `).join("")}${list}${" }".repeat(around.length)} }`;
}

/** How the rows of a table come, piece by piece. */
export function piecesInWords({ read }: Pick<Table, "read">): string {
  switch (read.kind) {
    case "rest":
      return paginationInWords(read.pagination);
    case "graphql":
      return graphqlPagesInWords(read);
    case "database":
      return `${count(read.batch)} rows at a time`;
    case "file":
      return "one file after the other";
  }
}

/** Headings of what is asked for, and of how rows come (see `comingInWords`). */
export const COMING_HEADINGS: { readonly [K in Kind]: readonly string[] } = {
  rest: ["Request", "Rows at", "Pages"],
  graphql: ["Query", "Rows at", "Pages"],
  database: ["Statement", "Rows"],
  file: ["Files", "Format"],
};

/** How a table's rows come, under the headings of its kind but the first. */
export function comingInWords(of: Pick<Table, "read">): string[] {
  const { read } = of;
  switch (read.kind) {
    case "rest":
      return [read.records === "" ? "the answer itself" : code(read.records), piecesInWords(of)];
    case "graphql":
      return [code(read.field), piecesInWords(of)];
    case "database":
      return [piecesInWords(of)];
    case "file":
      return [formatInWords(read)];
  }
}

export function paginationInWords(pagination: Pagination): string {
  switch (pagination.style) {
    case "none":
      return "one request returns everything";
    case "page":
      return `page numbers in ${code(pagination.page_param)}, from ${pagination.start}${sized(pagination.size_param, pagination.size)}; ${ended(pagination.total_pages && `the number of pages at ${code(pagination.total_pages)} is reached`, pagination.has_more)}`;
    case "offset":
      return `an offset in ${code(pagination.offset_param)}${sized(pagination.limit_param, pagination.limit)}; ${ended(pagination.total && `the total at ${code(pagination.total)} is reached`, pagination.has_more)}`;
    case "cursor":
      return `a cursor in ${code(pagination.cursor_param)}, taken from ${code(pagination.next)} of the previous answer${sized(pagination.size_param, pagination.size)}${pagination.cursor_only ? ", which replaces all other parameters" : ""}; ${ended("there is no next cursor", pagination.has_more)}`;
    case "next_url":
      return `the address of the next page at ${code(pagination.next)} of each answer${sized(pagination.size_param, pagination.size)}; reading ends when it is missing`;
    case "link_header":
      return `the ${code("Link")} header with ${code(`rel="${pagination.rel}"`)}${sized(pagination.size_param, pagination.size)}; reading ends when it is missing`;
  }
}

function graphqlPagesInWords({ paging }: GraphqlRead): string {
  switch (paging.style) {
    case "list":
      return "the field answers with the whole list";
    case "connection":
      return `a connection with its nodes at ${code(paging.nodes)}, ${count(paging.size)} per page (${code(paging.first)}); the next page is asked for with ${code(paging.after)} and ${code("pageInfo.endCursor")}, reading ends when ${code("pageInfo.hasNextPage")} is false`;
    case "offset":
      return `an offset in the argument ${code(paging.offset)}, ${count(paging.size)} per page (${code(paging.limit)}), with the list at ${paging.records === "" ? "the field itself" : code(paging.records)}; ${ended(paging.total && `the total at ${code(paging.total)} is reached`, undefined)}`;
  }
}

/** How the bytes of a table's files become rows: `CSV, separated by ";", windows-1252, gzip`. */
export function formatInWords({ content, compression, captured }: FileRead): string {
  const parts = [contentWords(content)];
  if (compression === "gzip") parts.push("compressed with gzip");
  if (captured.length > 0) parts.push(`${codes(captured)} taken from the file's path`);
  return parts.join("; ");
}

function contentWords(content: FileRead["content"]): string {
  switch (content.format) {
    case "csv": {
      const delimiter = content.delimiter === "\t" ? "tabs" : code(content.delimiter);
      const nulls = content.nulls.length > 0 ? `, ${content.nulls.map(code).join(" or ")} for null` : "";
      return `CSV separated by ${delimiter}, quoted with ${code(content.quote)}, in ${clause(content.encoding)}, ${content.header ? "with a line of column names" : "without a line of column names"}${nulls}`;
    }
    case "json":
      return `JSON with the list at ${content.records === "" ? "the top of the document" : code(content.records)}`;
    case "ndjson":
      return "JSON, one record per line";
    case "parquet":
      return "Parquet";
  }
}

function sized(param: string | undefined, size: number | undefined): string {
  if (size === undefined) return param === undefined ? "" : `, page size in ${code(param)}`;
  return param === undefined ? `, ${count(size)} per page` : `, ${count(size)} per page (${code(param)})`;
}

function ended(stated: string | undefined, hasMore: string | undefined): string {
  const ends = [...(stated ? [stated] : []), ...(hasMore ? [`${code(hasMore)} says there is no more`] : [])];
  return ends.length === 0 ? "reading ends at an empty page" : `reading ends when ${ends.join(" or ")}`;
}
