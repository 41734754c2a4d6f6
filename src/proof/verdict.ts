/** From check results to a verdict. No check can be outvoted, and nothing empty counts as proven. */
import type { Table } from "../artifacts/blueprint.ts";
import { BASES, type Basis, type CheckId, type CheckResult, type Report } from "../artifacts/report.ts";

/** The checks that look at a table's rows: its trust label is the weakest basis among those that passed. */
const ROW_CHECKS: readonly CheckId[] = ["initial-sync", "keys", "columns", "second-sync"];
/** The one that a table cannot do without: the rows themselves, run and compared. */
const EMPIRICAL: CheckId = "initial-sync";

export interface VerdictInput {
  tables: readonly Table[];
  checks: readonly CheckResult[];
  /** Rows per table after the last sync. */
  rows: ReadonlyMap<string, number>;
}

export function reachVerdict({ tables, checks, rows }: VerdictInput): Pick<Report, "green" | "blockers" | "tables"> {
  const blockers = checks
    .filter(({ verdict, severity }) => verdict === "fail" && severity === "blocker")
    .map(
      ({ check, case: trial, table, summary }) =>
        `${check}${trial ? ` (${trial})` : ""}${table ? ` of ${table}` : ""}: ${summary}`,
    );
  for (const table of tables) {
    const shown = checks.some(
      ({ check, table: name, verdict }) => check === EMPIRICAL && name === table.name && verdict !== "not-applicable",
    );
    if (!shown)
      blockers.push(`${table.name}: no sync of it was compared with the source, so nothing is proven about it`);
  }
  return {
    green: blockers.length === 0,
    blockers,
    tables: tables.map((table) => {
      const own = checks.filter(({ table: name }) => name === table.name);
      return {
        name: table.name,
        trust: trustLabel(own),
        rows: rows.get(table.name) ?? 0,
        passed: own.filter(({ verdict }) => verdict === "pass").length,
        failed: own.filter(({ verdict }) => verdict === "fail").length,
      };
    }),
  };
}

function trustLabel(checks: readonly CheckResult[]): Basis | "unproven" {
  const passed = checks.filter(({ check, verdict }) => verdict === "pass" && ROW_CHECKS.includes(check));
  const failed = checks.some(({ verdict, severity }) => verdict === "fail" && severity === "blocker");
  if (failed || !passed.some(({ check }) => check === EMPIRICAL)) return "unproven";
  return passed.reduce<Basis>(
    (weakest, { basis }) => (BASES.indexOf(basis) < BASES.indexOf(weakest) ? basis : weakest),
    "live",
  );
}
