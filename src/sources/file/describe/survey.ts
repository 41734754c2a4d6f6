/** What the files of one table hold: format, columns, and whether a column tells records apart. */
import type { Readable } from "node:stream";
import type { Column } from "../../../artifacts/blueprint.ts";
import type { FileFormat } from "../../../artifacts/kinds/file.ts";
import { messageOf, UserError } from "../../../errors.ts";
import { atPath, type Literal, parseLiterally } from "../../answers/exact.ts";
import { type CsvFormat, csvRows, headerNames } from "../formats/csv.ts";
import { parquetColumns, parquetRecords, withParquet } from "../formats/parquet.ts";
import { unzipped } from "../formats/records.ts";
import type { Store, StoredFile } from "../stores/store.ts";
import { createDecoder } from "../text.ts";
import type { Group } from "./group.ts";
import { commonEncoding, sniffDialect } from "./sniff.ts";
import { guessFromJson, guessFromText, joined } from "./types.ts";

export interface Survey {
  content: FileFormat;
  columns: Column[];
  /** Whether every byte of every file was read. */
  whole: boolean;
  records: number;
  /** The first lines, for quoting. */
  head: string;
  /** Columns that had a value in each record, and no value twice. */
  unique: string[];
  /** What is odd, in words. */
  notes: string[];
}

/** Read in full up to this much; beyond it in parts. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const PART_BYTES = 128 * 1024;
const MAX_FILES = 60;
const HEAD_CHARACTERS = 2000;

/** Throws `UserError` naming the file that cannot be read. */
export async function survey(store: Store, group: Group, stated: FileFormat | undefined): Promise<Survey> {
  const size = group.files.reduce((sum, file) => sum + (file.size ?? WHOLE_BYTES), 0);
  const whole = size <= WHOLE_BYTES;
  const files = whole ? group.files : spread(group.files);
  const format = stated?.format ?? group.format;
  const context = { store, group, files, whole };
  if (format === "parquet") return surveyParquet(context);
  if (format === "csv") return surveyCsv(context, stated?.format === "csv" ? stated : undefined);
  return surveyJson(context, stated);
}

interface Context {
  store: Store;
  group: Group;
  files: readonly StoredFile[];
  whole: boolean;
}

/** First, last, and evenly between: files change their columns over time. */
function spread(files: readonly StoredFile[]): StoredFile[] {
  if (files.length <= MAX_FILES) return [...files];
  const step = (files.length - 1) / (MAX_FILES - 1);
  return Array.from({ length: MAX_FILES }, (_, index) => files[Math.round(index * step)] as StoredFile);
}

/** Head, middle and tail of a file, or all of it; of what is compressed the beginning. */
async function partsOf({ store, group, whole }: Context, file: StoredFile): Promise<Buffer[]> {
  const gzip = group.compression === "gzip";
  if (whole || file.size === undefined || file.size <= 3 * PART_BYTES || gzip) {
    const stream = await store.read(file.name);
    return [await collect(gzip ? unzipped(stream) : stream, whole ? undefined : 3 * PART_BYTES)];
  }
  const middle = Math.floor(file.size / 2 / 4) * 4;
  const tail = Math.floor((file.size - PART_BYTES) / 4) * 4;
  const starts = [0, middle, tail];
  return Promise.all(
    starts.map(async (start) =>
      collect(await store.read(file.name, { start, end: Math.min(start + PART_BYTES, file.size ?? 0) - 1 }), undefined),
    ),
  );
}

async function collect(stream: Readable, limit: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (limit !== undefined && length >= limit) break;
  }
  stream.destroy();
  return Buffer.concat(chunks);
}

