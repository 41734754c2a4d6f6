/** The queries of generated connectors, as they stand in the code: every field by its name, every argument a variable. */
import type { Column, Shape, TableOf } from "../../../artifacts/blueprint.ts";
import { snake } from "../../http/describe/names.ts";

export type Table = TableOf<"graphql">;
type Paging = Table["read"]["paging"];

/** A list on the way to a table's records, from without to within; the last is the table's own. */
export interface Level {
  table: Table;
  /** Variables of the query, by the names of the arguments that they are for. */
  names: Record<string, string>;
  /** Records per page. */
  size: number;
  /** Fields that are selected of its records. */
  fields: readonly string[];
}

export interface Query {
  /** The query's own name. */
  operation: string;
  text: string;
  /** Variables with the same value each time. */
  constants: { [variable: string]: Constant };
}
type Constant = Table["read"]["arguments"][string];

/** Records around others come in smaller pages: both sizes multiply, and sources limit the product. */
const OUTER_SIZE = 25;

/** The lists that a table's records are inside of, and its own. */
export function levelsOf(table: Table, tables: readonly Table[]): Level[] {
  const chain = chainOf(table, tables);
  return chain.map((one, index) => {
    const next = chain[index + 1];
    const own = next === undefined;
    const prefix = own ? "" : camel(one.name);
    const fields = own
      ? one.columns.filter((column) => !isBound(one, column)).map(({ name }) => name)
      : keysFor(next, one);
    return {
      table: one,
      names: Object.fromEntries(
        [...pagingArguments(one.read.paging), ...(own ? ownArguments(one) : Object.keys(one.read.arguments))].map(
          (name) => [name, prefixed(prefix, name)],
        ),
      ),
      size: Math.min(sizeOf(one.read.paging), own ? Number.MAX_SAFE_INTEGER : OUTER_SIZE),
      fields,
    };
  });
}

/** Asks for a page of the outermost list, with the first page of each list inside. */
export function listingQuery(levels: readonly Level[]): Query {
  const [outermost, ...inner] = levels as [Level, ...Level[]];
  const operation = pascal(levels.at(-1)?.table.name ?? "");
  const variables = [...declared(outermost, true), ...inner.flatMap((level) => declared(level, false))];
  const body = listSelection(levels, { paged: true });
  return { operation, text: document(operation, variables, body), constants: constantsOf(levels) };
}

/** Asks for a further page of the list of one record. Undefined for a list that comes in one piece. */
export function moreQuery(levels: readonly Level[]): (Query & { path: string[]; key: [string, string] }) | undefined {
  const [own, ...inner] = levels as [Level, ...Level[]];
  const { lookup, parent, field } = own.table.read;
  const bind = parent?.bind.find(({ placeholder }) => placeholder === lookup?.argument);
  if (lookup === undefined || bind === undefined || own.table.read.paging.style === "list") return undefined;
  const operation = `More${pascal(levels.at(-1)?.table.name ?? "")}${levels.length > 1 ? `Of${pascal(own.table.name)}` : ""}`;
  const key = Object.values(own.names).includes(lookup.argument) ? `parent_${lookup.argument}` : lookup.argument;
  const variables = [
    `$${key}: ${lookup.type}`,
    ...declared(own, true),
    ...inner.flatMap((level) => declared(level, false)),
  ];
  const list = listSelection(levels, { paged: true });
  const found = lookup.on === undefined ? list : block(`... on ${lookup.on}`, list);
  const body = block(`${lookup.field}(${lookup.argument}: $${key})`, found);
  return {
    operation,
    text: document(operation, variables, body),
    constants: constantsOf(levels),
    path: [lookup.field, ...field.split(".")],
    key: [key, bind.parent_column],
  };
}

/** Arguments of a table's list besides its paging, each a variable. */
function ownArguments({ read, advance }: Table): string[] {
  const cursor = advance.kind === "cursor" ? [advance.param, ...Object.keys(advance.sort_params)] : [];
  const tops = cursor.map((path) => path.split(".")[0] ?? path);
  return [...new Set([...Object.keys(read.arguments), ...tops])];
}

function declared({ table, names }: Level, further: boolean): string[] {
  const { argument_types: types, paging } = table.read;
  const sent = Object.keys(names).filter((name) => further || name !== placeArgument(paging));
  const usual = (name: string) => (pagingArguments(paging).includes(name) && !isAfter(paging, name) ? "Int" : "String");
  return sent.map((name) => `$${names[name]}: ${types[name] ?? usual(name)}`);
}

function isAfter(paging: Paging, name: string): boolean {
  return paging.style === "connection" && paging.after === name;
}

function placeArgument(paging: Paging): string | undefined {
  return paging.style === "connection" ? paging.after : paging.style === "offset" ? paging.offset : undefined;
}

