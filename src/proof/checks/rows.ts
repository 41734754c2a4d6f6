/** initial-sync, keys, columns: the first sync brought exactly the source's rows. */
import type { Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { WarehouseTable } from "../../warehouse/warehouse.ts";
import { type Bench, nextSync } from "../bench.ts";
import { failedSync, judged, notApplicable, subject } from "../result.ts";
import { compareTable, describeComparison, identicalRows, isEqual, sharedKeys } from "../rows.ts";

export async function checkInitialSync(bench: Bench): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const sync = await nextSync(bench, "initial");
  if (sync.result.status === "failed") return failedSync("initial-sync", source, { sync, tables: blueprint.tables });
  const results: CheckResult[] = [];
  for (const table of blueprint.tables) {
    const truth = await source.truth(table);
    const comparison = await compareTable(bench, table, truth);
    const { examples, problem, ...figures } = comparison;
    // An empty table proves nothing: it fails unless somebody shows that the source is empty.
    const empty = problem === undefined && truth.rows.length === 0 && comparison.actual === 0;
    results.push(
      judged(subject("initial-sync", source, table), {
        pass: isEqual(comparison) && !empty,
        summary: empty
          ? "The source has no rows in this table, so nothing is shown about it"
          : describeComparison(comparison),
        figures: { ...figures, checkpoints: sync.result.operations.checkpoints },
        details: examples,
      }),
    );
  }
  return results;
}

export async function checkKeys(bench: Bench): Promise<CheckResult[]> {
  const { blueprint, source, target } = bench;
  const { naming } = target;
  const found = await tablesByName(bench);
  const results: CheckResult[] = [];
  for (const table of blueprint.tables) {
    if (table.primary_key.length === 0 && target.keyless === "kept") {
      results.push(
        notApplicable(subject("keys", source, table), "the table has no key, and its rows are kept as they come"),
      );
      continue;
    }
    const name = naming.table(table.name);
    const present = found.get(name);
    const wanted = table.primary_key.length > 0 ? table.primary_key.map(naming.column) : ["_fivetran_id"];
    const problems = present
      ? await keyProblems(bench, { name, wanted, present })
      : ["the table is not in the warehouse"];
    const truth = await source.truth(table);
    const shared = sharedKeys(table, truth, naming);
    if (shared.length > 0) {
      problems.push(`${shared.length} values stand for different records at the source, of which all but one are lost`);
    }
    const alike = identicalRows(table, truth, naming);
    if (alike > 0) {
      results.push(
        judged(subject("keys", source, table), {
          pass: false,
          severity: "warning",
          summary: `${alike} rows at the source are like another; without a key the destination keeps one of each`,
          figures: { identical: alike },
        }),
      );
    }
    results.push(
      judged(subject("keys", source, table), {
        pass: problems.length === 0,
        summary:
          problems.length === 0
            ? `${wanted.join(", ")}: present in each of ${present?.rows ?? 0} rows, and unique`
            : `Key ${wanted.join(", ")}: ${problems.join("; ")}`,
        figures: { rows: present?.rows ?? 0, shared: shared.length },
        details: shared.slice(0, 5).map((id) => `several records have the key ${id}`),
      }),
    );
  }
  return results;
}

interface KeyQuestion {
  name: string;
  wanted: string[];
  present: WarehouseTable;
}

async function keyProblems({ warehouse }: Bench, { name, wanted, present }: KeyQuestion): Promise<string[]> {
  const problems: string[] = [];
  if ([...present.primaryKey].sort().join() !== [...wanted].sort().join()) {
    problems.push(`the connector declares ${present.primaryKey.join(", ") || "no key"}`);
  }
  const columns = present.columns.map((column) => column.name);
  const absent = wanted.filter((column) => !columns.includes(column));
  if (absent.length > 0) return [...problems, `${absent.join(", ")} is no column of the table`];
  const quoted = wanted.map(quote);
  const nulls = quoted.map((column) => `${column} IS NULL`).join(" OR ");
  const { rows } = await warehouse.query(
    `SELECT (SELECT count(*) FROM tester.${quote(name)} WHERE ${nulls}),
            (SELECT count(*) FROM (SELECT 1 FROM tester.${quote(name)} GROUP BY ${quoted.join(", ")} HAVING count(*) > 1))`,
  );
  const [empty = "0", doubled = "0"] = rows[0] ?? [];
  if (empty !== "0") problems.push(`null in ${empty} rows`);
  if (doubled !== "0") problems.push(`${doubled} values occur more than once`);
  return problems;
}

export async function checkColumns(bench: Bench): Promise<CheckResult[]> {
  const { blueprint, source, target } = bench;
  const found = await tablesByName(bench);
  const results: CheckResult[] = [];
  for (const table of blueprint.tables) {
    const empty = await emptyColumns(bench, table, found.get(target.naming.table(table.name)));
    results.push(
      judged(subject("columns", source, table), {
        pass: empty.length === 0,
        // A live source may leave a field empty for everybody; the stand-in fills each one.
        severity: source.basis === "live" ? "warning" : "blocker",
        summary:
          empty.length === 0
            ? `each of ${table.columns.length} columns has a value in some row`
            : `no row has a value in ${empty.slice(0, 10).join(", ")}${empty.length > 10 ? ` and ${empty.length - 10} more` : ""}`,
        figures: { columns: table.columns.length, empty: empty.length },
      }),
    );
  }
  return results;
}

async function emptyColumns(
  { warehouse, target }: Bench,
  table: Table,
  found: WarehouseTable | undefined,
): Promise<string[]> {
  // A flag that says "deleted" is empty in every row that is not.
  const flag = table.deletes.kind === "flag" ? table.deletes.column : undefined;
  const wanted = table.columns.filter(({ name }) => name !== flag).map(({ name }) => target.naming.column(name));
  const present = new Set(found?.columns.map((column) => column.name) ?? []);
  const asked = wanted.filter((column) => present.has(column));
  if (asked.length === 0) return wanted;
  const counts = asked.map((column) => `count(${quote(column)})`).join(", ");
  const { rows } = await warehouse.query(`SELECT ${counts} FROM tester.${quote(target.naming.table(table.name))}`);
  const filled = new Set(asked.filter((_, index) => (rows[0]?.[index] ?? "0") !== "0"));
  return wanted.filter((column) => !filled.has(column));
}

async function tablesByName({ warehouse }: Bench): Promise<Map<string, WarehouseTable>> {
  return new Map((await warehouse.tables()).map((table) => [table.name, table]));
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
