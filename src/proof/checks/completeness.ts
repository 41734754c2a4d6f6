/**
 * completeness: the rows that arrived against what the source says of how many there are, by a way that nobody reads rows
 * by. It holds where rows themselves cannot be compared, and against a reader and a connector that are wrong together.
 */
import type { Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import { UserError } from "../../errors.ts";
import type { SourceKind } from "../../sources/kind.ts";
import type { IndependentCount, LiveOptions } from "../../sources/live.ts";
import { type Bench, nextSync } from "../bench.ts";
import { judged, notApplicable, subject } from "../result.ts";
import { identicalRows } from "../rows.ts";
import { saysItIsDeleted } from "../sources.ts";

export interface SecondRoute {
  kind: SourceKind;
  /** Of the source itself, not of the way to it that the connector goes. */
  configuration: Record<string, string>;
}

export async function checkCompleteness(bench: Bench, route: SecondRoute): Promise<CheckResult[]> {
  const counting: Counting = { bench, route };
  const first = await countAll(counting);
  const off = first.filter((one) => typeof one.count === "object" && problemOf(one, one.count) !== undefined);
  if (off.length === 0 || bench.source.basis === "simulated") return first.map((one) => judge(bench, one));
  // Somebody else's rows may have moved since they were read: once more, and counted on both sides of it.
  const before = await countAll(counting);
  const sync = await nextSync(bench, "recount");
  if (sync.result.status === "failed") return first.map((one) => judge(bench, one));
  const after = await countAll(counting);
  return after.map((one, at) => judge(bench, one, before[at]));
}

interface Counting {
  bench: Bench;
  route: SecondRoute;
}

/** A table by both routes. */
interface Counted {
  table: Table;
  /** The source's word, or why it gives none. */
  count: IndependentCount | string;
  /** Rows that arrived. */
  rows: number;
  /** Of them, up to each bound of the count's parts. */
  parts: number[];
}

async function countAll({ bench, route }: Counting): Promise<Counted[]> {
  const present = new Map((await bench.warehouse.tables()).map(({ name, rows }) => [name, rows]));
  const counted: Counted[] = [];
  for (const table of bench.blueprint.tables) {
    const count = await countOf({ bench, route }, table);
    const rows = present.get(bench.target.naming.table(table.name)) ?? 0;
    const parts = typeof count === "string" ? [] : await countParts(bench, table, count.parts ?? []);
    counted.push({ table, count, rows, parts });
  }
  return counted;
}

async function countOf({ bench, route }: Counting, table: Table): Promise<IndependentCount | string> {
  const { blueprint, source, target, signal } = bench;
  const options = { configuration: route.configuration, signal };
  try {
    const count =
      (await route.kind.count?.(blueprint, table.name, options)) ??
      (source.basis === "simulated" ? await countRead(route.kind, bench, { table, options }) : undefined);
    if (count === undefined) return "the source tells nowhere how many rows this table has";
    if (table.primary_key.length > 0 || target.keyless === "kept") return count;
    const truth = await source.truth(table);
    if (truth.problem !== undefined) return "without a key rows that are alike become one, so that numbers say nothing";
    const { parts: _, ...whole } = count;
    return { ...whole, rows: count.rows - identicalRows(table, truth, target.naming) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `the source could not be asked how many rows there are: ${error.message}`;
  }
}

/** The stand-in knows what it has; reading it keeps the reader of live sources honest. */
async function countRead(
  kind: SourceKind,
  { blueprint }: Bench,
  { table, options }: { table: Table; options: LiveOptions },
): Promise<IndependentCount> {
  let rows = 0;
  for await (const row of kind.read(blueprint, table.name, options)) if (!saysItIsDeleted(table, row)) rows += 1;
  return { route: "the independent reader", rows };
}

async function countParts(
  { warehouse, target: { naming } }: Bench,
  table: Table,
  parts: NonNullable<IndependentCount["parts"]>,
): Promise<number[]> {
  const counts = parts.map(() => 0);
  if (parts.length === 0) return counts;
  const bounds = parts.map(({ column, upTo }) => ({ column: naming.column(column), upTo: BigInt(upTo) }));
  for await (const cell of warehouse.rows(naming.table(table.name))) {
    for (const [at, { column, upTo }] of bounds.entries()) {
      const value = cell[column] ?? "";
      if (/^-?\d+$/.test(value) && BigInt(value) <= upTo) counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  return counts;
}

/** What is wrong; `before` is what the source said before the sync that brought the rows. */
function problemOf({ rows, parts }: Counted, count: IndependentCount, before?: IndependentCount): string | undefined {
  const told = between(rows, [count.rows, before?.rows ?? count.rows]);
  if (told !== undefined) return told;
  for (const [at, part] of (count.parts ?? []).entries()) {
    const earlier = before?.parts?.[at];
    // The bounds move with the rows: only the same are compared.
    if (before !== undefined && earlier?.upTo !== part.upTo) continue;
    const problem = between(parts[at] ?? 0, [part.rows, earlier?.rows ?? part.rows]);
    if (problem !== undefined) return `up to ${part.column} ${part.upTo}: ${problem}`;
  }
  return undefined;
}

function between(rows: number, [one, other]: [number, number]): string | undefined {
  const [least, most] = [Math.min(one, other), Math.max(one, other)];
  if (rows < least) return `${rows} of ${least} rows arrived, ${least - rows} are missing`;
  return rows > most ? `${rows} rows arrived, ${rows - most} more than the ${most} there are` : undefined;
}

function judge({ source }: Bench, counted: Counted, before?: Counted): CheckResult {
  const { table, count, rows } = counted;
  if (typeof count === "string") return notApplicable(subject("completeness", source, table), count);
  const earlier = typeof before?.count === "object" ? before.count : undefined;
  const problem = problemOf(counted, count, earlier);
  const parts =
    count.parts === undefined ? "" : `, and in each of ${count.parts.length} ranges of ${count.parts[0]?.column}`;
  return judged(subject("completeness", source, table), {
    pass: problem === undefined,
    summary: `by ${count.route}: ${problem ?? `${rows} rows, as many as arrived${parts}`}`,
    figures: { counted: count.rows, arrived: rows },
  });
}
