/**
 * drift: rows come in forms that nobody announced. What can be kept has to arrive as it is. What cannot may stop the sync,
 * if its words name the table and the column: a person can act on that, and nothing is lost meanwhile. A field that the
 * platform has no column for may stay behind, if the log says so. Nothing else is right.
 */
import type { Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Json, Record_ } from "../../sources/record.ts";
import { DRIFTS, type Drift, type Simulator } from "../../sources/simulator.ts";
import type { TargetNaming } from "../../targets/target.ts";
import { canonicalText } from "../../warehouse/canonical.ts";
import type { Cell } from "../../warehouse/warehouse.ts";
import { type Bench, nextSync, type ObservedSync } from "../bench.ts";
import { failedSync, judged, lastLogs, notApplicable, subject } from "../result.ts";
import { compareTable, describeComparison, isEqual, keyColumns, toCell } from "../rows.ts";
import { onStage, type Stages } from "../stage.ts";

/** Rows of each table in each form: each has it in another column, as far as there are several. */
const ROWS: { readonly [D in Drift]: number } = {
  "new-field": 2,
  "absent-field": 1,
  null: 2,
  "changed-type": 3,
  nested: 2,
  unicode: 2,
  "big-integer": 2,
  decimal: 3,
};
/** Forms that a column of a stated type may refuse. The others are within what every such column holds. */
const REFUSABLE: ReadonlySet<Drift> = new Set(["null", "changed-type", "nested", "decimal"]);

const WORDS: { readonly [D in Drift]: string } = {
  "new-field": "a new field",
  "absent-field": "a field less",
  null: "null",
  "changed-type": "numbers and truth values as text",
  nested: "an object in place of a value",
  unicode: "text beyond ASCII",
  "big-integer": "integers beyond 2^53",
  decimal: "nine digits after the point",
};

/** One row in another form. */
interface Case {
  table: Table;
  drift: Drift;
  row: Record_;
  key: string;
  /** Where it is other than before. */
  columns: string[];
  /** Why the sync stopped at it, naming table and column. */
  refused?: string;
  problem?: string;
}

export async function checkDrift(stages: Stages): Promise<CheckResult[]> {
  return onStage(stages, { label: "drift:" }, async ({ bench, simulator }) => {
    const { blueprint, source } = bench;
    if (simulator.drift === undefined) {
      const why = "the source's own schema, or the files' format, settles in which form rows come";
      return blueprint.tables.map((table) => notApplicable(subject("drift", source, table), why));
    }
    const first = await nextSync(bench, "sync before");
    if (first.result.status === "failed") return failedSync("drift", source, { sync: first, tables: blueprint.tables });
    const cases: Case[] = [];
    for (const table of blueprint.tables) cases.push(...(await driftTable(bench, table, simulator)));
    const last = await syncUntilDone(bench, { cases, simulator });
    const results: CheckResult[] = [];
    for (const table of blueprint.tables) {
      const own = cases.filter((one) => one.table === table);
      results.push(await judgeTable(bench, table, { cases: own, sync: last }));
    }
    return results;
  });
}

async function driftTable(bench: Bench, table: Table, simulator: Simulator): Promise<Case[]> {
  const cases = await driftRows(bench, table, simulator);
  if (cases.length > 0) return cases;
  // No row comes a second time: then new ones come in another form than they were made in.
  const count = Object.values(ROWS).reduce((sum, rows) => sum + rows, 0);
  const added = simulator.change({ kind: "insert", table: table.name, count });
  return added.length > 0 ? driftRows(bench, table, simulator) : [];
}

async function driftRows({ source, target }: Bench, table: Table, simulator: Simulator): Promise<Case[]> {
  const { naming } = target;
  const before = new Map((await source.truth(table)).rows.map((row) => [keyOf(table, row, naming), row]));
  return DRIFTS.flatMap((form) => {
    const rows = simulator.drift?.(form, table.name, ROWS[form]) ?? [];
    const cases = rows.map((row): Case => {
      const key = keyOf(table, row, naming);
      return { table, drift: form, row, key, columns: differing(table, naming, [before.get(key) ?? {}, row]) };
    });
    // Rows beside them come anew as they were, as those of a file do.
    return cases.filter(({ columns }) => columns.length > 0);
  });
}

