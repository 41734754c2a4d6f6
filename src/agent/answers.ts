/** What a model is told when a call cannot be answered as asked: always what is wrong, and what to do instead. */
import type { z } from "zod";
import { nearest } from "../system/nearest.ts";
import type { Tool } from "./tool.ts";

/** Longest result in characters; about 6000 tokens. */
export const LONGEST_RESULT = 24_000;

/** Cut at a line's end, with how to get the rest. */
export function cutResult(text: string): string {
  if (text.length <= LONGEST_RESULT) return text;
  const lineEnd = text.lastIndexOf("\n", LONGEST_RESULT);
  // Half a surrogate pair is no text.
  const hard = /[\uD800-\uDBFF]/.test(text[LONGEST_RESULT - 1] ?? "") ? LONGEST_RESULT - 1 : LONGEST_RESULT;
  const end = lineEnd > LONGEST_RESULT * 0.8 ? lineEnd : hard;
  return `${text.slice(0, end)}\n[cut: these are the first ${end} of ${text.length} characters; for the rest ask for less at a time: another page, a later offset, a narrower part]`;
}

export function unknownTool(name: string, tools: readonly Tool[]): string {
  const names = tools.map((tool) => tool.name);
  const meant = nearest(name, names);
  return `There is no tool ${name}.${meant ? ` Did you mean ${meant}?` : ""} The tools are: ${names.join(", ")}.`;
}

export const UNREADABLE =
  "The input of this call was no whole JSON object, so nothing was run. Send the call again with complete JSON; split a long input over several calls.";
export const INTERRUPTED =
  "Interrupted: this call did not come to an end, and what it did is unknown. Look at how things stand before you repeat it.";
export const NOT_STARTED = "Interrupted before it began: nothing was done.";
export const REPEATED =
  "This is the same call with the same input for the third time in a row; it was not run, its answer is above. Do something else: another input, another tool, or finish. The next one like it ends the conversation.";
export const STUCK = "Not run: the same call with the same input for the fourth time in a row.";
export const AFTER_THE_END = "Not run: the step was finished by the call before it.";
export const BESIDE_STUCK = "Not run: the conversation ends with this reply.";

/** The issues in plain words, one a line, each with the path of its field. */
export function badInput(tool: Pick<Tool, "name">, error: z.ZodError): string {
  const lines = error.issues.flatMap((issue) => issueLines(issue, []));
  return [`The input of ${tool.name} is not as it must be; nothing was run.`, ...lines.map((line) => `- ${line}`)].join(
    "\n",
  );
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function issueLines(issue: Issue, above: Path): string[] {
  const path = [...above, ...issue.path];
  const field = path.length === 0 ? "the input" : pathText(path);
  switch (issue.code) {
    case "unrecognized_keys":
      return [`${field} has unknown fields: ${issue.keys.join(", ")}`];
    case "invalid_type":
      return [missing(issue) ? `${field} is missing` : `${field}: ${plain(issue.message)}`];
    case "invalid_value":
      return [`${field} must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`];
    case "invalid_union": {
      // The variant that fits best is the one that was meant.
      const [best] = [...issue.errors].sort((a, b) => a.length - b.length);
      if (best === undefined || best.length === 0) return [`${field}: ${plain(issue.message)}`];
      return best.flatMap((inner) => issueLines(inner, path));
    }
    default:
      return [`${field}: ${plain(issue.message)}`];
  }
}

function missing({ message }: Issue): boolean {
  return /received undefined$/.test(message);
}

/** zod's message without its own heading: `Invalid input: expected string, received number`. */
function plain(message: string): string {
  return message.replace(/^Invalid input: /, "");
}

function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}${text === "" ? "" : "."}${String(part)}`),
    "",
  );
}

/** For a call that would end the conversation in a reply whose earlier calls failed. */
export function notEnded(failed: readonly string[]): string {
  return `Not run, because ${[...new Set(failed)].join(" and ")} in this reply failed: look at the error, mend it or do without, then call this again.`;
}
