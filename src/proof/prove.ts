/**
 * The harness: runs a connector against its source through the gateway, more than once, and judges it from outside. The
 * connector's author, model or person, has no hand in it.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { API_DOCUMENT, NOT_CODE } from "../artifacts/contract.ts";
import type { CheckId, CheckResult, Depth, Finding, Report } from "../artifacts/report.ts";
import type { SourceKind } from "../sources/kind.ts";
import { listFiles, sha256 } from "../system/files.ts";
import type { ConnectorLog, Target, Targets } from "../targets/target.ts";
import { openWarehouse } from "../warehouse/open.ts";
import { openClaims } from "../wording/contradictions.ts";
import type { References } from "../wording/references.ts";
import { type Bench, type ObservedSync, summarise } from "./bench.ts";
import { checkChanges, checkDeletes } from "./checks/changes.ts";
import { checkCompleteness, type SecondRoute } from "./checks/completeness.ts";
import { checkDrift } from "./checks/drift.ts";
import { checkFaults } from "./checks/faults.ts";
import { checkLiving } from "./checks/living.ts";
import { checkMemory } from "./checks/memory.ts";
import { checkConfiguration, checkRefusal } from "./checks/refusal.ts";
import { checkResume } from "./checks/resume.ts";
import { checkColumns, checkInitialSync, checkKeys } from "./checks/rows.ts";
import { checkSecondSync } from "./checks/second-sync.ts";
import { checkSecrets } from "./checks/secrets.ts";
import { type Digests, jointReport, keepDigests, type Proof } from "./joint.ts";
import { judged } from "./result.ts";
import { type OpenedSource, openLive, openSimulated } from "./sources.ts";
import type { Stages } from "./stage.ts";
import { reachVerdict } from "./verdict.ts";

/** `evidence` is what the claims cite: without it, no contradiction counts as settled by a probe. */
export interface ProofRequest extends References {
  blueprint: Blueprint;
  /** The connector's directory. `files/warehouse.db` and `files/state.json` there are begun anew. */
  directory: string;
  /** Where recordings go. */
  recordings: string;
  targets: Targets;
  kind: SourceKind;
  round: number;
  codeHash: string;
  depth: Depth;
  /** With values per configuration key: the real source. Without: the stand-in. */
  live?: { configuration: Record<string, string> };
  basisReason: string;
  now: () => Date;
  onProgress: (text: string) => void;
  /** Every line the connector prints, secrets masked. */
  onLog: (sync: string, line: ConnectorLog) => void;
  /** Hears what each check found, for who need not know the rest. */
  onChecked?: (results: readonly CheckResult[]) => void;
  signal: AbortSignal;
}

/** Seed of the stand-in's corpus: the same rows each time, so that two reports can be compared. */
const SEED = 20_250_101;

/** Each connector by itself, from the same seed; two of them are then held against each other, sync by sync. */
export async function prove(request: ProofRequest): Promise<Report> {
  const proofs: Proof[] = [];
  const both = request.targets.parts.length > 1;
  const began = request.now();
  for (const { target, folder } of request.targets.parts) {
    const told = (text: string) => (both ? `${target.name}: ${text}` : text);
    proofs.push(
      await proveOne({
        ...request,
        target,
        directory: join(request.directory, folder),
        recordings: join(request.recordings, folder),
        digests: both,
        began,
        onProgress: (text) => request.onProgress(told(text)),
        onLog: (sync, line) => request.onLog(told(sync), line),
      }),
    );
  }
  const [only] = proofs;
  if (only && !both) return only.report;
  return jointReport(proofs, { blueprint: request.blueprint, code_hash: request.codeHash });
}

interface OneProof extends Omit<ProofRequest, "targets"> {
  target: Target;
  /** The stand-ins' clock: two connectors are shown the very same source. */
  began: Date;
  /** Whether tables are digested after each sync, to be held against another connector's. */
  digests: boolean;
}

async function proveOne(request: OneProof): Promise<Proof> {
  const { blueprint, directory, target, onProgress } = request;
  const started = performance.now();
  const digests: Digests = new Map();
  onProgress("lint");
  const findings = await target.lint(directory);
  const timings: Report["timings"] = { lint: Math.round(performance.now() - started) };
  const checks: CheckResult[] = [judgeLint(findings)];
  request.onChecked?.(checks);
  await rm(join(directory, "files"), { recursive: true, force: true });
  const warehouse = await openWarehouse(join(directory, "files", "warehouse.db"));
  const rows = new Map<string, number>();
  const syncs: Report["syncs"] = [];
  try {
    for (const opened of openings(request)) {
      const source = await opened();
      try {
        const first = syncs.length === 0;
        const side = first ? warehouse : await openWarehouse(join(directory, "files", "simulated.db"));
        const bench: Bench = {
          ...request,
          source,
          warehouse: side,
          syncs: [],
          label: first ? "" : "simulated ",
          onProgress,
          ...(request.digests ? { afterSync: (sync, of) => keepDigests(digests, sync, of) } : {}),
        };
        try {
          const tried = await mainChecks(bench, { source, timings, route: secondRoute(request, source) });
          checks.push(...(first ? tried : added(tried)));
          const [clean] = bench.syncs;
          if (source.basis === "simulated" && clean) checks.push(...(await deepChecks(request, { clean, timings })));
          syncs.push(...bench.syncs.map(summarise));
          if (first) for (const table of await warehouse.tables()) rows.set(table.name, table.rows);
        } finally {
          if (!first) await side.close();
        }
        await source.record(join(request.recordings, `${request.round}-${source.basis}.jsonl`));
      } finally {
        await source.close();
      }
    }
  } finally {
    await warehouse.close();
    await rm(join(directory, "files", "simulated.db"), { force: true });
  }
  const byTable = new Map(blueprint.tables.map(({ name }) => [name, rows.get(target.naming.table(name)) ?? 0]));
  const report: Report = {
    version: 1,
    connector: blueprint.name,
    target: target.name,
    round: request.round,
    time: request.now().toISOString(),
    basis: request.live ? "live" : "simulated",
    depth: request.depth,
    basis_reason: request.basisReason,
    code_hash: request.codeHash,
    ...reachVerdict({ tables: blueprint.tables, checks, rows: byTable }),
    checks,
    findings,
    syncs,
    ...openClaims(blueprint, request),
    left_out: blueprint.skipped.map(({ name, reason }) => `${name}: ${reason}`),
    milliseconds: Math.round(performance.now() - started),
    timings,
  };
  return { report, digests };
}

