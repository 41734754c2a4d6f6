/** The source's own word, beside the local run and the destination: how many rows a table has now, and between which values. */
import type { Blueprint, Table } from "../../artifacts/blueprint.ts";
import type { Reconciled } from "../../artifacts/deployment.ts";
import { UserError } from "../../errors.ts";
import { identicalRows } from "../../proof/rows.ts";
import { saysItIsDeleted } from "../../proof/sources.ts";
import type { SourceKind } from "../../sources/kind.ts";
import type { LiveOptions } from "../../sources/live.ts";
import type { Record_ } from "../../sources/record.ts";
import type { Target } from "../../targets/target.ts";
import { canonicalJson } from "../../warehouse/canonical.ts";
import { count, counted } from "../../wording/numbers.ts";
import { type Figures, measure, type Plan, planOf } from "./figures.ts";

/** A table of so many rows in the local run is read whole; of a larger one the source is only asked for its count. */
const READ_WHOLE = 10_000;
/** It may have grown since, and no more of it than this is held. */
const MOST_READ = 2 * READ_WHOLE;

export interface Source {
  kind: SourceKind;
  blueprint: Blueprint;
  target: Target;
  options: LiveOptions;
  /** Whether the local run was on the real source: how large a table is there is not known of a stand-in. */
  live: boolean;
}

export interface SourceFigures extends Pick<Figures, "rows" | "ranges"> {
  /** How it was asked, as a noun. */
  route: string;
}

/** By the tables' names in the blueprint; a clause where the source does not say. */
export async function sourceFigures(
  source: Source,
  local: ReadonlyMap<string, Figures>,
): Promise<Map<string, SourceFigures | string>> {
  const figures = new Map<string, SourceFigures | string>();
  for (const table of source.blueprint.tables) {
    try {
      const small = source.live && (local.get(table.name)?.rows ?? 0) <= READ_WHOLE;
      const read = small ? await readWhole(source, table) : undefined;
      figures.set(table.name, read ?? (await askForCount(source, table)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      figures.set(table.name, `the source could not be asked: ${error.message}`);
    }
  }
  return figures;
}

async function askForCount(
  { kind, blueprint, target, options, live }: Source,
  table: Table,
): Promise<SourceFigures | string> {
  const said = await kind.count?.(blueprint, table.name, options);
  if (said === undefined)
    return `the source tells nowhere how many rows it has, and ${live ? "there are too many to read them" : "it is read only where the local run was on it, too"}`;
  const last = said.parts?.at(-1);
  const first = said.parts?.[0]?.from;
  const column = planOf(table, target.naming).ranged.find(({ described }) => described === last?.column);
  const ranges =
    last === undefined || first === undefined || column === undefined
      ? []
      : [{ column: column.name, lowest: first, highest: last.upTo }];
  return { rows: said.rows, ranges, route: said.route };
}

/** Undefined for a table that has become too large for it. */
async function readWhole(
  { kind, blueprint, target, options }: Source,
  table: Table,
): Promise<SourceFigures | undefined> {
  const records: Record_[] = [];
  let read = 0;
  for await (const record of kind.read(blueprint, table.name, options)) {
    read += 1;
    if (read > MOST_READ) return undefined;
    if (!saysItIsDeleted(table, record)) records.push(record);
  }
  const plan = planOf(table, target.naming);
  const figures = await measure(plan, valuesOf(records, { table, plan }));
  const alike = target.keyless === "folded" ? identicalRows(table, { rows: records }, target.naming) : 0;
  // Several versions of a row are one in a destination, and so may be rows without a key that are alike.
  const rows = figures.keys === undefined ? figures.rows - alike : figures.keys.size;
  return { rows, ranges: figures.ranges, route: "reading it" };
}

async function* valuesOf(
  records: readonly Record_[],
  { table, plan }: { table: Table; plan: Plan },
): AsyncGenerator<(string | null)[]> {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  for (const record of records) {
    yield [...plan.keys, ...plan.ranged].map(({ described, type }) => {
      const column = columns.get(described);
      return column === undefined ? null : canonicalJson(record[described], type, column);
    });
  }
}

/** The same table with the source beside it. The source may have moved since the sync: it changes no verdict. */
export function withSource(table: Reconciled, figures: SourceFigures | string): Reconciled {
  if (typeof figures === "string") return { ...table, words: `${table.words}; ${figures}` };
  const { rows, route } = figures;
  const apart = rows - table.found;
  const words =
    apart === 0
      ? `the source has as many now, by ${route}`
      : `the source has ${counted(rows, "row")} now, by ${route}: ${count(Math.abs(apart))} ${apart > 0 ? "more than the destination, which its next sync has to bring" : "fewer than the destination"}`;
  const ranges = table.ranges.map((range) => {
    const there = figures.ranges.find(({ column }) => column === range.column);
    return { ...range, source: there === undefined ? null : ([there.lowest, there.highest] as [string, string]) };
  });
  return { ...table, source: { rows, route }, ranges, words: `${table.words}; ${words}` };
}
