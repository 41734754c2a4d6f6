/** The model's part of the fix step: it states the cause, then changes the blueprint or the code, and nothing else. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Fix } from "../artifacts/fix.ts";
import type { Report } from "../artifacts/report.ts";
import { blueprintOf, researchProblems } from "../research/gate.ts";
import type { Notebook } from "../research/notebook.ts";
import { listFiles, readText, writeAtomically } from "../system/files.ts";
import { literally } from "../system/pattern.ts";
import type { GeneratedFile } from "../targets/target.ts";
import { NOT_FILES } from "../tools/list-files.ts";
import type { Cause } from "../tools/state-cause.ts";
import { toolsets } from "../tools/toolsets.ts";
import { blueprintForModel } from "../wording/blueprint.ts";
import { reportForModel } from "../wording/report.ts";
import { connectorDesk, researchDesk, resolveCredentials } from "./desks.ts";
import { lockedCode } from "./generate.ts";
import { remember } from "./history.ts";
import { keepAsGenerated } from "./manifest.ts";
import { patchesSince } from "./patches.ts";
import { refine, whyUnfinished } from "./refine.ts";
import { type Agent, needRequirements, type StepContext } from "./step.ts";

export interface FixRequest {
  agent: Agent;
  report: Report;
  blueprint: Blueprint;
}

/** The cause as it was stated, kept so that a killed conversation does not forget it. */
const CAUSE = "cause.json";

const ADOPTED_STAYS =
  "This connector was adopted: its description is the spec that a person wrote, and stays. If that is what is wrong, call finish_step: the person reads the cause you stated.";

/** The fix, or why there is none. */
export async function refineFix(
  context: StepContext,
  { agent, report, blueprint }: FixRequest,
): Promise<Omit<Fix, "version" | "round" | "time"> | { why: string }> {
  const { store, round } = context;
  const requirements = await needRequirements(context);
  await resolveCredentials(context, requirements).catch(() => undefined);
  const before = await begin(context, { blueprint, report });
  await remember(store, `fix ${round}`, context.services.now);
  let cause = before.cause;
  const shut = (kind: Cause["class"], what: string) =>
    cause === undefined
      ? "First state_cause: what made the report red, and of which class it is."
      : cause.class === kind
        ? undefined
        : `The stated cause is of class ${cause.class}, which does not change ${what}. If that was wrong, call state_cause again.`;
  const isAdopted = requirements.spec.adopted !== undefined;
  const research = await researchDesk(context, {
    closed: () => shut("blueprint", "the blueprint") ?? (isAdopted ? ADOPTED_STAYS : undefined),
    keepsTables: true,
  });
  const connector = await connectorDesk(context, { locked: (path) => shut("code", "the code") ?? lockedCode(path) });
  if (before.fresh) await restore(research.notebook, blueprint);
  const patches = async () => patchesSince(before.files, store.directory, await codePaths(store.directory));
  const gate = async () => {
    if (cause === undefined) return ["state_cause has not been called."];
    if (cause.class !== "blueprint" && cause.class !== "code") return [];
    if (cause.class === "blueprint" && isAdopted) return [];
    if (cause.class === "blueprint") {
      if (isDeepStrictEqual(plain(blueprint), plain(research.notebook.proposal())))
        return ["The blueprint is what it was: call propose_blueprint."];
      return researchProblems(research.notebook, requirements);
    }
    const blockers = (await connector.lint()).filter(({ severity }) => severity === "blocker");
    return [
      ...((await patches()).length === 0 ? ["No file has changed: edit the code."] : []),
      ...blockers.map(({ file, line, message }) => `Lint blocks ${file}:${line}: ${message}`),
    ];
  };
  const outcome = await refine(context, {
    agent,
    step: "fix",
    inputs: { report: report.time, round },
    variables: {
      round: String(round),
      rounds: String(requirements.spec.limits.fixes),
      report: reportForModel(report),
      requests: await requestsOf(context, { agent, report, blueprint }),
      logs: await logsOf(context, report),
      blueprint: blueprintForModel(blueprint),
    },
    tools: toolsets.fix({
      cause: {
        state: async (stated) => {
          cause = stated;
          await store.write(CAUSE, { ...before.saved, cause: stated });
        },
      },
      research,
      connector,
      skills: agent,
      person: agent,
      gate: { gate },
    }),
    gate,
  });
  const why = whyUnfinished(outcome);
  // Only a fix of the code leaves the code changed: an edit that no fix records would be tested, and lost at the next round.
  if (why !== undefined || cause?.class !== "code") await putBack(store.directory, before.files);
  if (why !== undefined || cause === undefined) return { why: `no fix was found: ${why ?? "no cause was stated"}` };
  const changed = cause.class === "code" ? await patches() : [];
  if (changed.length > 0)
    await keepAsGenerated(
      store,
      changed.map(({ path }) => path),
    );
  const next = cause.class === "blueprint" && !isAdopted ? blueprintOf(research.notebook) : undefined;
  return {
    ...cause,
    changes: [
      ...changed.map(({ path, patch }) => ({ field: path, from: "as generated", to: summaryOf(patch) })),
      ...(next ? changesBetween(blueprint, next) : []),
    ],
    patches: changed,
    ...(next ? { blueprint: next } : {}),
  };
}

