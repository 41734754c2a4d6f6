/** Builds and tests out of a conversation, a chat or a host of the MCP server: the same run as a headless one. */

import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import type { Approval, Approve, Ask } from "../agent/approval.ts";
import type { Depth } from "../artifacts/report.ts";
import { EXIT, type ExitCode, messageOf, UserError } from "../errors.ts";
import { type CommandContext, VERSION } from "../options.ts";
import type { BuildResult } from "../tools/build-connector.ts";
import type { StepName, StoredEvent } from "../workflow/events.ts";
import { remember } from "../workflow/history.ts";
import type { RunContext, RunOutcome } from "../workflow/run.ts";
import type { Agent, Consent } from "../workflow/step.ts";
import type { Share } from "./agent.ts";
import { openSession } from "./session.ts";

/** What such a run is given besides the connector. */
export interface BuildHands {
  signal: AbortSignal;
  show: (event: StoredEvent) => void;
  ask: Ask;
  approve: Approve;
}

export interface BuildRun extends Share {
  directory: string;
  /** Path of the spec, or the connector's name where only a step is run. */
  spec: string;
  model: string;
  /** All steps, or one. */
  step?: Exclude<StepName, "requirements">;
  /** Something else than steps. */
  work?: (session: RunContext) => Promise<RunOutcome>;
  /** No limit of its own was shown to the person: it spends of what the conversation may. */
  ofConversation?: true;
}

export interface BuildSetup {
  context: CommandContext;
  /** Overrides the spec's depth of the proof. */
  depth?: Depth | undefined;
  /** The model's part of a run; without it the steps work from what the source says of itself. */
  createAgent?: (hands: BuildHands & Share) => Promise<Agent | undefined>;
}

/** Ends with an outcome, whatever happens: what a person must mend is one of them. Throws only what is a bug of ours. */
export async function runToOutcome(
  { directory, spec, model, step, work, atMostUsd }: BuildRun,
  hands: BuildHands,
  { context, depth, createAgent }: BuildSetup,
): Promise<BuildResult & { secrets: string[] }> {
  const options = { model, force: false, showLogs: false, testMode: undefined, depth };
  const own = { ...context, signal: hands.signal };
  const agent = model === "none" ? undefined : await createAgent?.({ ...hands, atMostUsd });
  const consent = () => async (approval: Approval) => ((await hands.approve(approval)) ? "yes" : "later") as Consent;
  const session = await openSession(own, {
    directory,
    options,
    show: hands.show,
    agent,
    consent,
    syncConsent: consent,
  });
  const connector = basename(directory);
  const { runAll, runOne } = await import("../workflow/run.ts");
  session.emit({ type: "run-started", run: randomUUID(), connector, spec, model, version: VERSION });
  const end = async (outcome: BuildResult["outcome"], exitCode: ExitCode, summary: string) => {
    session.emit({ type: "run-ended", outcome, exitCode, summary });
    return { ...(await judged(session)), outcome, summary, secrets: session.redactor.values() };
  };
  try {
    if (step === undefined && work === undefined) await remember(session.store, "build");
    const { outcome, exitCode, summary } = await (work
      ? work(session)
      : step
        ? runOne(session, step)
        : runAll(session, spec));
    return await end(outcome, exitCode, summary);
  } catch (error) {
    if (hands.signal.aborted) return end("interrupted", EXIT.interrupted, "interrupted; what is done is kept");
    const summary =
      (messageOf(error).split("\n")[0] ?? "") + (error instanceof UserError && error.hint ? ` ${error.hint}` : "");
    const failed = await end("error", error instanceof UserError ? error.exitCode : EXIT.bug, summary);
    if (error instanceof UserError) return failed;
    throw error;
  }
}

/** The report of the files as they are now: an older one says nothing about them. */
async function judged({ store }: RunContext): Promise<Pick<BuildResult, "report" | "page">> {
  const report = await store.readReport();
  const { hashCode } = await import("../proof/prove.ts");
  const current = report !== undefined && report.code_hash === (await hashCode(store.directory));
  return { report: current ? report : undefined, page: store.path("reports", "report.html") };
}
