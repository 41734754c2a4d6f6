/** enhance_connector: a connector that is there, changed on a copy and held against what it did before, after a person's yes. */
import { z } from "zod";
import type { Approval } from "../agent/approval.ts";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { sha256 } from "../system/files.ts";
import { counted } from "../wording/numbers.ts";
import { type BuildDesk, type BuildResult, type LoadedForBuild, stakes } from "./build-connector.ts";

export interface Enhancing {
  connector: string;
  what?: string | undefined;
  spec?: string | undefined;
}

export interface ToEnhance extends LoadedForBuild {
  /** What is asked for in words: all that is passed on, and in one line. */
  wanted: { text: string; title: string } | undefined;
  /** A changed spec is given: `spec` is that one. */
  changed: boolean;
}

export interface Enhanced extends BuildResult {
  /** What it does otherwise than before, and where that is written down. */
  lines: readonly string[];
}

/** For enhance_connector. */
export interface EnhanceDesk extends Pick<BuildDesk, "approve" | "model" | "redact"> {
  /** What is asked for, and of which connector. Throws `UserError`. */
  load(asked: Enhancing): Promise<ToEnhance>;
  /** Events and the difference are shown by whoever lays out the desk. */
  enhance(asked: Enhancing, loaded: ToEnhance, signal: AbortSignal): Promise<Enhanced>;
}

/** What every front end offers under this name. */
export const ENHANCE_CONNECTOR = {
  name: "enhance_connector",
  title: "Enhance connector",
  description:
    "Change a connector that is there, ours or an adopted one: on a copy, proven, and held against what it did before (rows, " +
    "requests, state, keys and types). Only green is taken over.",
  input: z.strictObject({
    connector: z.string().min(1),
    what: z.string().min(1).optional().describe("what should be different, in words; a filled-in template whole"),
    spec: z.string().min(1).optional().describe("path of a changed spec in the project"),
  }) as z.ZodType<Enhancing>,
  effect: "execute",
} as const;

export const NOTHING_ASKED = "Nothing is asked for: give `what`, in words, or `spec`, a changed spec.";

export function enhanceConnector(desk: EnhanceDesk): Tool {
  return defineTool<Enhancing>({
    ...ENHANCE_CONNECTOR,
    describe: ({ connector, what, spec }) => desk.redact(`${connector} ${what?.split("\n")[0] ?? spec ?? ""}`),
    run: async (asked, { signal }) => {
      if (asked.what === undefined && asked.spec === undefined) throw new ToolError(NOTHING_ASKED);
      const loaded = await desk.load(asked);
      if (!(await desk.approve(enhanceApproval(desk, loaded)))) {
        throw new ToolError(
          "Not enhanced: refused.\nThe person did not say yes. Ask what should be different before you call it again.",
        );
      }
      if ((await desk.load(asked)).hash !== loaded.hash) {
        throw new ToolError(
          "Not enhanced: the spec changed after the person said yes. Call it again: they will be asked anew.",
        );
      }
      const { outcome, summary, lines } = await desk.enhance(asked, loaded, signal);
      const text = desk.redact([`${enhancedWord(outcome)}: ${summary}`, ...lines, NEXT[outcome]].join("\n"));
      return { text, outcome: desk.redact(`${enhancedWord(outcome)}: ${summary}`), data: { outcome } };
    },
  });
}

const NEXT: { readonly [O in BuildResult["outcome"]]: string } = {
  green: "Say what it does otherwise; a re-sync that it needs first.",
  "not-green": "Say why, and what the person could ask for instead.",
  interrupted: "The connector is as it was; the same call goes on where this one was.",
  error: "The connector is as it was. The message says who must act.",
};

/** How one ended, in a word. */
export function enhancedWord(outcome: BuildResult["outcome"]): string {
  return { green: "taken over", "not-green": "not taken over", interrupted: "interrupted", error: "error" }[outcome];
}

/** Of a longer request the beginning is shown, and how much more there is: a yes is for all of it. */
const SHOWN = { lines: 30, characters: 4000 };

/** A model may have written it, and its first line need not be what the others say. */
function askedLines({ text, title }: { text: string; title: string }): string[] {
  const lines = text.split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/).filter((line) => line.trim() !== "");
  if (lines.length === 1 && lines[0]?.trim() === title) return [`asked for: ${title}`];
  const shown: string[] = [];
  let left = SHOWN.characters;
  for (const line of lines.slice(0, SHOWN.lines)) {
    if (left <= 0) break;
    shown.push(`| ${line.slice(0, left)}`);
    left -= line.length;
  }
  const missing = left < 0 ? -left : 0;
  const more = [
    ...(missing > 0 ? [`${counted(missing, "character")} of this line`] : []),
    ...(lines.length > shown.length ? [counted(lines.length - shown.length, "line")] : []),
  ];
  const rest =
    more.length === 0
      ? []
      : [`| and ${more.join(" and ")} more, not shown here (sha256 of the whole ${sha256(text).slice(0, 12)})`];
  return [`asked for: ${title}`, ...shown, ...rest];
}

function enhanceApproval(desk: EnhanceDesk, loaded: ToEnhance): Approval {
  const { wanted, changed, path, hash, directory, spec } = loaded;
  const lines = [
    ...(wanted === undefined ? [] : askedLines(wanted)),
    ...(changed ? [`the spec becomes: ${path} (sha256 ${hash.slice(0, 12)})`] : []),
    `changed on a copy: it takes the place of ${directory} only if it is green and no row is lost by it`,
    ...stakes(desk, loaded),
  ];
  return { question: `Enhance ${spec.name}?`, lines: lines.map(desk.redact) };
}