function listSelection(levels: readonly Level[], { paged }: { paged: boolean }): string {
  const [own, ...inner] = levels as [Level, ...Level[]];
  const { table, names, fields } = own;
  const { paging, field } = table.read;
  const sent = Object.keys(names)
    .filter((name) => paged || name !== placeArgument(paging))
    .map((name) => `${name}: $${names[name]}`);
  const path = field.split(".");
  const last = path.at(-1) ?? "";
  const record = [
    ...fields.map((name) => columnSelection(table, name)),
    ...(inner.length === 0 ? [] : [listSelection(inner, { paged: false })]),
  ].join("\n");
  const list = block(sent.length === 0 ? last : `${last}(${sent.join(", ")})`, answerSelection(paging, record));
  return path.slice(0, -1).reduceRight((within, name) => block(name, within), list);
}

function answerSelection(paging: Paging, record: string): string {
  if (paging.style === "list") return record;
  if (paging.style === "offset") {
    return (paging.records === "" ? [] : paging.records.split(".")).reduceRight(
      (within, name) => block(name, within),
      record,
    );
  }
  const nodes = paging.nodes === "nodes" ? block("nodes", record) : block("edges", block("node", record));
  return `${nodes}\n${block("pageInfo", "hasNextPage\nendCursor")}`;
}

function columnSelection(table: Table, name: string): string {
  const column = table.columns.find((one) => one.name === name);
  const inner = column?.shape === undefined ? undefined : shapeSelection(column.shape);
  return inner === undefined ? name : block(name, inner);
}

/** Undefined for values, which have no fields to select. */
function shapeSelection(shape: Shape): string | undefined {
  if (shape.kind === "value") return undefined;
  if (shape.kind === "list") return shapeSelection(shape.items);
  return shape.fields
    .map((field) => {
      const inner = shapeSelection(field.shape);
      return inner === undefined ? field.name : block(field.name, inner);
    })
    .join("\n");
}

function constantsOf(levels: readonly Level[]): Query["constants"] {
  const constants: Query["constants"] = {};
  for (const [index, { table, names, size }] of levels.entries()) {
    for (const [name, value] of Object.entries(table.read.arguments)) constants[names[name] ?? name] = value;
    for (const [path, text] of index === levels.length - 1 ? sorting(table) : []) {
      put(constants, path.split("."), sorted(text, table.read.argument_types[path]));
    }
    const { paging } = table.read;
    // The outermost list is paged by what reads it; the first pages inside have their sizes from here.
    if (index === 0 || paging.style === "list") continue;
    constants[names[paging.style === "connection" ? paging.first : paging.limit] ?? ""] = size;
  }
  return constants;
}

function sorting({ advance }: Table): [string, string][] {
  return advance.kind === "cursor" ? Object.entries(advance.sort_params) : [];
}

/** The blueprint has these as text. */
function sorted(text: string, type: string | undefined): Constant {
  if (type?.startsWith("Boolean") && (text === "true" || text === "false")) return text === "true";
  return type?.startsWith("Int") ? Number(text) : text;
}

function put(into: { [name: string]: Constant }, [first = "", ...rest]: readonly string[], value: Constant): void {
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const known = into[first];
  const inner = typeof known === "object" && known !== null && !Array.isArray(known) ? { ...known } : {};
  put(inner as { [name: string]: Constant }, rest, value);
  into[first] = inner as Constant;
}

function document(operation: string, variables: readonly string[], body: string): string {
  const names = [...new Set(variables)];
  return block(names.length === 0 ? `query ${operation}` : `query ${operation}(${names.join(", ")})`, body);
}

function block(head: string, body: string): string {
  return `${head} {\n${body.replace(/^/gm, "  ")}\n}`;
}

function chainOf(table: Table, tables: readonly Table[]): Table[] {
  const parent = tables.find(({ name }) => name === table.read.parent?.table);
  return parent === undefined ? [table] : [...chainOf(parent, tables), table];
}

/** What of the records around is needed: what the rows inside keep, and what finds the record again. */
function keysFor(inner: Table, around: Table): string[] {
  const names = new Set((inner.read.parent?.bind ?? []).map(({ parent_column }) => parent_column));
  const bound = new Set((around.read.parent?.bind ?? []).map(({ column }) => column));
  return [...names].filter((name) => !bound.has(name));
}

function isBound({ read }: Table, { name }: Column): boolean {
  return (read.parent?.bind ?? []).some(({ column }) => column === name);
}

export function pagingArguments(paging: Paging): string[] {
  if (paging.style === "connection") return [paging.first, paging.after];
  return paging.style === "offset" ? [paging.offset, paging.limit] : [];
}

function sizeOf(paging: Paging): number {
  return paging.style === "list" ? 0 : paging.size;
}

function prefixed(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}${pascal(name)}`;
}

function pascal(name: string): string {
  return snake(name)
    .split("_")
    .map((word) => `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}`)
    .join("");
}

function camel(name: string): string {
  const text = pascal(name);
  return `${text[0]?.toLowerCase() ?? ""}${text.slice(1)}`;
}
