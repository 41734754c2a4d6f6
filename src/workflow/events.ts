/**
 * What a run says. Every event is appended to `run.jsonl` before anything else sees it: what is shown, what a run resumes
 * from and what is audited are the same lines.
 */
import type { AgentEvent } from "../agent/events.ts";
import type { ExitCode } from "../errors.ts";

export const STEP_NAMES = [
  "requirements",
  "research",
  "generate",
  "test",
  "fix",
  "document",
  "deploy",
  "verify",
] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** What is at work: a step, or what is done with a connector that has been through the steps. */
export type Work = StepName | "enhance" | "ask";

export type RunEvent =
  | {
      type: "run-started";
      run: string;
      connector: string;
      spec: string;
      model: string;
      version: string;
      provider?: string;
      testMode?: string;
      depth?: string;
    }
  | { type: "step-started"; step: Work; round: number }
  /** The step's inputs are those of its last result, which is kept. */
  | { type: "step-fresh"; step: StepName; round: number; summary: string }
  | { type: "progress"; step: Work; text: string }
  | {
      type: "step-ended";
      step: Work;
      round: number;
      outcome: StepOutcomeKind;
      summary: string;
      milliseconds: number;
    }
  | { type: "note"; text: string }
  /** What a model does in a step, or in a conversation with a person. */
  | { type: "agent"; step: Work | "chat"; event: AgentEvent }
  /** A line the connector printed, where that was asked for. */
  | { type: "connector-log"; text: string }
  | {
      type: "run-ended";
      outcome: "green" | "not-green" | "error" | "interrupted";
      exitCode: ExitCode;
      summary: string;
    };

/** `failed` is an honest end (a red report); errors are thrown. */
export type StepOutcomeKind = "done" | "failed" | "skipped";

/** As it is stored and sent: with its time and connector. */
export type StoredEvent = RunEvent & { time: string; connector: string };

export type Emit = (event: RunEvent) => void;
