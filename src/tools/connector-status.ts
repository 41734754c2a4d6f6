/** connector_status: how far a connector is, and what its last report leaves open. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import type { Enhancement } from "../artifacts/enhancement.ts";
import type { Report } from "../artifacts/report.ts";
import { enhancementLines } from "../wording/enhancement.ts";
import { standingOf, verdictOf } from "../wording/standing.ts";

export interface StepStanding {
  step: string;
  round: number;
  outcome: string;
  summary: string;
}

export interface ConnectorStanding {
  connector: string;
  /** In the order in which they ran. */
  steps: StepStanding[];
  report: Report | undefined;
  /** Path of the report's page. */
  page: string;
  /** The last change that was tried on it, with the path of its record. */
  enhanced?: { enhancement: Enhancement; page: string };
}

/** For connector_status. */
export interface StandingDesk {
  connectors(): Promise<string[]>;
  /** Throws `UserError` when there is no such connector. */
  standing(connector: string): Promise<ConnectorStanding>;
  redact(text: string): string;
}

const SHOWN = 20;

export function connectorStatus(desk: StandingDesk): Tool {
  return defineTool<{ connector?: string | undefined }>({
    name: "connector_status",
    title: "Connector status",
    description:
      "Where a connector stands: its steps, the verdict of its last report for each table, what blocks, what nothing proves. " +
      "Without a name: all connectors of the workspace, one line each.",
    input: z.strictObject({ connector: z.string().min(1).optional() }),
    effect: "read",
    describe: ({ connector }) => connector ?? "all connectors",
    run: async ({ connector }) => {
      if (connector !== undefined) {
        const standing = await desk.standing(connector);
        return { text: desk.redact(standingText(standing)), outcome: verdictWord(standing.report) };
      }
      const names = await desk.connectors();
      if (names.length === 0) {
        return {
          text: "There is no connector yet. Agree on a spec with propose_spec, then build_connector.",
          outcome: "none",
        };
      }
      const all = await Promise.all(names.map((name) => desk.standing(name)));
      const lines = all.map(({ connector: name, report }) => `${name}: ${verdictWord(report)}`);
      return { text: desk.redact(lines.join("\n")), outcome: `${names.length} connectors` };
    },
  });
}

function verdictWord(report: Report | undefined): string {
  return report === undefined ? "not tested" : report.green ? "green" : "not green";
}

/** For the model and for /status alike. */
export function standingText({ connector, steps, report, page, enhanced }: ConnectorStanding): string {
  const done = steps.map(
    ({ step, round, outcome, summary }) =>
      `  ${(round > 1 ? `${step} ${round}` : step).padEnd(13)} ${outcome.padEnd(8)} ${summary}`,
  );
  const head = `${connector}: ${verdictWord(report)}`;
  if (report === undefined) return [head, ...done].join("\n");
  const changed = enhanced === undefined ? [] : enhancedLines(enhanced);
  return [head, ...done, ...reportLines(report), `Report: ${page}`, ...changed].join("\n");
}

function enhancedLines(enhanced: NonNullable<ConnectorStanding["enhanced"]>): string[] {
  const { wanted, summary } = enhanced.enhancement;
  return [`The last change that was asked for: ${wanted.title}`, `  ${summary}`, ...enhancementLines(enhanced)];
}

/** Verdict, tables with what they rest on, blockers, and what is unproven. */
export function reportLines(report: Report): string[] {
  const tables = report.tables.map(({ name, rows }) => `  ${name}: ${rows} rows, ${standingOf(report, name).words}`);
  return [
    verdictOf(report),
    ...tables,
    ...listed("Blockers:", report.blockers),
    ...listed("The source was followed against its documentation:", report.overruled),
    ...listed("Nothing proves:", report.unproven),
  ];
}

function listed(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > SHOWN ? [`  and ${items.length - SHOWN} more, see the report`] : [];
  return [title, ...items.slice(0, SHOWN).map((item) => `  - ${item}`), ...more];
}
