/**
 * Rows of files in forms that nobody announced. Rows with a key of their own come in a later file; of files that tell
 * themselves by their time, one comes again. What is taken back is so in the very same file: the one that a connector
 * could not read is not there any more.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import { REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import type { Json, Record_ } from "../../record.ts";
import type { Drift } from "../../simulator.ts";
import { canEncode } from "../text.ts";
import { changedRows, hasOwnKey, highest, isByName } from "./changes.ts";
import { freshName, isVaried, keyText, rowsOf, type SimulatedFile, store, type TableState, truthOf } from "./corpus.ts";

/** Records of a file in another form, by their place in it, as they were before. */
interface Drifted {
  file: SimulatedFile;
  before: ReadonlyMap<number, Record_>;
}

export type Drifting = (drift: Drift, state: TableState, count: number) => Record_[];

const HOUR = 3_600_000_000n;

/** With a count of 0 what drifted so is taken back. */
export function createDrift(): Drifting {
  const made = new Map<string, Drifted>();
  return (drift, state, count) => {
    const name = `${drift} ${state.table.name}`;
    if (count > 0) {
      const own = [...made.values()];
      const drifted = driftFile(state, { drift, count, taken: (file) => takenIn(own, file) });
      if (drifted === undefined) return [];
      made.set(name, drifted);
      return putAgain(state, drifted.file);
    }
    const drifted = made.get(name);
    made.delete(name);
    if (drifted === undefined) return [];
    for (const [place, record] of drifted.before) drifted.file.records[place] = record;
    delete drifted.file.form;
    return putAgain(state, drifted.file);
  };
}

function putAgain(state: TableState, file: SimulatedFile): Record_[] {
  file.micros = highest(state) + HOUR;
  store(state, [file]);
  return changedRows(state, file);
}

function takenIn(drifted: readonly Drifted[], file: SimulatedFile): ReadonlySet<number> {
  return new Set(drifted.flatMap((one) => (one.file === file ? [...one.before.keys()] : [])));
}

interface Order {
  drift: Drift;
  count: number;
  /** Places of a file whose records are in another form already. */
  taken: (file: SimulatedFile) => ReadonlySet<number>;
}

function driftFile(state: TableState, { drift, count, taken }: Order): Drifted | undefined {
  const form = formOf(state, drift);
  if (form === undefined) return undefined;
  const chosen =
    hasOwnKey(state) && isVaried(state)
      ? laterFile(state, { count, taken })
      : placesIn(state, { count, taken, whole: form.columns !== undefined || drift === "new-field" });
  if (chosen === undefined || chosen.places.length === 0) return undefined;
  const { file, places } = chosen;
  const before = new Map(places.map((place) => [place, file.records[place] ?? {}]));
  for (const [index, place] of places.entries()) {
    file.records[place] = form.write({ ...file.records[place] }, index);
  }
  if (form.columns !== undefined || form.texts !== undefined) file.form = form;
  if (!state.files.includes(file)) state.files.push(file);
  return { file, before };
}

interface Chosen {
  file: SimulatedFile;
  places: number[];
}

/** Rows that were there before, in a new file. */
function laterFile(state: TableState, { count, taken }: Pick<Order, "count" | "taken">): Chosen {
  const inForm = state.files.flatMap((file) => [...taken(file)].map((place) => rowsOf(state, file)[place] ?? {}));
  const drifted = new Set(inForm.map((row) => keyText(state, row)));
  const own = new Set(state.own.map(({ name }) => name));
  const records = state.random
    .shuffle(truthOf(state).filter((row) => !drifted.has(keyText(state, row))))
    .slice(0, count)
    .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => own.has(name))));
  const file = { name: freshName(state), micros: highest(state), records, closed: true };
  return { file, places: [...records.keys()] };
}

/**
 * Records where they are. `whole`: the form is that of a file, and the last one that is as it was takes it, where there
 * are others for the rest.
 */
function placesIn(
  state: TableState,
  { count, taken, whole }: Pick<Order, "count" | "taken"> & { whole: boolean },
): Chosen | undefined {
  if (isByName(state)) return undefined;
  const usual = state.files.filter(({ form }) => form === undefined);
  if (whole) {
    const file = usual.length > 1 ? usual.findLast((one) => taken(one).size === 0) : undefined;
    return file && { file, places: [...file.records.keys()] };
  }
  const free = usual.map((file) => {
    const gone = taken(file);
    return { file, places: [...file.records.keys()].filter((place) => !gone.has(place)) };
  });
  const most = free.toSorted((a, b) => b.places.length - a.places.length)[0];
  return most && { file: most.file, places: most.places.slice(0, count) };
}

