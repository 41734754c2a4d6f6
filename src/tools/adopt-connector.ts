/** adopt_connector: a connector that was written elsewhere, drafted as a spec to prove it by, after a person's yes. */
import { z } from "zod";
import type { Approval, Approve } from "../agent/approval.ts";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { counted } from "../wording/numbers.ts";

export interface DraftedSpec {
  /** The spec as YAML, with a question mark where something is missing. */
  text: string;
  /** What is to be completed, one line each: `source.base_url: …`. */
  missing: string[];
}

/** A folder, and what the connector in it is to be called. */
export interface Adopting {
  directory: string;
  name?: string | undefined;
}

/** For adopt_connector. */
export interface AdoptDesk {
  approve: Approve;
  /** The folder, absolute. Throws `UserError` where there is none, or it needs no adopting. */
  locate(adopting: Adopting): Promise<string>;
  /** What a yes means besides running `schema()`. */
  alsoMeans: readonly string[];
  draft(adopting: Adopting, signal: AbortSignal): Promise<DraftedSpec>;
  /** How the model comes to what is missing. */
  next: string;
  redact(text: string): string;
}

/** What every front end offers under this name. */
export const ADOPT_CONNECTOR = {
  name: "adopt_connector",
  title: "Adopt connector",
  description:
    "Read a connector that was written elsewhere and draft the spec to prove it by: what its code tells, and what is still to be " +
    "said. Complete it from its code and documentation, then propose_spec and build_connector. Its code is copied, never changed.",
  input: z.strictObject({
    directory: z.string().min(1).describe("the connector's folder"),
    name: z.string().min(1).optional().describe("default: the folder's name"),
  }) as z.ZodType<Adopting>,
  effect: "execute",
} as const;

export function adoptConnector(desk: AdoptDesk): Tool {
  return defineTool<Adopting>({
    ...ADOPT_CONNECTOR,
    describe: ({ directory }) => desk.redact(directory),
    run: async ({ directory: given, name }, { signal }) => {
      const directory = await desk.locate({ directory: given, name });
      const { question, lines } = adoptApproval(directory);
      if (!(await desk.approve({ question, lines: [...lines, ...desk.alsoMeans] }))) {
        throw new ToolError(
          "Not adopted: refused.\nThe person did not say yes, and nothing was run. Ask what should be different.",
        );
      }
      const draft = await desk.draft({ directory, name }, signal);
      const open = draft.missing.length;
      const text = desk.redact(`${draftInWords(draft)}\n${desk.next}`);
      return { text, outcome: open === 0 ? "a whole spec" : `a spec with ${counted(open, "open question")}` };
    },
  });
}

/** Drafting a spec asks the code for its tables. */
export function adoptApproval(directory: string): Approval {
  return {
    question: "Ask this connector for its schema?",
    lines: [`runs here: schema() of the code in ${directory}, kept from the network and from other folders`],
  };
}

const NOTATION =
  "Under adopted.configuration stand the connector's own keys: a value as it is, or {base_url}, or what source.auth holds: " +
  "{api_token} (bearer), {api_key}, {username} and {password} (basic), {client_id} and {client_secret}. The tables are the source's; where the " +
  "connector calls them otherwise, adopted.tables says so: shipments: { name: shipment, columns: { id: shipment_id }, added: [columns of its own] }.";

export function draftInWords({ text, missing }: DraftedSpec): string {
  const open = missing.map((line) => `- ${line}`).join("\n");
  const parts = [`The spec, as far as the code tells it:\n${text.trimEnd()}`, NOTATION];
  return [...parts, ...(open === "" ? [] : [`Still to be completed (a question mark is no value):\n${open}`])].join(
    "\n\n",
  );
}