/** Fields in which two forms of a row differ, but for how it advances. */
function differing(table: Table, naming: TargetNaming, [before, after]: [Record_, Record_]): string[] {
  const [then, now] = [toCell(table, before, naming), toCell(table, after, naming)];
  const advancing = "column" in table.advance ? table.advance.column : "_modified";
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== advancing);
  const same = (name: string) => (then[naming.column(name)] ?? null) === (now[naming.column(name)] ?? null);
  return names.filter((name) => !same(name));
}

/** Whether words about a value show it; short ones are in many words. */
function isShown(value: Json | undefined, words: string): boolean {
  if (value === undefined || value === null) return false;
  const text = typeof value === "object" ? String(Object.values(value)[0] ?? "") : String(value);
  return text.length > 5 && words.includes(text);
}

/** As the warehouse has it. */
function keyOf(table: Table, row: Record_, naming: TargetNaming): string {
  return keyIn(table, toCell(table, row, naming), naming);
}

interface Play {
  cases: Case[];
  simulator: Simulator;
}

/** What stops the sync is taken back, and the sync done again, until it comes to an end or nobody knows what stops it. */
async function syncUntilDone(bench: Bench, { cases, simulator }: Play): Promise<ObservedSync> {
  for (;;) {
    const sync = await nextSync(bench, "sync");
    if (sync.result.status === "succeeded") return sync;
    const one = likeliest(bench, cases, sync);
    if (one === undefined) return sync;
    const reason = sync.result.reason ?? "no reason given";
    for (const other of takeBack(simulator, cases, one)) {
      if (REFUSABLE.has(other.drift)) other.refused = reason;
      else other.problem = `the sync failed: ${reason}`;
    }
  }
}

/** The rows in this form in these columns take their former form again. Returns them all. */
function takeBack(simulator: Simulator, cases: readonly Case[], one: Case): Case[] {
  const alike = cases.filter(({ table, drift }) => table === one.table && drift === one.drift);
  if (simulator.restore === undefined) {
    simulator.drift?.(one.drift, one.table.name, 0);
    return alike;
  }
  const same = alike.filter(({ columns }) => columns.join() === one.columns.join());
  for (const { table, row } of same) simulator.restore(table.name, row);
  return same;
}

/** The form that the words of a failure are about: a value that they show tells it, else forms that may be refused come first. */
function likeliest(bench: Bench, cases: readonly Case[], sync: ObservedSync): Case | undefined {
  const words = wordsOf(sync);
  const named = cases.filter((one) => isOpen(one) && isNamed(bench, one, words));
  const known = named.find(({ row, columns }) => columns.some((name) => isShown(row[name], words)));
  return known ?? named.find(({ drift }) => REFUSABLE.has(drift)) ?? named[0];
}

function wordsOf({ result }: ObservedSync): string {
  const errors = result.logs.flatMap(({ level, text }) => (level === "error" ? text : []));
  return [result.reason ?? "", ...errors].join("\n");
}

function isOpen({ refused, problem }: Case): boolean {
  return refused === undefined && problem === undefined;
}

/** Whether the words of a failure name the table, and a column in which rows are in another form. */
function isNamed({ target: { naming } }: Bench, one: Case, words: string): boolean {
  const tables = [one.table.name, naming.table(one.table.name)];
  const columns = one.columns.flatMap((name) => [name, naming.column(name)]);
  return tables.some((name) => hasWord(words, name)) && columns.some((name) => hasWord(words, name));
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`(^|[^\\p{L}\\p{N}_])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}($|[^\\p{L}\\p{N}_])`, "u").test(
    text,
  );
}

async function judgeTable(
  bench: Bench,
  table: Table,
  { cases, sync }: { cases: readonly Case[]; sync: ObservedSync },
): Promise<CheckResult> {
  const { source } = bench;
  if (cases.length === 0) {
    const why = "no row of this table comes a second time, so that none can come in another form";
    return notApplicable(subject("drift", source, table), why);
  }
  const problems = cases.flatMap(({ drift, problem }) =>
    problem === undefined ? [] : [`${WORDS[drift]}: ${problem}`],
  );
  const details: string[] = [];
  let left: string[] = [];
  if (sync.result.status === "failed") {
    problems.push(
      `the sync failed, and named no table and column that had come in another form: ${sync.result.reason ?? "no reason given"}`,
    );
    details.push(...lastLogs(sync));
  } else {
    const truth = await source.truth(table);
    left = await leftBehind(bench, table, truth.rows);
    const silent = left.filter((name) => !sync.result.logs.some(({ text }) => hasWord(text, name)));
    if (silent.length > 0) problems.push(`a new field: ${silent.join(", ")} was dropped without a word`);
    const rows = truth.rows.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !left.includes(name))),
    );
    const arrived = {
      target: bench.target,
      warehouse: { rows: (name: string) => plain(bench, { table, name, cases }) },
    };
    const comparison = await compareTable(arrived, table, { ...truth, rows });
    if (!isEqual(comparison))
      problems.push(await blame(bench, table, { cases, rows, otherwise: describeComparison(comparison) }));
    details.push(...comparison.examples);
  }
  const refused = cases.filter((one) => one.refused !== undefined);
  return judged(subject("drift", source, table), {
    pass: problems.length === 0,
    summary: problems.length === 0 ? praise(cases, left) : problems.join("; "),
    figures: { rows: cases.length, refused: refused.length },
    details: [...details, ...refused.map((one) => `${wordsFor(one)}: ${one.refused}`)],
  });
}

