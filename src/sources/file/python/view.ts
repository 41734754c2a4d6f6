/** Everything the templates ask of a blueprint, decided here so that the templates only write. */
import { REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import {
  docText,
  type Expression,
  expression,
  pythonCall,
  pythonLiteral,
  pythonTuple,
  wrap,
} from "../../../python/python-literal.ts";
import { templateConstants } from "../../../python/render.ts";
import { completeFile, credentialKeys, type FileBlueprint, type FileTable, placeKeys } from "../configuration.ts";
import { levelsOf, patternSource, prefixOf } from "../pattern.ts";
import { type CsvView, csvView, readerOf, type ValuesView, valuesView } from "./csv-view.ts";

export type Format = FileTable["read"]["content"]["format"];

export interface View {
  title_line: string;
  store: FileBlueprint["source"]["store"];
  store_template: string;
  credentials: FileBlueprint["source"]["credentials"];
  manifest: string | false;
  defaults: Record<string, string>;
  required: { key: string; description: string }[];
  /** `user and password`; false where the place is open. */
  credential_keys: string | false;
  secrets: boolean;
  place_keys: string;
  changes: boolean;
  formats: Record<Format, boolean>;
  values: ValuesView;
  csv: CsvView;
  decimals: boolean;
  captured_doc: string;
  parse_doc: string;
  bad_file: string[];
  content_hint: string;
  any_deep: boolean;
  any_gzip: boolean;
  all_gzip: boolean;
  any_by_name: boolean;
  all_by_name: boolean;
  any_replayed: boolean;
  all_replayed: boolean;
  /** Tables that advance and of which nothing is deleted. */
  any_adding: boolean;
  /** Tables whose gone and shortened files are followed. */
  any_following: boolean;
  all_following: boolean;
  is_pending: string;
  order_words: string;
  order_key: string;
  modified_text: string;
  own_names: boolean;
  tables: { comment: string[]; constant: string; value: string }[];
  table_constants: string;
}

export function viewOf(blueprint: FileBlueprint, templates: readonly string[]): View {
  const { source, tables, title } = blueprint;
  const { configuration } = completeFile(source);
  const defaults = configuration.flatMap(({ key, default: value }) => (value ? [[key, value] as const] : []));
  const credentials = credentialKeys(source);
  const http = source.store === "http";
  const csv = csvView(tables);
  const constants = constantsOf(tables, templateConstants(...templates));
  const advancing = tables.filter(({ advance }) => advance.kind === "files");
  const uses = usesOf(tables, advancing);
  const formats = formatsOf(tables);
  return {
    title_line: wrap(docText(title), 60).join("\n"),
    store: source.store,
    store_template: `stores/${source.store}.py`,
    credentials: source.credentials,
    manifest: source.manifest ?? false,
    defaults: Object.fromEntries(defaults),
    required: configuration
      .filter(({ required }) => required)
      .map(({ key, description }) => ({ key, description: lowerFirst(description) })),
    credential_keys: credentials.length > 0 && credentials.join(" and "),
    secrets: configuration.some(({ secret }) => secret),
    place_keys: placeKeys(source)
      .filter((key) => ["path", "bucket", "prefix", "base_url"].includes(key))
      .join(" and "),
    changes: advancing.length > 0,
    formats,
    values: valuesView(tables),
    csv,
    ...jsonView(tables),
    captured_doc: tables.some(({ read }) => read.captured.length > 0) ? " and the parts of its file's name" : "",
    bad_file: badFile(tables, formats),
    content_hint: FORMATS.filter((format) => formats[format])
      .map((format) => CLASSES[format])
      .join(" | "),
    any_deep: tables.some(({ read }) => levelsOf(read.pattern) === undefined),
    ...uses,
    // Where the server says too little to tell whether a file has changed, it is read again.
    is_pending: `${http ? "not file.version or " : ""}read.get(file.name) != file.version`,
    order_words: uses.all_by_name ? "their names" : uses.any_by_name ? "their times, or of their names" : "their times",
    order_key: `(${http ? "file.modified or YEAR_1970" : "file.modified"}, file.name)`,
    modified_text: http ? "file.modified and file.modified.isoformat()" : "file.modified.isoformat()",
    own_names: formats.json || formats.ndjson || formats.parquet,
    tables: tables.map((table, index) => ({
      comment: table.description ? wrap(docText(table.description), 95) : [],
      constant: constants[index] ?? "",
      value: tableSource(table, { csv, uses }),
    })),
    table_constants: pythonTuple(constants.map(expression)),
  };
}

/** What a table's saved value holds. */
export function savedDoc(view: View): string[] {
  if (!view.changes) return [];
  if (view.all_by_name) return ["- files: the names of the files that were read"];
  const read = "- files: the files that were read: names and versions";
  if (!view.any_following) return [read];
  const whose = view.any_adding ? "of those that are followed also how" : "how";
  return [`${read},`, `  ${whose} many of their records may have been sent, with no version until all were`];
}

const FORMATS = ["csv", "json", "ndjson", "parquet"] as const;
const CLASSES: { readonly [F in Format]: string } = {
  csv: "Csv",
  json: "JsonList",
  ndjson: "JsonLines",
  parquet: "Parquet",
};

function formatsOf(tables: readonly FileTable[]): Record<Format, boolean> {
  const has = (format: Format) => tables.some(({ read }) => read.content.format === format);
  return { csv: has("csv"), json: has("json"), ndjson: has("ndjson"), parquet: has("parquet") };
}

type Uses = Pick<
  View,
  | "any_gzip"
  | "all_gzip"
  | "any_by_name"
  | "all_by_name"
  | "any_replayed"
  | "all_replayed"
  | "any_adding"
  | "any_following"
  | "all_following"
>;

function usesOf(tables: readonly FileTable[], advancing: readonly FileTable[]): Uses {
  return {
    any_gzip: tables.some(isGzipped),
    all_gzip: tables.every(isGzipped),
    any_by_name: tables.some(isByName),
    all_by_name: tables.every(isByName),
    any_replayed: advancing.some(isReplayed),
    all_replayed: advancing.every(isReplayed),
    any_adding: advancing.some((table) => !isShrinking(table)),
    any_following: advancing.some(isShrinking),
    all_following: tables.every(isShrinking),
  };
}

const isGzipped = ({ read }: FileTable) => read.compression === "gzip" && read.content.format !== "parquet";
const isByName = ({ advance }: FileTable) => advance.kind === "files" && advance.by === "name";
/** Rows of a file's own key belong to that file alone; any other key may come again in a later file. */
const isReplayed = ({ advance, primary_key }: FileTable) =>
  advance.kind === "files" &&
  primary_key.length > 0 &&
  !(primary_key.includes("_file") && primary_key.includes("_line"));
const isShrinking = ({ deletes }: FileTable) => deletes.kind === "files";

function jsonView(tables: readonly FileTable[]): Pick<View, "decimals" | "parse_doc"> {
  const decimals = tables.some(
    ({ read, columns }) =>
      (read.content.format === "json" || read.content.format === "ndjson") &&
      columns.some(({ type }) => type === "decimal" || type === "json"),
  );
  return { decimals, parse_doc: decimals ? ", with fractions as exact decimals: a float would round them" : "" };
}

function badFile(tables: readonly FileTable[], formats: Record<Format, boolean>): string[] {
  return [
    "ValueError",
    ...(formats.csv ? ["csv.Error"] : []),
    ...(tables.some(isGzipped) ? ["EOFError", "gzip.BadGzipFile", "zlib.error"] : []),
    ...(formats.parquet ? ["pyarrow.ArrowException", "OSError"] : []),
  ];
}

function constantsOf(tables: readonly FileTable[], reserved: ReadonlySet<string>): string[] {
  const taken = new Set([...reserved, "TABLES"]);
  return tables.map(({ name }) => {
    const plain = name
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "");
    const base = /^[A-Z]/.test(plain) ? plain : `TABLE_${plain}`;
    let constant = base;
    for (let n = 2; taken.has(constant); n++) constant = n === 2 ? `${base}_TABLE` : `${base}_TABLE_${n}`;
    taken.add(constant);
    return constant;
  });
}

