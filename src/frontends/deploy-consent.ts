/**
 * A person's yes on the command line, to a deployment and to a sync on the platform: each by a question in a terminal, or by
 * an option of its own (`--yes-deploy`, `--yes-sync`) where nobody sits.
 */
import { createInterface } from "node:readline/promises";
import type { Approval } from "../agent/approval.ts";
import { type CommandContext, isAutomated } from "../options.ts";
import type { Emit } from "../workflow/events.ts";
import type { Consent, Services } from "../workflow/step.ts";

export interface Asking {
  /** Agreed to beforehand. */
  yes: boolean;
  /** Only one connector is at work: a question is about it. */
  alone: boolean;
  /** Before something is asked. */
  clear: () => void;
}

/** Undefined where nobody agreed and nobody can be asked. What would happen is told, and logged, before it is agreed to. */
export function commandConsent(
  { yes, alone, clear }: Asking,
  { json, signal, environment }: CommandContext,
  emit: Emit,
): Services["consent"] {
  const tell = ({ question, lines }: Approval) => {
    emit({ type: "note", text: question });
    for (const line of lines) emit({ type: "note", text: `  ${line}` });
  };
  if (yes) {
    return async (approval) => {
      tell(approval);
      return "yes";
    };
  }
  // Some CI services give their jobs a terminal: nobody sits there.
  const watched = !isAutomated(environment) && process.stdin.isTTY && process.stderr.isTTY;
  if (json || !alone || !watched) return undefined;
  return async (approval): Promise<Consent> => {
    tell(approval);
    clear();
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await reader.question("Yes or no? ", { signal }).finally(() => reader.close());
    return /^y(es)?$/i.test(answer.trim()) ? "yes" : "no";
  };
}
