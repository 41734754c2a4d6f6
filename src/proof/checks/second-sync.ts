/** second-sync: with nothing new at the source, nothing is rewritten beyond the cursor's own edge, and less is asked for. */
import { parentOf, type Table } from "../../artifacts/blueprint.ts";
import type { Advance } from "../../artifacts/reading.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Json, Record_ } from "../../sources/record.ts";
import type { SeenRequest } from "../../sources/simulator.ts";
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
  for (const table of blueprint.tables) {
    results.push(await judgeTable(bench, sync, table));
    results.push(...(await withoutCursor(bench, table)));
  }
  return results;
}

async function judgeTable(bench: Bench, sync: ObservedSync, table: Table): Promise<CheckResult> {
  const { source } = bench;
  const truth = await source.truth(table);
  const comparison = await compareTable(bench, table, truth);
  const sent = rowsSent(bench, sync, table);
  const allowed = bench.target.readsWhole(table) ? undefined : allowedAgain(table, truth.rows);
  const problems = isEqual(comparison) ? [] : [describeComparison(comparison)];
  if (allowed !== undefined) {
    // A live source may have moved meanwhile; rows it changed are its own.
    if (source.basis === "simulated" && sent > allowed) {
      problems.push(`${sent} rows were sent again where at most ${allowed} lie on the cursor's edge`);
    }
    problems.push(
      ...notNarrowed(table, { requests: sync.requests, before: requestsBefore(bench, sync), rows: truth.rows }),
    );
    const filter = filterOf(table.advance);
    if (filter !== undefined && sent === 0 && allowed > 0 && bench.target.name === "fivetran") {
      problems.push(
        `no row on the cursor's edge came again, so ${filter} leaves out rows that equal the cursor, and rows tied with it would be lost`,
      );
    }
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

/** Rows without a cursor value come with the first sync only: nobody may find that out by chance. */
async function withoutCursor({ source }: Bench, table: Table): Promise<CheckResult[]> {
  const { advance } = table;
  if (advance.kind !== "cursor") return [];
  const { rows } = await source.truth(table);
  const blank = rows.filter((row) => isBlank(row[advance.column]));
  if (blank.length === 0) return [];
  return [
    judged(subject("second-sync", source, table), {
      pass: false,
      severity: "warning",
      summary: `${blank.length} of ${rows.length} rows have no ${advance.column}: after the first sync the source is never asked for such rows, neither for new ones nor for their changes`,
      figures: { blank: blank.length },
    }),
  ];
}

/** By what rows on the cursor's edge are asked for again. */
function filterOf(advance: Advance): string | undefined {
  if (advance.kind === "cursor") return advance.param;
  return advance.kind === "column" ? `the condition on ${advance.column}` : undefined;
}

/** What a request carries when it asks for less than everything; undefined where no request shows it. */
function narrowingOf(advance: Advance): string | undefined {
  switch (advance.kind) {
    case "cursor":
      return advance.param;
    case "steps":
      return advance.from_param;
    case "column":
      return advance.column;
    default:
      return undefined;
  }
}

interface Listings {
  requests: readonly SeenRequest[];
  /** Of the syncs before. */
  before: readonly SeenRequest[];
  /** What the source has. */
  rows: readonly Record_[];
}

/** The first request of each listing must carry the narrowing parameter; further pages may carry only a cursor. */
export function notNarrowed(table: Table, { requests, before, rows }: Listings): string[] {
  const param = narrowingOf(table.advance);
  if (param === undefined) return [];
  const byPath = groupBy(requestsOf(table, requests), ({ path }) => path);
  const cursorless = withoutCursorValue(table, rows);
  const earlier = requestsOf(table, before);
  const { deletes } = table;
  const open = [...byPath].filter(([path, [first]]) => {
    // The feed of deleted rows goes on by a parameter of its own, or is read whole by design.
    const isFeed = deletes.kind === "feed" && path.endsWith(deletes.path);
    const wanted = isFeed ? deletes.param : param;
    if (wanted === undefined || first?.query.some(([name]) => name === wanted)) return false;
    if (isFeed) return earlier.some((request) => request.path === path && request.records > 0);
    return !hasNothingToNarrowBy(table, path, { earlier, cursorless });
  });
  if (open.length === 0) return [];
  return [`${open.length === 1 ? "a listing was" : `${open.length} listings were`} asked for without ${param}`];
}

interface Known {
  earlier: readonly SeenRequest[];
  cursorless: (path: string) => boolean;
}

/**
 * A connector takes the cursor of a listing from its rows. Where no answer before held one, as for a parent without
 * children, or none has a value, there is no cursor: asking without the parameter is right then, and nothing else would be.
 */
function hasNothingToNarrowBy({ advance }: Table, path: string, { earlier, cursorless }: Known): boolean {
  if (advance.kind === "steps" || (advance.kind === "cursor" && advance.start !== undefined)) return false;
  return !earlier.some((request) => request.path === path && request.records > 0) || cursorless(path);
}

/** Tells paths of listings that have rows, but none with a value of the cursor. */
function withoutCursorValue(table: Table, rows: readonly Record_[]): (path: string) => boolean {
  const { read, advance } = table;
  if (advance.kind !== "cursor" || read.kind !== "rest") return () => false;
  const pathOf = (row: Record_) =>
    (parentOf(table)?.bind ?? []).reduce(
      (path, { placeholder, column }) =>
        path.replace(`{${placeholder}}`, () => encodeURIComponent(String(row[column]))),
      read.path,
    );
  const listings = [...groupBy(rows, pathOf)].filter(([, own]) => own.every((row) => isBlank(row[advance.column])));
  return (path) => listings.some(([own]) => path.endsWith(own));
}

function requestsBefore({ syncs }: Bench, sync: ObservedSync): SeenRequest[] {
  return syncs.filter((other) => other !== sync).flatMap(({ requests }) => requests);
}

function isBlank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function requestsOf(table: Table, requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter((request) => request.table === table.name);
}