interface Begun {
  files: GeneratedFile[];
  cause: Cause | undefined;
  /** False when a killed conversation goes on. */
  fresh: boolean;
  saved: object;
}

/** The files as they were when this round of fixing began, across kills. */
async function begin(
  { store, round }: StepContext,
  { report }: { blueprint: Blueprint; report: Report },
): Promise<Begun> {
  const key = `${round} ${report.time} ${report.code_hash}`;
  const text = await readText(store.path(CAUSE));
  const saved =
    text === undefined ? undefined : (JSON.parse(text) as { key: string; files: GeneratedFile[]; cause?: Cause });
  if (saved?.key === key) return { files: saved.files, cause: saved.cause, fresh: false, saved };
  const files = await Promise.all(
    (await codePaths(store.directory)).map(async (path) => ({
      path,
      content: (await readText(join(store.directory, path))) ?? "",
    })),
  );
  await store.write(CAUSE, { key, files });
  return { files, cause: undefined, fresh: true, saved: { key, files } };
}

async function putBack(directory: string, files: readonly GeneratedFile[]): Promise<void> {
  const known = new Set(files.map(({ path }) => path));
  for (const path of await codePaths(directory)) if (!known.has(path)) await rm(join(directory, path), { force: true });
  for (const { path, content } of files) {
    if ((await readText(join(directory, path))) !== content) await writeAtomically(join(directory, path), content);
  }
}

/** The files that a model may write. */
export async function codePaths(directory: string): Promise<string[]> {
  return (await listFiles(directory, NOT_FILES)).filter((path) => lockedCode(path) === undefined);
}

/** The notebook takes up the blueprint of this round, which an earlier fix may have changed. */
export async function restore(notebook: Notebook, blueprint: Blueprint): Promise<void> {
  const { claims, ...proposal } = blueprint;
  await notebook.setProposal(proposal);
  await notebook.setClaims(claims);
}

function plain(blueprint: object | undefined): unknown {
  const { claims: _, ...rest } = (blueprint ?? {}) as Record<string, unknown>;
  return rest;
}

/** The fields that differ, as a fix records them. */
export function changesBetween(before: Blueprint, after: Blueprint): Fix["changes"] {
  const old = new Map(before.tables.map((table) => [table.name, table]));
  const of = (value: unknown) => JSON.stringify(value)?.slice(0, 200) ?? "nothing";
  const kept = new Set(after.tables.map(({ name }) => name));
  const gone = before.tables
    .filter(({ name }) => !kept.has(name))
    .map(({ name }) => ({ field: `tables.${name}`, from: "a table", to: "nothing" }));
  const changes = after.tables.flatMap((table) => {
    const was = old.get(table.name);
    if (!was) return [{ field: `tables.${table.name}`, from: "nothing", to: "a new table" }];
    const fields = ["read", "primary_key", "columns", "advance", "deletes"] as const;
    return fields
      .filter((field) => !isDeepStrictEqual(was[field], table[field]))
      .map((field) => ({ field: `tables.${table.name}.${field}`, from: of(was[field]), to: of(table[field]) }));
  });
  return isDeepStrictEqual(before.source, after.source)
    ? [...gone, ...changes]
    : [...gone, { field: "source", from: of(before.source), to: of(after.source) }, ...changes];
}

