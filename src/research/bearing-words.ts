/** The words that a field's value consists of, and those that speak of its subject. */
import type { Auth } from "../artifacts/auth.ts";
import { parentOf, type SourceField, type Table, type TableField, webPart } from "../artifacts/blueprint.ts";
import type { GraphqlPaging } from "../artifacts/kinds/graphql.ts";
import type { Advance, Deletes, Pagination } from "../artifacts/reading.ts";
import type { Proposal } from "./notebook.ts";

export interface Bearing {
  /** Names and values of the field itself: parameters, columns, paths, numbers. */
  names: string[];
  /** Beginnings of ordinary words that speak of the subject. */
  words: string[];
}

/** What a quotation for the claim may show; undefined where the proposal has no such field yet. */
export function bearingOf(proposal: Proposal, key: string): Bearing | undefined {
  const field = key.replace(/^source\./, "") as SourceField;
  if (key.startsWith("source.")) return ofSource(proposal.source, field);
  const table = proposal.tables.find(({ name }) => key.startsWith(`tables.${name}.`));
  return table && ofTable(table, key.slice(`tables.${table.name}.`.length) as TableField);
}

function ofSource(source: Proposal["source"], field: SourceField): Bearing | undefined {
  const { base_url, auth, rate_limit } = webPart(source);
  switch (field) {
    case "base_url": {
      if (base_url === undefined) return undefined;
      const url = new URL(base_url);
      return { names: [url.host, ...(url.pathname.length > 1 ? [url.pathname] : [])], words: [] };
    }
    case "auth":
      return auth && ofAuth(auth);
    case "rate_limit": {
      const requests = rate_limit?.requests;
      return requests === undefined ? undefined : { names: spellings(requests), words: [] };
    }
    // What a database or a folder is, it says itself: nothing is quoted for it.
    default:
      return undefined;
  }
}

function ofAuth(auth: Auth): Bearing {
  switch (auth.kind) {
    case "none":
      return { names: [], words: ["public", "anonymous", "open", "unauthenticated", "without", "no ", "not ", "free"] };
    case "api_key":
      return { names: [auth.name], words: ["key", "token", "secret"] };
    case "basic":
      return { names: ["Authorization"], words: ["basic", "password"] };
    case "bearer":
      return { names: ["Authorization"], words: ["bearer", "token"] };
    case "oauth2_client_credentials":
      return { names: [auth.token_url], words: ["oauth", "client_credentials", "client credentials", "token"] };
    case "session":
      return {
        names: [auth.login_path, auth.token_path, auth.header],
        words: ["login", "log in", "session", "token", "sign in"],
      };
  }
}

function ofTable(table: Table, field: TableField): Bearing | undefined {
  const { read } = table;
  const parent = parentOf(table);
  switch (field) {
    case "read.path":
      if (read.kind !== "rest") return undefined;
      return { names: [read.path, ...lastSegment(read.path), ...Object.keys(read.params)], words: [] };
    case "read.records":
      if (read.kind !== "rest") return undefined;
      // A sample of the answer shows where the list is, whatever it is called.
      return { names: [...lastPart(read.records), "{", "["], words: ["array", "list"] };
    case "read.pagination":
      return read.kind === "rest" ? ofPagination(read.pagination) : undefined;
    case "read.field":
      return read.kind === "graphql" ? { names: [lastOf(read.field)], words: [] } : undefined;
    case "read.paging":
      return read.kind === "graphql" ? ofPaging(read.paging) : undefined;
    case "read.parent":
      return (
        parent && {
          names: [
            ...parent.bind.flatMap((bind) => [`{${bind.placeholder}}`, bind.placeholder, bind.parent_column]),
            // In a schema the list itself stands inside of its parent.
            ...(read.kind === "graphql" ? [lastOf(read.field)] : []),
          ],
          words: [parent.table],
        }
      );
    case "primary_key":
      return table.primary_key.length === 0
        ? { names: [], words: ["unique", "identif", "key", "id"] }
        : { names: table.primary_key, words: [] };
    case "columns":
      return { names: table.columns.map(({ name }) => name), words: [] };
    case "advance":
      return withCatalogue(table, ofAdvance(table.advance));
    case "deletes":
      return withCatalogue(table, ofDeletes(table.deletes));
    default:
      return undefined;
  }
}

/**
 * A catalogue has no sentences: that a table is read whole, and that nothing in it marks a deleted row, shows by its entry,
 * which names the table or its columns. A value that names a column is about that column and no other.
 */
function withCatalogue({ read, columns }: Table, { names, words }: Bearing): Bearing {
  if (read.kind !== "database" || names.length > 0) return { names, words };
  return { names: [read.relation, ...columns.map(({ name }) => name)], words };
}

