/** second-sync: with nothing new at the source, nothing is rewritten beyond the cursor's own edge, and less is asked for. */
import type { Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { SeenRequest } from "../../sources/kind.ts";
import { type Bench, nextSync, type ObservedSync, rowsSent } from "../bench.ts";
import { allowedAgain } from "../cursor.ts";
import { groupBy } from "../group.ts";
import { failedSync, judged, subject } from "../result.ts";
import { compareTable, describeComparison, isEqual } from "../rows.ts";

export async function checkSecondSync(bench: Bench): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const sync = await nextSync(bench, "second");
  if (sync.result.status === "failed") return failedSync("second-sync", source, { sync, tables: blueprint.tables });
  const results: CheckResult[] = [];
  for (const table of blueprint.tables) results.push(await judgeTable(bench, sync, table));
  return results;
}

async function judgeTable(bench: Bench, sync: ObservedSync, table: Table): Promise<CheckResult> {
  const { source, warehouse } = bench;
  const truth = await source.truth(table);
  const comparison = await compareTable(warehouse, table, truth);
  const sent = rowsSent(sync, table);
  const allowed = allowedAgain(table, truth.rows);
  const problems = isEqual(comparison) ? [] : [describeComparison(comparison)];
  if (allowed !== undefined) {
    // A live source may have moved meanwhile; rows it changed are its own.
    if (source.basis === "simulated" && sent > allowed) {
      problems.push(`${sent} rows were sent again where at most ${allowed} lie on the cursor's edge`);
    }
    problems.push(...notNarrowed(table, sync.requests));
  }
  const how =
    allowed === undefined ? "read in full at each sync, by design" : `${sent} of ${truth.rows.length} rows sent again`;
  return judged(subject("second-sync", source, table), {
    pass: problems.length === 0,
    summary: problems.length === 0 ? `nothing changed, and nothing did in the warehouse; ${how}` : problems.join("; "),
    figures: { sent, ...(allowed === undefined ? {} : { allowed }), requests: requestsOf(table, sync.requests).length },
    details: comparison.examples,
  });
}

/** The first request of each listing must carry the narrowing parameter; further pages may carry only a cursor. */
function notNarrowed(table: Table, requests: readonly SeenRequest[]): string[] {
  const { advance } = table;
  if (advance.kind === "full") return [];
  const param = advance.kind === "cursor" ? advance.param : advance.from_param;
  const asked = requestsOf(table, requests);
  const byPath = groupBy(asked, ({ path }) => path);
  const open = [...byPath.values()].filter(([first]) => !first?.query.some(([name]) => name === param));
  if (open.length === 0) return [];
  return [`${open.length === 1 ? "a listing was" : `${open.length} listings were`} asked for without ${param}`];
}

function requestsOf(table: Table, requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter((request) => request.table === table.name);
}