function summaryOf(patch: string): string {
  const lines = patch.split("\n");
  const count = (mark: string) =>
    lines.filter((line) => line.startsWith(mark) && !line.startsWith(mark.repeat(3))).length;
  return `${count("+")} lines added, ${count("-")} removed`;
}

interface Recorded {
  method: string;
  path: string;
  query: [string, string][];
  status: number;
  label?: string;
  records?: number;
  error?: string;
}

const REQUESTS = 40;
const REFUSED = 15;

/** The requests of the tables that failed, on the source they failed on: those that went wrong for good, and the last ones. */
async function requestsOf({ store, round }: StepContext, { report, blueprint }: FixRequest): Promise<string> {
  const failures = report.checks.filter(({ verdict }) => verdict === "fail");
  const paths = blueprint.tables
    .filter(({ name }) => failures.some(({ table }) => table === name))
    .map(({ name, read }) => (read.kind === "rest" ? read.path : name))
    .map(
      (path) =>
        new RegExp(
          `${path
            .split(/\{[^{}]*\}/)
            .map(literally)
            .join("[^/]+")}/?$`,
        ),
    );
  const lines: string[] = [];
  for (const basis of new Set(failures.map((failure) => failure.basis))) {
    const recorded = (await store.lines(join("recordings", `${round}-${basis}.jsonl`))) as Recorded[];
    // A token that was renewed, a 429 that was waited for: the same path answered later.
    const recovered = (entry: Recorded, at: number) =>
      recorded.slice(at + 1).some(({ path, status }) => path === entry.path && status < 400);
    const wrong = recorded.filter(
      (entry, at) => entry.error !== undefined || (entry.status >= 400 && !recovered(entry, at)),
    );
    const of = recorded.filter(({ path }) => paths.some((pattern) => pattern.test(path)));
    const shown = [...new Set([...wrong.slice(-REFUSED), ...of.slice(-REQUESTS)])];
    lines.push(
      `on the ${basis} source, ${of.length} requests of the failed tables, the last of them:`,
      ...shown.map(inWords),
    );
  }
  return lines.join("\n") || "No request of the failed tables was recorded.";
}

function inWords({ method, path, query, status, records, error, label }: Recorded): string {
  const asked = query.map(([name, value]) => `${name}=${value}`).join("&");
  return `${method} ${path}${asked ? `?${asked}` : ""} -> ${status}${records === undefined ? "" : `, ${records} records`}${label ? ` (${label})` : ""}${error ? `; ${error}` : ""}`;
}

const LOG_LINES = 40;

/** What the connector said when it failed: errors and warnings, else the end of its log. Checks that refuse on purpose count only where they failed. */
async function logsOf({ store, round }: StepContext, report: Report): Promise<string> {
  const failed = report.checks.filter(({ verdict }) => verdict === "fail").map(({ check }) => check);
  const onPurpose = [
    ...(failed.includes("refusal") ? [] : [/^(simulated )?refusal\b/]),
    ...(failed.includes("configuration") ? [] : [/ (missing|blank|malformed)\s*$/]),
  ];
  const lines = ((await readText(store.path("logs", `${round}.log`))) ?? "")
    .split("\n")
    .filter((line) => line !== "" && !onPurpose.some((pattern) => pattern.test(line.split("|", 1)[0] ?? "")));
  const telling = lines.filter((line) => /\| (error|warning) |Traceback|Error:/.test(line));
  const shown = (telling.length > 0 ? telling : lines).slice(-LOG_LINES).map((line) => line.slice(0, 500));
  return shown.join("\n") || "It printed nothing.";
}
