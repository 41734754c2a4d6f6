/**
 * Rows that are there come in another form. Only rows that a correct connector is shown again; of tables whose rows are
 * never updated (see `changes.ts`) only those that came after the first ones, each where it stands. Each row of a drift has it in another column, as far as there are several that it fits.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Json, Record_ } from "../../record.ts";
import type { Drift, Simulator } from "../../simulator.ts";
import { isUpdated, nextMark, stateOf } from "./changes.ts";
import { type Corpus, keyOf, type Row, setMark, type TableState, truthRow } from "./corpus.ts";
import { writeJson } from "./exact.ts";
import { markColumn } from "./plan.ts";

/** A row in another form, and what it was before. */
interface Drifted {
  table: string;
  drift: Drift;
  row: Row;
  before: Record_;
}

/** `forms`: what this kind of source can come to send. */
export function createDrift(corpus: Corpus, forms: readonly Drift[]): Required<Pick<Simulator, "drift" | "restore">> {
  const drifted: Drifted[] = [];
  const firsts = new Map([...corpus.values()].map((state) => [state, state.created]));
  const mayDrift = (state: TableState, row: Row) =>
    !row.flagged && (isUpdated(state.plan) || row.ordinal >= (firsts.get(state) ?? 0));
  return {
    drift: (drift, table, count) => {
      const state = stateOf(corpus, table);
      const keyless = state.plan.table.primary_key.length === 0;
      if (!forms.includes(drift) || keyless) return [];
      const before = drifted.filter((one) => one.table === table && one.drift === drift);
      if (count === 0) {
        for (const one of before) restore(state, one);
        return before.map(({ row }) => truthRow(row));
      }
      const taken = new Set(drifted.map(({ row }) => row));
      const free = state.rows.filter((row) => mayDrift(state, row) && !taken.has(row));
      const changed = driftRows(state, {
        drift,
        first: before.length,
        rows: state.random.shuffle(free).slice(0, count),
      });
      drifted.push(...changed.map((one) => ({ ...one, table, drift })));
      return changed.map(({ row }) => truthRow(row));
    },
    restore: (table, row) => {
      const state = stateOf(corpus, table);
      const key = writeJson(keyOf(state.plan, row));
      const one = drifted.find(
        (other) => other.table === table && writeJson(keyOf(state.plan, truthRow(other.row))) === key,
      );
      if (one !== undefined) restore(state, one);
    },
  };
}

interface Drifting {
  drift: Drift;
  /** Rows that have the form already: the columns go on from there. */
  first: number;
  rows: readonly Row[];
}

function driftRows(state: TableState, { drift, first, rows }: Drifting): Pick<Drifted, "row" | "before">[] {
  const columns = drift === "new-field" ? [undefined] : columnsFor(drift, freeColumns(state));
  if (columns.length === 0) return [];
  return rows.flatMap((row, index) => {
    const before = structuredClone(row.record);
    const turned = columns.map((_, at) => columns[(first + index + at) % columns.length]);
    const column = turned.find((one) => one === undefined || changes(drift, one, row));
    if (column === undefined && drift !== "new-field") return [];
    if (column === undefined) Object.assign(row.record, newFields(state, row));
    else if (drift === "absent-field") delete row.record[column.name];
    else {
      row.record[column.name] = driftedValue(drift, column, row);
      if (drift === "changed-type") row.texts = new Set([column.name]);
    }
    moveOn(state, row);
    return [{ row, before }];
  });
}

/** Whether the row is not in the form already. */
function changes(drift: Drift, { name }: Column, { record }: Row): boolean {
  return (drift !== "null" && drift !== "absent-field") || (record[name] ?? null) !== null;
}

function restore(state: TableState, { row, before }: Pick<Drifted, "row" | "before">): void {
  const kept = markColumn(state.plan);
  for (const name of Object.keys(row.record)) if (name !== kept && !(name in before)) delete row.record[name];
  for (const [name, value] of Object.entries(before)) if (name !== kept) row.record[name] = value;
  delete row.texts;
  moveOn(state, row);
}

function moveOn(state: TableState, row: Row): void {
  if (!isUpdated(state.plan)) return;
  const mark = nextMark(state, row.parent);
  if (mark !== undefined) setMark(state, row, mark);
}

/** Columns whose values mean nothing to anybody but their readers. */
function freeColumns({ plan }: TableState): Column[] {
  const fixed = new Set([...plan.table.primary_key, ...plan.unique, markColumn(plan), plan.flag?.column]);
  return plan.columns.filter(({ name, values }) => !fixed.has(name) && !values?.length);
}

function columnsFor(drift: Drift, columns: readonly Column[]): Column[] {
  const of = (...types: Column["type"][]) => columns.filter(({ type }) => types.includes(type));
  const either = (wanted: Column[], else_: readonly Column[]) => (wanted.length > 0 ? wanted : [...else_]);
  switch (drift) {
    case "absent-field":
      return columns.filter(({ nullable }) => nullable);
    case "null":
      return either(
        columns.filter(({ nullable }) => !nullable),
        columns,
      );
    case "changed-type":
      return either(of("decimal", "number", "integer", "bigint", "boolean"), of("string"));
    case "nested":
      return [...of("string"), ...of("number", "decimal", "integer", "boolean")];
    case "unicode":
      return of("string");
    case "big-integer":
      return of("integer", "bigint");
    case "decimal":
      return [...of("decimal"), ...of("number"), ...of("integer")];
    case "new-field":
      return [];
  }
}

const FRACTION = "123456789";

function driftedValue(drift: Drift, { name, type }: Column, { ordinal, record }: Row): Json {
  switch (drift) {
    case "null":
    case "absent-field":
    case "new-field":
      return null;
    case "changed-type": {
      if (type === "string") return ordinal + 0.5;
      // Another value, too, so that it shows whether it arrived.
      const [one, other] = type === "boolean" ? ["true", "false"] : ["1", "2"];
      return Number(record[name]) === Number(one) || String(record[name]) === one ? other : one;
    }
    case "nested":
      return { text: `now an object, ${ordinal}`, parts: [1, 2.5, null], big: 9007199254740993n };
    case "unicode":
      return `${ordinal} naïve e\u0301 文字 🧭 👩‍🚀 \u05d0\u202e\u200b\u00a0`;
    case "big-integer":
      return 9007199254740993n + BigInt(2 * ordinal);
    case "decimal":
      if (type === "decimal") return `${ordinal}.${FRACTION}`;
      return Number(`${ordinal}.${FRACTION}`);
  }
}

/** Under names that the table does not know. */
function newFields({ plan }: TableState, { ordinal }: Row): Record_ {
  const free = (name: string): string =>
    plan.columns.some((column) => column.name === name) ? free(`${name}_x`) : name;
  return {
    [free("came_later")]: `noted ${ordinal} ü`,
    [free("came_later_count")]: 9007199254740993n + BigInt(ordinal),
  };
}