/** A live proof is followed by what one does not do to somebody's source: changes, wrong credentials. */
function openings(request: OneProof): (() => Promise<OpenedSource>)[] {
  const simulated = () => openSimulated(request, { seed: SEED, now: request.began });
  return request.live ? [() => openLive(request, request.live?.configuration ?? {}), simulated] : [simulated];
}

/** Time is added up where a check runs at the source and at the stand-in. */
async function timed(
  timings: Report["timings"],
  id: CheckId,
  check: () => Promise<CheckResult[]>,
): Promise<CheckResult[]> {
  const started = performance.now();
  const results = await check();
  timings[id] = (timings[id] ?? 0) + Math.round(performance.now() - started);
  return results;
}

interface Main {
  source: OpenedSource;
  timings: Report["timings"];
  /** Where rows are to be counted by another way. */
  route: SecondRoute | undefined;
}

/** A real source is always asked how much there is: nothing else is worth as much there. */
function secondRoute({ kind, live, depth }: OneProof, { basis, simulator }: OpenedSource): SecondRoute | undefined {
  if (basis === "live") return { kind, configuration: live?.configuration ?? {} };
  return depth === "full" && simulator ? { kind, configuration: simulator.configuration } : undefined;
}

async function mainChecks(bench: Bench, { source, timings, route }: Main): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const { simulator } = source;
  const went = () => bench.syncs.at(-1)?.result.status === "succeeded";
  const run = async (id: CheckId, check: () => Promise<CheckResult[]>) => {
    const found = await timed(timings, id, check);
    bench.onChecked?.(found);
    results.push(...found);
  };
  await run("initial-sync", () => checkInitialSync(bench));
  if (!went()) return results;
  await run("keys", () => checkKeys(bench));
  await run("columns", () => checkColumns(bench));
  await run("second-sync", () => checkSecondSync(bench));
  if (route && went()) await run("completeness", () => checkCompleteness(bench, route));
  if (simulator && went()) {
    await run("changes", () => checkChanges(bench, simulator));
    await run("deletes", () => checkDeletes(bench, simulator));
  }
  if (simulator) {
    await run("refusal", () => checkRefusal(bench, simulator));
    await run("configuration", () => checkConfiguration(bench));
  }
  await run("secrets", () => checkSecrets(bench));
  return results;
}

/** What the stand-in adds to a live proof. Its first sync only sets the stage: the rows were judged live. */
function added(results: readonly CheckResult[]): CheckResult[] {
  const judgedLive = new Set(["initial-sync", "keys", "columns", "second-sync", "completeness"]);
  return results.filter(({ check, verdict }) => !judgedLive.has(check) || verdict === "fail");
}

/** The checks that take a stage each. */
const DEEP: readonly (readonly [CheckId, (stages: Stages) => Promise<CheckResult[]>])[] = [
  ["faults", checkFaults],
  ["living", checkLiving],
  ["resume", checkResume],
  ["drift", checkDrift],
  ["memory", checkMemory],
];

interface Deep {
  clean: ObservedSync;
  timings: Report["timings"];
}

/** Two at a time. A connector whose first sync goes wrong has nothing to show in them. */
async function deepChecks(request: OneProof, { clean, timings }: Deep): Promise<CheckResult[]> {
  if (request.depth === "quick" || clean.result.status === "failed") return [];
  const stages: Stages = { ...request, seed: SEED, clean };
  const limit = pLimit(2);
  const run = async ([id, check]: (typeof DEEP)[number]) => {
    const found = await timed(timings, id, () => check(stages));
    request.onChecked?.(found);
    return found;
  };
  return (await Promise.all(DEEP.map((deep) => limit(() => run(deep))))).flat();
}

function judgeLint(findings: readonly Finding[]): CheckResult {
  const blockers = findings.filter(({ severity }) => severity === "blocker");
  return judged(
    { check: "lint", basis: "static" },
    {
      pass: blockers.length === 0,
      summary:
        blockers.length === 0
          ? `no blocker, ${findings.length} warnings`
          : `${blockers.length} blockers, ${findings.length - blockers.length} warnings`,
      figures: { blockers: blockers.length, warnings: findings.length - blockers.length },
      details: blockers.slice(0, 10).map(({ file, line, rule, message }) => `${file}:${line} ${rule} ${message}`),
    },
  );
}

/** The connector's code: what a report is about, and what is deployed. */
export async function codeFiles(directory: string): Promise<string[]> {
  return (await listFiles(directory, NOT_CODE)).filter((path) => !path.endsWith(API_DOCUMENT));
}

/** SHA-256 over the connector's code: names and contents. */
export async function hashCode(directory: string): Promise<string> {
  const paths = await codeFiles(directory);
  const parts = await Promise.all(
    paths.map(async (path) => `${path}\0${sha256(await readFile(join(directory, path)))}\n`),
  );
  return sha256(parts.join(""));
}
