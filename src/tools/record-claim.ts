/** record_claim: what fields of the blueprint rest on. A program looks every quotation up and asks whether it bears on the field. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { type Claim, requiredClaims, SOURCE_FIELDS, TABLE_FIELDS } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { ToolError } from "../errors.ts";
import { bearingProblem, columnsNamed } from "../research/bearing.ts";
import { settleClaims } from "../research/findings.ts";
import type { Notebook } from "../research/notebook.ts";
import { secondSourceProblems } from "../research/second-source.ts";
import { nearest } from "../system/nearest.ts";
import type { ResearchDesk } from "./desk.ts";

/** Shorter reasons say nothing that a reader could check. */
const MIN_REASON = 15;

const entrySchema = z.strictObject({
  field: z.string().describe("source.auth, tables.orders.primary_key, …"),
  status: z
    .enum(["documented", "unproven", "contradicted"])
    .describe("documented becomes probed where a probe is cited; contradicted: two sources disagree"),
  quotations: z
    .array(
      z.strictObject({
        page: z.string().describe("P1"),
        text: z.string().describe("copied letter for letter, at most 300 characters, nothing left out"),
      }),
    )
    .optional(),
  probes: z.array(z.string()).optional().describe("ids of probe evidence: E7"),
  note: z
    .string()
    .optional()
    .describe("what a reader should know; why another page does not count: “the changelog (P2) is older”"),
  reason: z
    .string()
    .optional()
    .describe("unproven: where you looked; contradicted: what was taken and what the other side says"),
});
type Entry = z.infer<typeof entrySchema>;
const inputSchema = z.strictObject({ claims: z.array(entrySchema).min(1).max(100) });

export function recordClaim(desk: Pick<ResearchDesk, "notebook">): Tool {
  return defineTool<z.infer<typeof inputSchema>>({
    name: "record_claim",
    title: "Record claims",
    description:
      "Say what fields of the blueprint rest on, many per call. Every quotation is looked up in its page and must be about the " +
      "field, every probe about its table; each claim is accepted or refused by itself. Notes and reasons are printed in documents " +
      "whose readers have neither page nor evidence ids: name pages and probes by what they are (“the page on lists”, “page 2 of " +
      "/orders”), with an id at most in brackets.",
    input: inputSchema,
    effect: "write",
    describe: ({ claims }) =>
      claims
        .map(({ field, status }) => `${field} ${status}`)
        .join(", ")
        .slice(0, 200),
    run: async ({ claims }) => {
      const { notebook } = desk;
      const recorded: Record<string, Claim> = {};
      const lines: string[] = [];
      for (const entry of claims) {
        const answer = await answerTo(notebook, entry);
        lines.push(answer.line);
        if (answer.claim !== undefined) recorded[answer.key] = answer.claim;
      }
      await notebook.setClaims({ ...notebook.claims(), ...recorded });
      const done = lines.filter((line) => line.startsWith("ok")).length;
      const words = `${done} recorded, ${lines.length - done} refused`;
      return {
        text: [...lines, words, ...(await standing(notebook, recorded))].join("\n"),
        outcome: words,
        data: { recorded },
      };
    },
  });
}

interface Answer {
  key: string;
  line: string;
  claim?: Claim;
}

async function answerTo(notebook: Notebook, entry: Entry): Promise<Answer> {
  const key = entry.field.trim();
  try {
    checkKey(notebook, key);
    const claim = await claimOf(notebook, { ...entry, field: key });
    return {
      key,
      line: `ok ${key}: ${claim.status}${words(claim.evidence)}${await aside(notebook, key, claim)}`,
      claim,
    };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { key, line: `refused ${key}: ${error.message}` };
  }
}

/** A claim for a table that is not proposed yet is kept: it is judged when the table comes. */
function checkKey(notebook: Notebook, key: string): void {
  if (key.startsWith("source.")) {
    const known = SOURCE_FIELDS.map((field) => `source.${field}`);
    if (known.includes(key)) return;
    throw new ToolError(
      `there is no such field.${meant(nearest(key, known))} Fields of the source: ${known.join(", ")}.`,
    );
  }
  const names = (notebook.proposal()?.tables ?? []).map(({ name }) => name);
  // Names of tables may hold dots.
  const table = names.find((name) => key.startsWith(`tables.${name}.`)) ?? /^tables\.([^.]+)\./.exec(key)?.[1];
  const fields: readonly string[] = TABLE_FIELDS;
  if (table === undefined) {
    throw new ToolError(
      "a field is called source.<field> or tables.<table>.<field>, such as tables.orders.primary_key.",
    );
  }
  const field = key.slice(`tables.${table}.`.length);
  if (fields.includes(field)) return;
  const close = fields.find((one) => one.endsWith(`.${field}`)) ?? nearest(field, fields);
  throw new ToolError(
    `there is no such field.${meant(close && `tables.${table}.${close}`)} Fields of a table: ${fields.join(", ")}.`,
  );
}