async function named<T>(file: StoredFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file.name} cannot be read: ${whatIsWrong(error)}.`, {
      hint: "Have it delivered again, whole.",
      cause: error,
    });
  }
}

/** In the file's own terms: copies of ours that it was read from are nobody's business. */
function whatIsWrong(error: unknown): string {
  const [what = ""] = messageOf(error).split("\n");
  if (what === "unexpected end of file") return "it ends in the middle of its compressed data";
  return what
    .replace(/^(Invalid Input|IO) Error: /, "")
    .replace(/ ?'[^']*copy\.parquet'/, "")
    .replace(/\.$/, "");
}

async function surveyCsv(context: Context, stated: CsvFormat | undefined): Promise<Survey> {
  const parts = await Promise.all(
    context.files.map((file) => named(file, async () => ({ file, parts: await partsOf(context, file) }))),
  );
  const heads = parts.map((one) => one.parts[0] ?? Buffer.alloc(0));
  const first = heads.find((head) => head.length > 2);
  const content =
    stated ?? (await sniffDialect(first ?? Buffer.alloc(0), commonEncoding(parts.flatMap((one) => one.parts))));
  if (first !== undefined && content === undefined)
    throw new UserError(`${context.files[0]?.name ?? context.group.pattern} is not text in one encoding.`, {
      hint: "Have it delivered in UTF-8, or state content with the encoding it is in.",
    });
  if (content === undefined || first === undefined)
    throw new UserError(`${context.files[0]?.name ?? context.group.pattern} is empty: its columns are not known.`, {
      hint: "State content and columns in the spec, or wait for a file with rows.",
    });
  const seen = createColumns(context.whole);
  for (const { file, parts: pieces } of parts) {
    let names = content.header ? undefined : ([] as string[]);
    for (const [index, bytes] of pieces.entries()) {
      names = await named(file, () =>
        seePiece(seen, { bytes, content, names, first: index === 0, cut: !context.whole }),
      );
    }
  }
  const decode = createDecoder(content.encoding);
  const head = decode(first.subarray(0, HEAD_CHARACTERS)).split(/\r?\n/).slice(0, 5).join("\n");
  return { content, whole: context.whole, head, ...seen.result() };
}

interface Piece {
  bytes: Buffer;
  content: CsvFormat;
  /** Of the header, once it was seen; empty where there is none. */
  names: string[] | undefined;
  first: boolean;
  /** Whether rows at its ends may be broken. */
  cut: boolean;
}

async function seePiece(seen: Columns, { bytes, content, names, first, cut }: Piece): Promise<string[] | undefined> {
  let known = names;
  const rows: string[][] = [];
  // A piece of the middle begins somewhere within a row, perhaps within a quotation.
  const from = first ? bytes : bytes.subarray(lineEnd(bytes, content));
  try {
    for await (const row of csvRows(
      only(from),
      first ? content : { ...content, encoding: withoutMark(content.encoding) },
    ))
      rows.push(row);
  } catch (error) {
    if (!cut) throw error;
  }
  if (cut) rows.pop();
  for (const row of rows) {
    if (known === undefined) known = headerNames(row);
    else if (known.length === 0 || content.header === false) {
      if (known.length < row.length) known = row.map((_, index) => `column_${index + 1}`);
      seen.see(known, row);
    } else if (first || row.length === known.length) seen.see(known, row);
  }
  if (known !== undefined) seen.name(known);
  return known;
}

function lineEnd(bytes: Buffer, { encoding }: CsvFormat): number {
  const at = bytes.indexOf(encoding === "utf-16-be" ? Buffer.from([0, 10]) : Buffer.from([10]));
  const wide = encoding.startsWith("utf-16");
  return at < 0 ? bytes.length : at + (wide ? 2 : 1);
}

function withoutMark(encoding: CsvFormat["encoding"]): CsvFormat["encoding"] {
  return encoding === "utf-16" ? "utf-16-le" : encoding;
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

interface Columns {
  name(names: readonly string[]): void;
  see(names: readonly string[], row: readonly string[]): void;
  result(): Pick<Survey, "columns" | "records" | "unique" | "notes">;
}

function createColumns(whole: boolean): Columns {
  const guesses = new Map<string, ReturnType<typeof guessFromText>>();
  const values = createUniqueness(whole);
  let records = 0;
  let ragged = 0;
  const guessOf = (name: string) => {
    const known = guesses.get(name) ?? guessFromText();
    guesses.set(name, known);
    return known;
  };
  return {
    name: (names) => names.forEach((name) => void guessOf(name)),
    see: (names, row) => {
      records += 1;
      if (row.length !== names.length) ragged += 1;
      for (const [index, name] of names.entries()) {
        const text = row[index] ?? "";
        guessOf(name).see(text);
        values.see(name, text === "" ? undefined : text);
      }
    },
    result: () => ({
      columns: [...guesses].map(([name, guess]) => guess.column(name)),
      records,
      unique: values.unique(records),
      notes: ragged === 0 ? [] : [`${ragged} of ${records} rows have more or fewer fields than the header`],
    }),
  };
}

interface Uniqueness {
  see(column: string, value: string | undefined): void;
  /** Columns with as many different values as there are records. */
  unique(records: number): string[];
}

function createUniqueness(whole: boolean): Uniqueness {
  const seen = new Map<string, Set<string> | undefined>();
  return {
    see: (column, value) => {
      if (!whole || (seen.has(column) && seen.get(column) === undefined)) return;
      const values = seen.get(column) ?? new Set<string>();
      const repeated = value === undefined || values.has(value);
      if (value !== undefined) values.add(value);
      seen.set(column, repeated ? undefined : values);
    },
    unique: (records) =>
      records < 2 ? [] : [...seen].flatMap(([column, values]) => (values?.size === records ? [column] : [])),
  };
}

async function surveyJson(context: Context, stated: FileFormat | undefined): Promise<Survey> {
  const guesses = new Map<string, ReturnType<typeof guessFromJson>>();
  const values = createUniqueness(context.whole);
  let content: FileFormat | undefined = stated;
  let records = 0;
  let head = "";
  for (const file of context.files) {
    const pieces = await named(file, () => partsOf(context, file));
    const texts = pieces.map((bytes) => decoded(bytes));
    head ||= (texts[0] ?? "").slice(0, HEAD_CHARACTERS);
    const found = jsonRecords(texts, { file, content, group: context.group, whole: context.whole });
    content = found.content;
    for (const record of found.records) {
      records += 1;
      for (const [name, value] of Object.entries(record)) {
        const guess = guesses.get(name) ?? guessFromJson();
        guesses.set(name, guess);
        guess.see(value);
        values.see(name, value === null || typeof value === "object" ? digits(value) : String(value));
      }
    }
  }
  const columns = [...guesses].map(([name, guess]) => guess.column(name));
  if (columns.length === 0 || content === undefined)
    throw new UserError(`${context.group.pattern}: the files hold no records, so that their columns are not known.`, {
      hint: "State content and columns in the spec, or wait for a file with records.",
    });
  return { content, whole: context.whole, columns, records, head, unique: values.unique(records), notes: [] };
}

function digits(value: Literal): string | undefined {
  return value !== null && typeof value === "object" && "value" in value ? String(value.value) : undefined;
}

function decoded(bytes: Buffer): string {
  return new TextDecoder("utf-8").decode(bytes);
}

interface JsonFile {
  file: StoredFile;
  content: FileFormat | undefined;
  group: Group;
  whole: boolean;
}

function jsonRecords(
  texts: readonly string[],
  { file, content, group, whole }: JsonFile,
): { content: FileFormat; records: { [name: string]: Literal }[] } {
  const [first = ""] = texts;
  const lines = () => linesOf(texts, whole, file);
  if (content?.format === "ndjson" || (content === undefined && group.format === "ndjson"))
    return { content: { format: "ndjson" }, records: lines() };
  const document = first.trim() === "" ? undefined : parseLiterally(first);
  if (document === undefined && first.trim() !== "") {
    // What is called .json is often a record per line; and a large document is not read in parts.
    const records = content === undefined && /^\s*\{.*\}\s*$/m.test(first.split("\n")[0] ?? "") ? lines() : [];
    if (records.length === 0)
      throw new UserError(
        whole ? `${file.name} is not JSON.` : `${file.name} is a JSON document of more than can be looked at.`,
        {
          hint: "State content (`format: json` with `records`) and columns, or have it delivered with a record per line.",
        },
      );
    return { content: { format: "ndjson" }, records };
  }
  const path = content?.format === "json" ? content.records : listPath(document);
  const list = document === undefined ? [] : atPath(document, path ?? "");
  if (path === undefined || !Array.isArray(list))
    throw new UserError(`${file.name} has no list of records${path ? ` at ${path}` : ""}.`, {
      hint: "State content.records: the dotted path of the list.",
    });
  return { content: { format: "json", records: path }, records: list.filter(isObject) };
}

function linesOf(texts: readonly string[], whole: boolean, file: StoredFile): { [name: string]: Literal }[] {
  return texts.flatMap((text, index) => {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const kept = whole ? lines : lines.slice(index === 0 ? 0 : 1, -1);
    return kept.map((line, at) => {
      const record = parseLiterally(line.replace(/^\ufeff/, ""));
      if (isObject(record)) return record;
      throw new UserError(`${file.name}: line ${at + 1} is no JSON object.`, {
        hint: "Have it delivered again, whole.",
      });
    });
  });
}

/** Where the only list of objects is; undefined when there is none, or several. */
function listPath(document: Literal | undefined): string | undefined {
  if (document === undefined || Array.isArray(document)) return "";
  const found: string[] = [];
  const walk = (value: Literal | undefined, path: string[]) => {
    if (Array.isArray(value)) {
      if (value.every(isObject)) found.push(path.join("."));
    } else if (isObject(value) && path.length < 4) {
      for (const [name, inner] of Object.entries(value)) if (!name.includes(".")) walk(inner, [...path, name]);
    }
  };
  walk(document, []);
  return found.length === 1 ? found[0] : undefined;
}

function isObject(value: Literal | undefined): value is { [name: string]: Literal } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("isLosslessNumber" in value);
}

async function surveyParquet(context: Context): Promise<Survey> {
  const columns = new Map<string, Column>();
  const values = createUniqueness(context.whole);
  let records = 0;
  // A copy is needed to read the schema: of many large files the first and the last are looked at.
  const files = context.whole ? context.files : [...new Set([context.files[0], context.files.at(-1)])];
  for (const file of files.filter((one) => one !== undefined)) {
    await named(file, async () =>
      withParquet(await context.store.read(file.name), async ({ connection, from }) => {
        for (const column of await parquetColumns(connection, from)) {
          if (column.type === undefined)
            throw new UserError(`${file.name}: the column ${column.name} has a type that no connector can carry.`);
          const known = columns.get(column.name);
          columns.set(column.name, known === undefined ? column : joined(known, column));
        }
        if (!context.whole) return;
        for await (const record of parquetRecords(connection, from)) {
          records += 1;
          for (const [name, value] of Object.entries(record))
            values.see(name, value === null ? undefined : String(value));
        }
      }),
    );
  }
  if (columns.size === 0)
    throw new UserError(`${context.group.pattern}: the files are empty, so that their columns are not known.`);
  const all = [...columns.values()];
  const head = all.map(({ name, type }) => `${name}: ${type}`).join("\n");
  return {
    content: { format: "parquet" },
    whole: context.whole,
    columns: all,
    records,
    head,
    unique: values.unique(records),
    notes: [],
  };
}
