/** Asking a person for their yes, in a form where the host has one, else by telling which command says it. */
import type { InputRequiredResult } from "@modelcontextprotocol/server";
import type { Approval } from "../../agent/approval.ts";
import { ToolError } from "../../errors.ts";
import type { Consents } from "./consent.ts";
import type { ToolCall } from "./said.ts";

const KEY = "consent";

export interface Agreeing {
  consents: Consents;
  call: ToolCall;
  /** The person's own way to say yes, as a command line. */
  command: string;
}

/** Undefined when they agreed, now or earlier to the same lines. Throws `ToolError` when they did not, or cannot be asked here. */
export async function agree(approval: Approval, agreeing: Agreeing): Promise<InputRequiredResult | undefined> {
  const { consents, call, command } = agreeing;
  if (await consents.given(approval)) return undefined;
  const shown = [approval.question, ...approval.lines].join("\n");
  const asked = call.asked(KEY);
  switch (asked.state) {
    case "unasked":
      return call.ask(KEY, {
        message: shown,
        fields: { agree: { type: "boolean", title: approval.question } },
        required: ["agree"],
      });
    case "answered":
      if (asked.values.agree === true) {
        await consents.give(approval);
        return undefined;
      }
      throw new ToolError("The person was asked and did not agree. Nothing was done. Ask what should be different.");
    case "declined":
      throw new ToolError(
        "The person closed the question without a yes. Nothing was done. Ask what should be different.",
      );
    case "impossible":
      throw new ToolError(
        `A person must agree to this first, and this host shows no forms. Nothing was done.\n${shown}\nAsk them to run this in a terminal of their own, where they see the same lines; do not run it for them:\n  ${command}\nThen make the same call again.`,
      );
  }
}