/** `an object in place of a value, in amount` */
function wordsFor({ drift, columns }: Case): string {
  return `${WORDS[drift]}${drift === "new-field" ? "" : `, in ${columns.join(" and ")}`}`;
}

function praise(cases: readonly Case[], left: readonly string[]): string {
  const kept = cases.filter((one) => isOpen(one) && !(one.drift === "new-field" && left.length > 0));
  const forms = [...new Set(kept.map(({ drift }) => WORDS[drift]))];
  const parts = forms.length > 0 ? [`arrived as they are: ${forms.join(", ")}`] : [];
  if (left.length > 0) parts.push("a new field has no column and stays behind, as the log says");
  const refused = [...new Set(cases.filter((one) => one.refused !== undefined).map(wordsFor))];
  if (refused.length > 0) parts.push(`the sync stops, and names table and column: ${refused.join("; ")}`);
  return parts.join("; ");
}

/** Fields that rows have and no column is there for. */
async function leftBehind({ warehouse, target }: Bench, table: Table, rows: readonly Record_[]): Promise<string[]> {
  const present = (await warehouse.tables()).find(({ name }) => name === target.naming.table(table.name));
  const columns = new Set(present?.columns.map(({ name }) => name));
  const declared = new Set(table.columns.map(({ name }) => name));
  const fields = new Set(rows.flatMap((row) => Object.keys(row)));
  return [...fields].filter((name) => !declared.has(name) && !columns.has(target.naming.column(name)));
}

interface Blame {
  cases: readonly Case[];
  rows: readonly Record_[];
  /** What is said where none of the forms is to blame. */
  otherwise: string;
}

/** Which rows did not arrive as they are. */
async function blame(bench: Bench, table: Table, { cases, rows, otherwise }: Blame): Promise<string> {
  const { target } = bench;
  const wrong: string[] = [];
  for (const one of cases.filter(isOpen)) {
    const wanted = rows.filter((row) => keyOf(table, row, target.naming) === one.key);
    const among = { table, key: one.key, naming: target.naming };
    const warehouse = { rows: (name: string) => withKey(plain(bench, { table, name, cases }), among) };
    const comparison = await compareTable({ warehouse, target }, table, { rows: wanted });
    const what = comparison.missing > 0 ? "the row did not arrive" : "it arrived with other values";
    if (!isEqual(comparison)) wrong.push(`${wordsFor(one)}: ${what}`);
  }
  return wrong.length > 0 ? wrong.join("; ") : otherwise;
}

/** Rows of the warehouse; an object in a column of texts is text there, in whatever order of its members. */
async function* plain(
  { warehouse, target: { naming } }: Bench,
  { table, name, cases }: { table: Table; name: string; cases: readonly Case[] },
): AsyncGenerator<Cell> {
  const nested = cases.filter((one) => one.drift === "nested" && isOpen(one));
  for await (const cell of warehouse.rows(name)) {
    const key = keyIn(table, cell, naming);
    for (const column of nested.filter((one) => one.key === key).flatMap(({ columns }) => columns.map(naming.column))) {
      const value = cell[column];
      if (value !== null && value !== undefined) cell[column] = canonicalText(value, "json");
    }
    yield cell;
  }
}

async function* withKey(
  cells: AsyncIterable<Cell>,
  { table, key, naming }: { table: Table; key: string; naming: TargetNaming },
): AsyncGenerator<Cell> {
  for await (const cell of cells) if (keyIn(table, cell, naming) === key) yield cell;
}

function keyIn(table: Table, cell: Cell, naming: TargetNaming): string {
  return JSON.stringify(keyColumns(table, naming).map((column) => cell[column] ?? null));
}