function ofPaging(paging: GraphqlPaging): Bearing {
  switch (paging.style) {
    case "list":
      return { names: ["["], words: ["all", "every", "whole", "complete", "list"] };
    case "connection":
      return { names: [paging.first, paging.after, "pageInfo", "hasNextPage", "endCursor"], words: ["connection"] };
    case "offset":
      return { names: [paging.offset, paging.limit, ...paths(paging.total)], words: [] };
  }
}

function lastOf(path: string): string {
  return path.split(".").at(-1) ?? path;
}

function ofPagination(pagination: Pagination): Bearing {
  const given = (...names: (string | undefined)[]) => names.flatMap((name) => (name ? [name] : []));
  switch (pagination.style) {
    case "none":
      return {
        names: [],
        words: [
          "all",
          "every",
          "entire",
          "whole",
          "complete",
          "single",
          "no pag",
          "not pag",
          "without pag",
          "unpaginated",
          "at once",
        ],
      };
    case "page":
      return {
        names: given(
          pagination.page_param,
          pagination.size_param,
          ...paths(pagination.total_pages, pagination.has_more),
        ),
        words: [],
      };
    case "offset":
      return {
        names: given(pagination.offset_param, pagination.limit_param, ...paths(pagination.total, pagination.has_more)),
        words: [],
      };
    case "cursor":
      return {
        names: given(pagination.cursor_param, pagination.size_param, ...paths(pagination.next, pagination.has_more)),
        words: [],
      };
    case "next_url":
      return { names: given(...paths(pagination.next), pagination.size_param), words: [] };
    case "link_header":
      return {
        names: given(pagination.size_param, `rel="${pagination.rel}"`, `rel=${pagination.rel}`),
        words: ["link"],
      };
  }
}

function ofAdvance(advance: Advance): Bearing {
  switch (advance.kind) {
    case "full":
      return {
        names: [],
        words: [
          "all",
          "every",
          "whole",
          "complete",
          "filter",
          "incremental",
          "since",
          "modif",
          "updat",
          "chang",
          "full",
        ],
      };
    case "cursor":
      return {
        names: [
          advance.column,
          advance.param,
          ...(advance.window ? [advance.window.end_param] : []),
          ...Object.keys(advance.sort_params),
        ],
        words: [],
      };
    case "steps":
      return { names: [advance.column, advance.from_param, advance.to_param], words: [] };
    case "column":
      return { names: [advance.column], words: [] };
    case "files":
      return { names: [], words: ["modif", "name", "file", "append", "rewrit"] };
  }
}

function ofDeletes(deletes: Deletes): Bearing {
  const words = ["delet", "remov", "archiv", "deactivat", "cancel", "purg", "void"];
  switch (deletes.kind) {
    case "flag":
      return { names: [deletes.column, ...deletes.values], words };
    case "feed":
      return { names: [deletes.path, ...lastSegment(deletes.path)], words };
    default:
      return { names: [], words: [...words, ...GONE] };
  }
}

/** How pages say that rows go, or stay, without any word for deleting: “leaves the list”, “is never taken out”. */
const GONE = [
  "struck",
  "not list",
  "any more",
  "anymore",
  "disappear",
  "vanish",
  "gone",
  "no longer",
  "leav",
  "left",
  "drop",
  "taken",
  "withdraw",
  "expire",
  "retire",
  "missing",
  "never",
  "keep",
  "kept",
  "stay",
  "remain",
  "forever",
  "permanent",
  "immutable",
  "append",
  "history",
  "complete",
];

/** `1000`, `1,000`, `1 000`, `1.000`. */
function spellings(value: number): string[] {
  const groups = value.toLocaleString("en-US");
  const word = NUMBER_WORDS.get(value);
  const digits = [String(value), groups, groups.replaceAll(",", " "), groups.replaceAll(",", ".")];
  return [...new Set([...digits, ...(word === undefined ? [] : [word])])];
}

/** Limits that pages write out: “Twenty requests per second”. */
const NUMBER_WORDS: ReadonlyMap<number, string> = new Map([
  ...["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"].map(
    (word, index): [number, string] => [index + 1, word],
  ),
  [15, "fifteen"],
  [20, "twenty"],
  [25, "twenty-five"],
  [30, "thirty"],
  [40, "forty"],
  [50, "fifty"],
  [60, "sixty"],
  [100, "hundred"],
  [1000, "thousand"],
]);

export function lastSegment(path: string): string[] {
  return path
    .split(/[/?#]/)
    .filter((part) => part !== "" && !part.includes("{"))
    .slice(-1);
}

function lastPart(path: string): string[] {
  return path
    .split(".")
    .filter((part) => part !== "")
    .slice(-1);
}

function paths(...all: (string | undefined)[]): string[] {
  return all.flatMap((path) => lastPart(path ?? ""));
}
