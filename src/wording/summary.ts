/** The last thing a run says: what was made, what it was seen to do, what became of it, what to do next. Plain text. */
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Deployment } from "../artifacts/deployment.ts";
import type { Report } from "../artifacts/report.ts";
import { bytes, count, counted } from "./numbers.ts";
import { OVERRULED, standingOf, verdictOf } from "./standing.ts";

/** Claims shown per list. */
const SHOWN = 12;

export interface Told {
  blueprint: Blueprint;
  report: Report;
  deployment: Pick<Deployment, "outcome" | "reason" | "connection_id" | "dashboard">;
  destination?: { name: string; type: string };
  files: readonly { path: string; content: string }[];
}

export function summaryInWords(input: Told, next: readonly string[]): string {
  const { blueprint, report, destination, deployment } = input;
  const tables = blueprint.tables.map((table) => ({ name: table.name, ...standingOf(report, table.name) }));
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const sections = [
    columns([
      ["Connector", blueprint.name],
      ["Destination", destination ? `${destination.name} (${destination.type})` : "none named"],
      ["Deployment", `${deployment.outcome}${deployment.reason === "" ? "" : `: ${deployment.reason}`}`],
      ...(deployment.connection_id ? [["Connection id", deployment.connection_id]] : []),
      ...(deployment.dashboard ? [["Dashboard", deployment.dashboard]] : []),
      ["Verdict", verdictOf(report)],
    ]),
    `Local test: ${counted(tables.length, "table")}, ${counted(rows, "row")}, ${counted(checkpoints(report), "checkpoint")}\n${indent(columns(tables.map((t) => [t.name, counted(t.rows, "row"), t.words])))}`,
    ...(report.blockers.length > 0 ? [`Blockers\n${indent(report.blockers.join("\n"))}`] : []),
    ...(report.left_out.length > 0 ? [`Left out: at the source, and not synced\n${some(report.left_out)}`] : []),
    ...(report.overruled.length > 0 ? [`${OVERRULED.title}; the source was followed\n${some(report.overruled)}`] : []),
    ...(report.unproven.length > 0 ? [`Not proven by anything\n${some(report.unproven)}`] : []),
    `Files\n${indent(columns(input.files.map((file) => [file.path, bytes(Buffer.byteLength(file.content))])))}`,
    `Next\n${indent(next.map((step, index) => `${index + 1}. ${step}`).join("\n"))}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function checkpoints(report: Report): number {
  return report.syncs.reduce((sum, sync) => sum + sync.operations.checkpoints, 0);
}

/** Lines whose cells stand in columns; the last column is not padded. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((found, row) => {
    row.forEach((cell, index) => {
      found[index] = Math.max(found[index] ?? 0, cell.length);
    });
    return found;
  }, []);
  const pad = (cell: string, index: number, row: readonly string[]) =>
    index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0);
  return rows.map((row) => row.map(pad).join("  ")).join("\n");
}

/** The first of a list; the report's page has them all. */
function some(claims: readonly string[]): string {
  const more = claims.length - SHOWN;
  return indent([...claims.slice(0, SHOWN), ...(more > 0 ? [`and ${count(more)} more in the report`] : [])].join("\n"));
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