/** How records are written in another form. */
interface Form {
  /** Columns of the file; without it the table's own. */
  columns?: Column[];
  /** Columns whose values are written as text. */
  texts?: ReadonlySet<string>;
  write(record: Record_, index: number): Record_;
}

const NEW_COLUMN: Column = { name: "came_later", type: "string", nullable: true };
const BIG = 9007199254740993n;

function formOf(state: TableState, drift: Drift): Form | undefined {
  const { table, own, ownKey } = state;
  const { format } = table.read.content;
  const free = own.filter((column) => !ownKey.includes(column) && (column.values ?? []).length === 0);
  const valued = (column: Column | undefined, value: (index: number) => Json): Form | undefined =>
    column && { write: (record, index) => ({ ...record, [column.name]: value(index) }) };
  switch (drift) {
    case "new-field":
      return newField(state);
    case "absent-field":
      return absentField(state, free);
    case "null":
      return valued(
        free.find(({ nullable, type }) => !nullable && (format !== "csv" || type !== "string")) ??
          free.find(({ type }) => format !== "csv" || type !== "string"),
        () => null,
      );
    case "changed-type":
      return changedType(state, free);
    case "nested":
      if (format !== "json" && format !== "ndjson") return undefined;
      return valued(free.find(({ type }) => type === "string") ?? free[0], (index) => ({
        text: `now an object, ${index}`,
        parts: [1, 2.5, null],
        big: BIG,
      }));
    case "unicode":
      return valued(
        free.find(({ type }) => type === "string" && (table.read.content.format !== "csv" || encodes(state))),
        unicodeText,
      );
    case "big-integer":
      return valued(
        free.find(({ type }) => type === "integer" || type === "bigint"),
        (index) => BIG + BigInt(2 * index),
      );
    case "decimal": {
      const column = free.find(({ type, scale }) => type === "number" || (type === "decimal" && (scale ?? 9) >= 9));
      return valued(column, (index) =>
        column?.type === "decimal" ? `${index}.123456789` : Number(`${index}.123456789`),
      );
    }
  }
}

function unicodeText(index: number): string {
  return `${index} naïve e\u0301 文字 🧭 👩‍🚀 \u05d0\u202e\u200b`;
}

function encodes({ table: { read } }: TableState): boolean {
  return read.content.format === "csv" && canEncode(unicodeText(0), read.content.encoding);
}

function newField({ table, own }: TableState): Form | undefined {
  const { content } = table.read;
  if (table.columns.some(({ name }) => name === NEW_COLUMN.name)) return undefined;
  const text = (index: number) => `noted ${index}`;
  if (content.format === "csv") {
    const name = content.header ? NEW_COLUMN.name : `field ${own.length + 1}`;
    // What a record has beside the columns is in it already.
    return { write: (record, index) => ({ ...record, [REST_COLUMN]: { [name]: text(index) } }) };
  }
  return {
    columns: [...own, NEW_COLUMN],
    write: (record, index) => ({ ...record, [NEW_COLUMN.name]: text(index) }),
  };
}

function absentField({ table: { read }, own }: TableState, free: readonly Column[]): Form | undefined {
  const { content } = read;
  const column = free.find(({ nullable }) => nullable);
  if (column === undefined || (content.format === "csv" && !content.header)) return undefined;
  return {
    columns: own.filter((one) => one !== column),
    write: ({ [column.name]: _, ...record }) => ({
      ...record,
      ...(content.format === "csv" ? { [column.name]: null } : {}),
    }),
  };
}

/** Text in delimited text is what it always was, and Parquet has its types in each file. */
function changedType({ table: { read } }: TableState, free: readonly Column[]): Form | undefined {
  const { format } = read.content;
  const column = free.find(({ type }) => /^(decimal|number|integer|bigint)$/.test(type));
  if (column === undefined || (format !== "json" && format !== "ndjson")) return undefined;
  const fraction = column.type === "decimal" || column.type === "number" ? ".25" : "";
  return {
    texts: new Set([column.name]),
    write: (record, index) => ({ ...record, [column.name]: `${4_000 + index}${fraction}` }),
  };
}