function tableSource(table: FileTable, { csv, uses }: { csv: CsvView; uses: Uses }): string {
  const { read } = table;
  return pythonLiteral(
    pythonCall("Table", {
      name: table.name,
      primary_key: expression(pythonTuple(table.primary_key)),
      prefix: prefixOf(read.pattern),
      levels: levelsOf(read.pattern) ?? null,
      pattern: expression(`re.compile(${rawString(patternSource(read.pattern, "python"))})`),
      content: contentSource(table, csv),
      gzipped: (isGzipped(table) && !uses.all_gzip) || undefined,
      by_name: (isByName(table) && !uses.all_by_name) || undefined,
      replayed: (isReplayed(table) && !uses.all_replayed) || undefined,
      shrinking: (isShrinking(table) && !uses.all_following) || undefined,
    }),
  );
}

function contentSource({ read, columns }: FileTable, csv: CsvView): Expression {
  const { content } = read;
  if (content.format === "json")
    return pythonCall("JsonList", { path: content.records === "" ? undefined : content.records });
  if (content.format !== "csv") return pythonCall(CLASSES[content.format], {});
  const beside = new Set([...read.captured, "_file", "_line", "_modified", REST_COLUMN]);
  const own = columns.filter(({ name }) => !beside.has(name));
  return pythonCall("Csv", {
    columns: Object.fromEntries(own.map((column) => [column.name, expression(readerOf(column))])),
    delimiter: content.delimiter === "," ? undefined : content.delimiter,
    quote: content.quote === '"' ? undefined : content.quote,
    encoding: content.encoding === "utf-8" ? undefined : content.encoding,
    header: csv.header === "some" && !content.header ? false : undefined,
    nulls:
      content.nulls.length === 0
        ? undefined
        : expression(`frozenset({${content.nulls.map((text) => pythonLiteral(text)).join(", ")}})`),
  });
}

/** Patterns read better without doubled backslashes. */
function rawString(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) && !text.includes('"') && !text.endsWith("\\")
    ? `r"${text}"`
    : pythonLiteral(text);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
