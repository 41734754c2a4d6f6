/** How a turn ended, for the person and for whoever started the program. */
import type { AgentOutcome } from "../../agent/outcome.ts";
import { EXIT, type ExitCode } from "../../errors.ts";

/** The exit code of a piped chat whose last turn ended like this. */
export function exitCodeOf(outcome: AgentOutcome): ExitCode {
  switch (outcome.kind) {
    case "done":
    case "stopped":
      return EXIT.done;
    case "limit":
      return EXIT.limit;
    case "refused":
      return EXIT.refused;
    case "truncated":
    case "stuck":
      return EXIT.notGreen;
    case "unavailable":
      return outcome.credentials ? EXIT.badInput : EXIT.notGreen;
    case "aborted":
      return EXIT.interrupted;
    default:
      return outcome satisfies never;
  }
}

/** Undefined where the model's own words are the end. */
export function endInWords(outcome: AgentOutcome): string | undefined {
  switch (outcome.kind) {
    case "done":
      return undefined;
    case "stopped":
      return outcome.text.trim() === "" ? "The model said nothing." : undefined;
    case "aborted":
      return "Interrupted. The conversation goes on with your next message.";
    case "limit":
      return `Stopped: ${outcome.text.replace(/ \(limits\.\w+ in the spec\)/, "")}. Another start of \`syncsmith\` with a higher limit goes on (--max-usd).`;
    case "refused":
      return `The model declined: ${outcome.text}`;
    case "truncated":
    case "stuck":
      return `Stopped: ${outcome.text}. Say how to go on, or /new.`;
    case "unavailable":
      return `No answer from the model: ${outcome.text.replace(/\.?$/, ".")}${outcome.credentials ? "" : " Your message is kept; say anything to try again."}`;
    default:
      return outcome satisfies never;
  }
}
