/** changes and deletes: what happens at the source between two syncs arrives with the next one, and nothing else does. */
import { parentOf, type Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Record_ } from "../../sources/record.ts";
import type { Change, Simulator } from "../../sources/simulator.ts";
import { UNORDERED_VERSIONS } from "../../targets/target.ts";
import { type Bench, nextSync, type ObservedSync, rowsSent } from "../bench.ts";
import { allowedAgain } from "../cursor.ts";
import { failedSync, judged, notApplicable, subject } from "../result.ts";
import { compareTable, describeComparison, isEqual, keyColumns, toCell } from "../rows.ts";

/** Ties and late rows first: they are placed by the highest cursor value, which must still be the one the connector saved. */
const KINDS = ["tie", "late", "insert", "update"] as const;

export async function checkChanges(bench: Bench, simulator: Simulator): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const allowed = new Map<string, number | undefined>();
  for (const table of blueprint.tables) {
    if (bench.target.readsWhole(table)) continue;
    allowed.set(table.name, allowedAgain(table, (await source.truth(table)).rows));
  }
  const touched = blueprint.tables.map((table) => ({ table, rows: changeTable(simulator, table) }));
  const sync = await nextSync(bench, "changes");
  if (sync.result.status === "failed") return failedSync("changes", source, { sync, tables: blueprint.tables });
  const results: CheckResult[] = [];
  for (const { table, rows } of touched) {
    const edge = allowed.get(table.name);
    results.push(await judgeChanges(bench, { sync, table, touched: rows, edge }));
  }
  return results;
}

/** Rows touched, by kind of change. */
type Touched = { readonly [K in (typeof KINDS)[number]]?: Record_[] };

function changeTable(simulator: Simulator, table: Table): Touched {
  const touched: { [K in (typeof KINDS)[number]]?: Record_[] } = {};
  for (const kind of KINDS) {
    const rows = simulator.change({ kind, table: table.name, count: 2 } satisfies Change);
    if (rows.length > 0) touched[kind] = rows;
  }
  return touched;
}

interface ChangeQuestion {
  sync: ObservedSync;
  table: Table;
  touched: Touched;
  /** Rows on the cursor's edge before the change: these may come again. */
  edge: number | undefined;
}

async function judgeChanges(bench: Bench, { sync, table, touched, edge }: ChangeQuestion): Promise<CheckResult> {
  const { source, target } = bench;
  const comparison = await compareTable(bench, table, await source.truth(table));
  const sent = rowsSent(bench, sync, table);
  const count = Object.values(touched).reduce((sum, rows) => sum + rows.length, 0);
  const problems = isEqual(comparison) ? [] : [describeComparison(comparison)];
  if (edge !== undefined && sent > edge + count) {
    problems.push(`${sent} rows were sent for ${count} changes and ${edge} rows on the cursor's edge`);
  }
  // The local run has kept the version that came last: the platform need not.
  const own = sync.result.warnings.filter((warning) => warning.startsWith(`${target.naming.table(table.name)}: `));
  problems.push(...own.filter((warning) => warning.includes(UNORDERED_VERSIONS)));
  const kinds = Object.entries(touched).map(([kind, rows]) => `${rows.length} ${kind}`);
  return judged(subject("changes", source, table), {
    pass: problems.length === 0 && count > 0,
    summary:
      count === 0
        ? "the stand-in could not change this table, so nothing is shown"
        : problems.length === 0
          ? `${kinds.join(", ")}: all arrived, with ${sent} rows sent`
          : problems.join("; "),
    figures: { changed: count, sent },
    details: comparison.examples,
  });
}

export async function checkDeletes(bench: Bench, simulator: Simulator): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const shown = blueprint.tables.filter((table) => table.deletes.kind !== "none");
  const hidden = blueprint.tables.filter((table) => table.deletes.kind === "none");
  const results = hidden.map((table) =>
    notApplicable(
      subject("deletes", source, table),
      "the source shows no deletions here: a row deleted there stays in the destination",
    ),
  );
  const plan = shown.filter((table) => !hasBlindDescendant(blueprint.tables, table.name));
  for (const table of shown.filter((candidate) => !plan.includes(candidate))) {
    const why = "not tried: deleting here would delete rows of a child table whose deletions the source does not show";
    results.push(notApplicable(subject("deletes", source, table), why));
  }
  if (plan.length === 0) return results;
  const deleted = plan.map((table) => ({
    table,
    count: simulator.change({ kind: "delete", table: table.name, count: 2 }).length,
  }));
  const sync = await nextSync(bench, "deletes");
  if (sync.result.status === "failed") return [...results, ...failedSync("deletes", source, { sync, tables: plan })];
  for (const { table, count } of deleted) results.push(await judgeDeletes(bench, simulator, { table, count }));
  return results;
}

/** Whether rows would go from a child table, unseen, with the ones of this table. */
export function hasBlindDescendant(tables: readonly Table[], name: string): boolean {
  return tables.some(
    (table) =>
      parentOf(table)?.table === name && (table.deletes.kind === "none" || hasBlindDescendant(tables, table.name)),
  );
}

async function judgeDeletes(
  bench: Bench,
  simulator: Simulator,
  { table, count }: { table: Table; count: number },
): Promise<CheckResult> {
  const { source, warehouse, target } = bench;
  const comparison = await compareTable(bench, table, await source.truth(table));
  const keys = keyColumns(table, target.naming);
  const marked = new Set<string>();
  for await (const row of warehouse.deletedRows(target.naming.table(table.name))) {
    marked.add(JSON.stringify(keys.map((key) => row[key] ?? null)));
  }
  const gone = simulator.deleted(table.name).map((row) => toCell(table, row, target.naming));
  const unmarked = gone.filter(
    (row) => keys.length > 0 && !marked.has(JSON.stringify(keys.map((key) => row[key] ?? null))),
  );
  const problems = isEqual(comparison) ? [] : [describeComparison(comparison)];
  if (unmarked.length > 0) problems.push(`${unmarked.length} of ${gone.length} deleted rows are not marked deleted`);
  return judged(subject("deletes", source, table), {
    pass: problems.length === 0 && count > 0,
    summary:
      count === 0
        ? "the stand-in could not delete here, so nothing is shown"
        : problems.length === 0
          ? `${gone.length} rows deleted at the source are marked deleted (${table.deletes.kind})`
          : problems.join("; "),
    figures: { deleted: gone.length, unmarked: unmarked.length },
    details: comparison.examples,
  });
}
