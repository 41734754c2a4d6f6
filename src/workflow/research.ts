/** Step 2: what the source says of itself becomes the blueprint, each field with its claim. */
import { dirname, resolve } from "node:path";
import { blueprintSchema, requiredClaims } from "../artifacts/blueprint.ts";
import { UserError } from "../errors.ts";
import { apiDocument } from "../sources/api-document.ts";
import { readText, sha256, writeAtomically } from "../system/files.ts";
import { forgetRounds } from "./fixes.ts";
import { needRequirements, type Step } from "./step.ts";

export const researchStep: Step = {
  name: "research",
  inputs: async (context) => {
    const requirements = await needRequirements(context);
    const base = dirname(requirements.spec_address);
    // Local descriptions count by content; what lies behind an address is read again only when the spec changes.
    const local = requirements.spec.source.docs.filter((doc) => !/^https?:/i.test(doc));
    const contents = local.map(async (doc) => sha256((await readText(resolve(base, doc))) ?? ""));
    return { requirements, contents: await Promise.all(contents) };
  },
  outputs: async ({ store }) => [store.path("blueprint.json"), store.path("evidence.jsonl")],
  run: async (context) => {
    const { store, services, signal } = context;
    const requirements = await needRequirements(context);
    const kind = await services.source(requirements.spec.source.kind);
    const description = await kind.describe(requirements, {
      http: services.http,
      baseDirectory: dirname(requirements.spec_address),
      now: services.now,
      signal,
    });
    const blueprint = checkBlueprint(description.blueprint, new Set(description.evidence.map(({ id }) => id)));
    await forgetRounds(store);
    for (const [hash, text] of description.pages) await writeAtomically(store.path("pages", hash), text);
    const lines = description.evidence.map((entry) => `${JSON.stringify(entry)}\n`);
    await writeAtomically(store.path("evidence.jsonl"), lines.join(""));
    await store.write("blueprint.json", blueprint);
    const document = apiDocument({ blueprint, evidence: description.evidence });
    await writeAtomically(resolve(store.directory, `${blueprint.name}_api_doc.md`), document);
    const unproven = Object.values(blueprint.claims).filter(({ status }) => status === "unproven").length;
    const columns = blueprint.tables.reduce((sum, table) => sum + table.columns.length, 0);
    return {
      outcome: "done",
      summary:
        `${blueprint.tables.length} tables with ${columns} columns; ` +
        `${unproven} of ${Object.keys(blueprint.claims).length} claims unproven` +
        (blueprint.skipped.length > 0 ? `; ${blueprint.skipped.length} endpoints left out, each with its reason` : ""),
    };
  },
};

/** The gate: a valid blueprint whose every field has a claim, and every claim evidence that exists. */
export function checkBlueprint(draft: unknown, evidence: ReadonlySet<string>) {
  const parsed = blueprintSchema.safeParse(draft);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`The blueprint is not valid: ${issue?.path.join(".")}: ${issue?.message}.`, {
      hint: "State that part of the table in the spec.",
    });
  }
  const blueprint = parsed.data;
  const unclaimed = requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined);
  if (unclaimed.length > 0) throw new Error(`The blueprint has fields without a claim: ${unclaimed.join(", ")}`);
  for (const [key, claim] of Object.entries(blueprint.claims)) {
    const unknown = claim.evidence.filter((id) => !evidence.has(id));
    if (unknown.length > 0)
      throw new Error(`The claim ${key} cites evidence that does not exist: ${unknown.join(", ")}`);
  }
  return blueprint;
}