function meant(name: string | undefined): string {
  return name === undefined || name === "" ? "" : ` Did you mean ${name}?`;
}

async function claimOf(notebook: Notebook, entry: Entry): Promise<Claim> {
  const probes = (entry.probes ?? []).map((id) => probeNamed(notebook, id));
  const quoted: Evidence[] = [];
  for (const { page, text } of entry.quotations ?? []) quoted.push(await notebook.cite({ page, quotation: text }));
  if (quoted.some(withoutAnswer))
    throw new ToolError("what a person was asked says nothing by itself: quote the answer with it, in one quotation.");
  const cited = [...new Map([...quoted, ...probes].map((one) => [one.id, one])).values()];
  const evidence = cited.map(({ id }) => id);
  const proposal = notebook.proposal();
  const wrong = proposal && bearingProblem(proposal, entry.field, { evidence: cited, findings: notebook.findings() });
  const note = entry.note?.trim() ?? "";
  // What has a reason has no note of its own: a reader gets one text.
  const reason = joined(entry.reason?.trim() ?? "", note);
  if (entry.status === "unproven") {
    if (reason.length < MIN_REASON)
      throw new ToolError("unproven needs a reason of substance: where you looked, and what is missing there.");
    return { status: "unproven", reason, evidence };
  }
  if (entry.status === "contradicted") {
    if (cited.length < 2)
      throw new ToolError("contradicted needs both sides: at least two pieces of evidence, quotations or probes.");
    if (reason.length < MIN_REASON)
      throw new ToolError("contradicted needs a reason: what was taken, and what the other side says.");
  }
  if (cited.length === 0)
    throw new ToolError(
      "documented needs a quotation of a page or a probe. Without one it is unproven, with the reason.",
    );
  if (wrong !== undefined) throw new ToolError(wrong.replace(`${entry.field}: `, ""));
  if (entry.status === "contradicted") return { status: "contradicted", reason, evidence };
  return { status: probes.length > 0 ? "probed" : "documented", evidence, ...(note === "" ? {} : { note }) };
}

/** A question put to a person is a model's own text. */
function withoutAnswer({ kind, pointer, quotation }: Evidence): boolean {
  return kind === "user" && pointer === undefined && !/^Answer: ./m.test(quotation);
}

function joined(reason: string, note: string): string {
  if (reason === "" || note === "") return reason + note;
  return `${reason}${/[.!?…”")]$/.test(reason) ? "" : "."} ${note}`;
}

function probeNamed(notebook: Notebook, id: string): Evidence {
  const found = notebook.evidence().find((entry) => entry.id.toLowerCase() === id.trim().toLowerCase());
  if (found?.kind === "probe") return found;
  const probes = notebook
    .evidence()
    .filter(({ kind }) => kind === "probe")
    .map((entry) => entry.id);
  const why = found === undefined ? `there is no evidence ${id}` : `${id} is a quotation, not a probe`;
  throw new ToolError(
    `${why}. Probes: ${probes.join(", ") || "none yet: propose_blueprint asks the source, and so does probe_source where there is one"}.`,
  );
}

function words(evidence: readonly string[]): string {
  return evidence.length === 0 ? "" : ` (${evidence.join(", ")})`;
}

/** What is good to know about a claim that was accepted. */
async function aside(notebook: Notebook, key: string, claim: Claim): Promise<string> {
  const proposal = notebook.proposal();
  const table = proposal?.tables.find(({ name }) => key.startsWith(`tables.${name}.`));
  if (key.startsWith("tables.") && table === undefined) return "; kept until the table is proposed";
  if (table === undefined || key !== `tables.${table.name}.columns` || claim.status === "unproven") return "";
  const hashes = notebook
    .evidence()
    .filter(({ id }) => claim.evidence.includes(id))
    .map(({ hash }) => hash);
  const texts: string[] = [];
  for (const page of notebook.pages()) if (hashes.includes(page.hash)) texts.push(await notebook.text(page.id));
  if (texts.length === 0) return "";
  const { named, missing } = columnsNamed(table, texts.join("\n"));
  const lacking =
    missing.length === 0 ? "" : `, not ${missing.slice(0, 12).join(", ")}${missing.length > 12 ? ", …" : ""}`;
  return `; the cited pages name ${named.length} of ${table.columns.length} columns${lacking}`;
}

/** What is open after this call, as far as claims go. */
async function standing(notebook: Notebook, recorded: Readonly<Record<string, Claim>>): Promise<string[]> {
  const proposal = notebook.proposal();
  if (proposal === undefined || proposal.tables.length === 0) return [];
  const settled = settleClaims(proposal, notebook.claims(), notebook.findings());
  const open = requiredClaims(proposal).filter((key) => settled[key] === undefined);
  const fresh = Object.fromEntries(Object.entries(recorded).filter(([key]) => settled[key]?.status === "documented"));
  return [
    ...(await secondSourceProblems(notebook, proposal, fresh)),
    ...(open.length === 0 ? [] : [`Still without a claim: ${open.join(", ")}`]),
  ];
}
