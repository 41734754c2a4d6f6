/** GitHub's runner: a run's report as the job's summary, and what blocks as annotations. Elsewhere nothing of it happens. */
import { randomUUID } from "node:crypto";
import { appendFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { CheckResult, Finding, Report } from "../artifacts/report.ts";
import { messageOf, UserError } from "../errors.ts";
import type { CommonOptions, Streams } from "../options.ts";
import type { RunEvent } from "../workflow/events.ts";

/** What there is to show of a run that has ended. */
export interface ToShow {
  connector: string;
  directory: string;
  /** How it ended, in words. */
  summary: string;
  outcome: Extract<RunEvent, { type: "run-ended" }>["outcome"];
  /** Of this very run. */
  report: Report | undefined;
  /** The report as Markdown. */
  text: string | undefined;
  /** Of lint, where there is no report. */
  findings: readonly Finding[];
}

export interface Actions {
  /** Whether anybody looks. */
  watched: boolean;
  show(run: ToShow): void;
  /** What a person must mend. */
  error(error: UserError): void;
  /** Findings in the files of a folder. */
  findings(directory: string, findings: readonly Finding[]): void;
  /** From here on the runner takes commands again. */
  close(): void;
}

type World = Pick<CommonOptions, "environment"> & { streams: Pick<Streams, "stderr"> };

/**
 * Until it is closed the runner takes no commands: a line of a source or a connector that looks like one is only a line.
 * Everything goes to stderr, which the runner reads, too.
 */
export function openActions({ environment, streams }: World): Actions {
  const commands = environment.GITHUB_ACTIONS === "true";
  const summary = environment.GITHUB_STEP_SUMMARY || undefined;
  const root = environment.GITHUB_WORKSPACE || ".";
  const token = randomUUID();
  const write = (text: string) => void streams.stderr.write(text);
  const stop = `::stop-commands::${token}\n`;
  const go = `::${token}::\n`;
  // One write, so that nothing of another run comes in between.
  const annotate = (annotations: readonly Annotation[]) => {
    const lines = bounded(annotations).map((annotation) => command(annotation, root));
    if (commands && lines.length > 0) write(`${go}${lines.join("")}${stop}`);
  };
  if (commands) write(stop);
  return {
    watched: commands || summary !== undefined,
    show: (run) => {
      annotate(annotationsOf(run));
      const failed = summary === undefined ? undefined : addSummary(summary, run);
      if (failed !== undefined) write(`The job's summary cannot be written: ${failed}\n`);
    },
    error: (error) => annotate([ofError(error)]),
    findings: (directory, findings) => annotate(findings.map((finding) => ofFinding(directory, finding))),
    close: () => {
      if (commands) write(go);
    },
  };
}

interface Annotation {
  level: "error" | "warning";
  text: string;
  title?: string;
  file?: string;
  line?: number;
}

/** The runner shows so many of each level for a step. */
const SHOWN = 10;

function bounded(annotations: readonly Annotation[]): Annotation[] {
  const of = (level: Annotation["level"]) => annotations.filter((annotation) => annotation.level === level);
  return [...of("error").slice(0, SHOWN), ...of("warning").slice(0, SHOWN)];
}

function annotationsOf(run: ToShow): Annotation[] {
  const { connector, directory, report, findings, summary } = run;
  const found = (report?.findings ?? findings).map((finding) => ofFinding(directory, finding));
  const failing = (report?.checks ?? []).filter(({ verdict, check }) => verdict === "fail" && check !== "lint");
  // A green connector that did not get where it should: no check says so.
  const ended: Annotation[] =
    run.outcome === "not-green" && report?.green === true ? [{ level: "error", title: connector, text: summary }] : [];
  return [...ended, ...failing.map((result) => ofCheck(connector, result)), ...found];
}

function ofCheck(connector: string, { check, table, severity, summary, ...result }: CheckResult): Annotation {
  const about = [check, result.case, table].filter((part) => part !== undefined).join(", ");
  return { level: severity === "blocker" ? "error" : "warning", title: `${connector}: ${about}`, text: summary };
}

function ofFinding(directory: string, { file, line, rule, severity, message, mend }: Finding): Annotation {
  return {
    level: severity === "blocker" ? "error" : "warning",
    title: rule,
    text: `${message} ${mend}`,
    file: join(directory, file),
    ...(line > 0 ? { line } : {}),
  };
}

/** Mistakes in a spec begin with its name and the line. */
function ofError({ message, hint }: UserError): Annotation {
  const [, file, line] = /^([^\n:]+), line (\d+), /.exec(message) ?? [];
  const text = hint === undefined ? message : `${message}\n${hint}`;
  return { level: "error", text, ...(file === undefined ? {} : { file: resolve(file), line: Number(line) }) };
}

function command({ level, text, title, file, line }: Annotation, root: string): string {
  const place = file === undefined ? undefined : relative(root, file).split(sep).join("/");
  const properties = Object.entries({ file: place, line, title }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escaped(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`],
  );
  return `::${level}${properties.length > 0 ? ` ${properties.join(",")}` : ""}::${escaped(text)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** The runner takes a mebibyte for a step, and nothing of what is larger. */
const SUMMARY_LIMIT = 1_000_000;

/** Returns why it could not be written. */
function addSummary(path: string, { connector, summary, text, outcome, report }: ToShow): string | undefined {
  const short = `# ${connector}\n\n${summary}\n\n`;
  // The report knows nothing of what came after it.
  const otherwise = report?.green === true && outcome !== "green" ? short : "";
  const whole = text === undefined ? short : `${otherwise}${text}\n`;
  try {
    const taken = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(path, taken + Buffer.byteLength(whole) > SUMMARY_LIMIT ? short : whole);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** An error that ends the command, where nothing is open any more. */
export function annotateError(error: unknown, world: World): void {
  if (!(error instanceof UserError)) return;
  const actions = openActions(world);
  actions.error(error);
  actions.close();
}
