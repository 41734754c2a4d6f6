/** Two connectors of one blueprint: their reports in one, and their tables held against each other after every sync. */
import type { Blueprint } from "../artifacts/blueprint.ts";
import { BASES, type CheckResult, type Report } from "../artifacts/report.ts";
import type { Bench, ObservedSync } from "./bench.ts";
import { judged } from "./result.ts";
import { digestTable } from "./rows.ts";

export interface Proof {
  report: Report;
  digests: Digests;
}

/** Name of a sync -> table -> its rows then. */
export type Digests = Map<string, Map<string, { rows: number; digest: string }>>;

export async function keepDigests(digests: Digests, sync: ObservedSync, bench: Bench): Promise<void> {
  const tables = new Map<string, { rows: number; digest: string }>();
  const there = new Set((await bench.warehouse.tables()).map(({ name }) => name));
  for (const table of bench.blueprint.tables) {
    const present = there.has(bench.target.naming.table(table.name));
    tables.set(table.name, present ? await digestTable(bench, table) : { rows: 0, digest: "" });
  }
  digests.set(sync.name, tables);
}

interface Joint {
  blueprint: Blueprint;
  code_hash: string;
}

/** Green only if each is green and their tables were equal after every sync. */
export function jointReport(proofs: readonly Proof[], { blueprint, code_hash }: Joint): Report {
  const [first] = proofs;
  if (first === undefined) throw new Error("There is nothing to report on.");
  const equal = compareTargets(proofs, blueprint);
  const reports = proofs.map(({ report }) => report);
  const own = <T>(of: (report: Report, name: "fivetran" | "lakeflow") => T[]): T[] =>
    reports.flatMap((report) => of(report, report.target as "fivetran" | "lakeflow"));
  const unequal = equal.filter(({ verdict }) => verdict === "fail");
  return {
    ...first.report,
    target: "both",
    code_hash,
    basis: weakest(reports.map(({ basis }) => basis)),
    green: reports.every(({ green }) => green) && unequal.length === 0,
    blockers: [
      ...own(({ blockers }, name) => blockers.map((line) => `${name}: ${line}`)),
      ...unequal.map(({ table, summary }) => `targets-equal, ${table}: ${summary}`),
    ],
    tables: first.report.tables.map((table) => jointTable(table.name, { reports, equal })),
    checks: [...own(({ checks }, name) => checks.map((check) => ({ ...check, target: name }))), ...equal],
    findings: own(({ findings }, name) => findings.map((finding) => ({ ...finding, file: `${name}/${finding.file}` }))),
    syncs: own(({ syncs }, name) => syncs.map((sync) => ({ ...sync, name: `${name} ${sync.name}` }))),
    milliseconds: reports.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  };
}

function jointTable(
  name: string,
  { reports, equal }: { reports: readonly Report[]; equal: readonly CheckResult[] },
): Report["tables"][number] {
  const tables = reports.flatMap((report) => report.tables.filter((table) => table.name === name));
  const verdicts = equal.filter(({ table }) => table === name);
  const count = (verdict: string) => verdicts.filter((check) => check.verdict === verdict).length;
  return {
    name,
    trust: tables.some(({ trust }) => trust === "unproven")
      ? "unproven"
      : weakest(tables.flatMap(({ trust }) => (trust === "unproven" ? [] : [trust]))),
    rows: tables[0]?.rows ?? 0,
    passed: tables.reduce((sum, { passed }) => sum + passed, count("pass")),
    failed: tables.reduce((sum, { failed }) => sum + failed, count("fail")),
  };
}

function weakest(bases: readonly Report["basis"][]): Report["basis"] {
  return BASES.find((basis) => bases.includes(basis)) ?? "static";
}

/** One verdict per table: the syncs that both went through, each compared as a whole. */
function compareTargets(proofs: readonly Proof[], { tables }: Blueprint): CheckResult[] {
  const [one, other] = proofs;
  if (one === undefined || other === undefined) return [];
  const basis = weakest([one.report.basis, other.report.basis]);
  const syncs = [...one.digests.keys()].filter((name) => other.digests.has(name));
  return tables.map(({ name }) => {
    const different = syncs.flatMap((sync) => {
      const [a, b] = [one.digests.get(sync)?.get(name), other.digests.get(sync)?.get(name)];
      if (a === undefined || b === undefined || a.digest === b.digest) return [];
      return [`after the ${sync} sync ${rowsOf(a, one)} and ${rowsOf(b, other)}, which are not the same`];
    });
    const rows = one.digests.get(syncs.at(-1) ?? "")?.get(name)?.rows ?? 0;
    return judged(
      { check: "targets-equal", basis, table: name },
      {
        pass: syncs.length > 0 && different.length === 0,
        summary:
          syncs.length === 0
            ? "no sync went through with both connectors, so nothing is shown"
            : (different[0] ??
              `the same rows with both connectors after each of ${syncs.length} syncs; ${rows} at the end`),
        figures: { syncs: syncs.length, different: different.length, rows },
        details: different,
      },
    );
  });
}

function rowsOf({ rows }: { rows: number }, { report }: Proof): string {
  return `${report.target} has ${rows} rows`;
}
