/** Reading a table of the real place whole: all records of all its files. */
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { FILE_COLUMNS, REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { LiveOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import type { FileBlueprint, FileTable } from "../configuration.ts";
import { recordsOf } from "../formats/records.ts";
import { levelsOf, matcherOf, prefixOf } from "../pattern.ts";
import { openStore, withStore } from "../stores/open.ts";
import type { Store, StoredFile } from "../stores/store.ts";

const REACH_MILLISECONDS = 20_000;

/** Undefined when the place answers with a listing, else why it does not. */
export async function reachFiles(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined> {
  const { source, tables } = blueprintOf(blueprint, "file");
  const [table] = tables;
  if (table === undefined) return "there is no table";
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(REACH_MILLISECONDS)]);
  try {
    const files = await withStore(source, { ...options, signal }, (store) => filesOf(store, table));
    return files.length > 0 ? undefined : `no file at ${source.location} is named like ${table.read.pattern}`;
  } catch (error) {
    options.signal.throwIfAborted();
    return messageOf(error);
  }
}

/**
 * Where records have a key of their own, the version in the latest file is the one that stands. Files that change while
 * they are read are refused.
 */
export async function* readFiles(blueprint: Blueprint, name: string, options: LiveOptions): AsyncIterable<Record_> {
  const own = blueprintOf(blueprint, "file");
  const table = own.tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new UserError(`The blueprint has no table ${name}.`);
  const all = readAll(own, table, options);
  if (table.primary_key.length === 0 || table.primary_key.includes("_line")) {
    yield* all;
    return;
  }
  const latest = new Map<string, Record_>();
  for await (const record of all)
    latest.set(JSON.stringify(table.primary_key.map((key) => String(record[key]))), record);
  yield* latest.values();
}

async function* readAll({ source }: FileBlueprint, table: FileTable, options: LiveOptions): AsyncGenerator<Record_> {
  const store = await openStore(source, options);
  try {
    const files = await filesOf(store, table);
    if (files.length === 0) throw new UserError(`No file at ${source.location} is named like ${table.read.pattern}.`);
    for (const file of files) yield* readFile(store, table, file);
  } finally {
    await store.close();
  }
}

/** In the order of their times, or of their names where files are never changed. */
export async function filesOf(store: Store, { read, advance }: FileTable): Promise<StoredFile[]> {
  const fits = matcherOf(read.pattern);
  const found = (await store.list(prefixOf(read.pattern), levelsOf(read.pattern))).filter(
    ({ name }) => fits(name) !== undefined,
  );
  const byName = advance.kind === "files" && advance.by === "name";
  const time = ({ modified }: StoredFile) => (byName || modified === undefined ? "" : comparable(modified));
  return found.sort((a, b) => compare(time(a), time(b)) || compare(a.name, b.name));
}

export async function* readFile(store: Store, table: FileTable, file: StoredFile): AsyncGenerator<Record_> {
  const { read } = table;
  const beside = new Set<string>([...FILE_COLUMNS, REST_COLUMN, ...read.captured]);
  const own = table.columns.filter(({ name }) => !beside.has(name));
  const shared = { ...matcherOf(read.pattern)(file.name), _file: file.name, _modified: file.modified ?? null };
  let line = 0;
  try {
    for await (const record of recordsOf(await store.read(file.name), read, own)) {
      line += 1;
      yield { ...record, ...shared, _line: line };
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file.name}: ${messageOf(error)} (after ${line} records).`, { cause: error });
  }
  const now = await store.look(file.name);
  if (now.version !== file.version)
    throw new UserError(`${file.name} changed while it was read.`, {
      hint: "Try again when nothing is writing there.",
    });
}

function comparable(iso: string): string {
  return iso.length === 24 ? iso.replace("Z", "000Z") : iso;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
