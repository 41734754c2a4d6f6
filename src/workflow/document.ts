/** Step 6: documents for people, from blueprint and report only. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Report } from "../artifacts/report.ts";
import { UserError } from "../errors.ts";
import { listFiles } from "../system/files.ts";
import type { DocumentInput } from "../targets/target.ts";
import { bytes } from "../wording/numbers.ts";
import { writeGenerated } from "./generate.ts";
import { needBlueprint, needRequirements, type Step, type StepContext } from "./step.ts";

export const documentStep: Step = {
  name: "document",
  inputs: async (context) => {
    const { files: _, ...input } = await gather(context);
    return {
      ...input,
      files: input.report.code_hash,
      templates: await (await context.services.target()).templatesHash(),
    };
  },
  outputs: async ({ store }) => [join(store.directory, "README.md"), join(store.directory, "DEPLOYMENT.md")],
  run: async (context) => {
    const input = await gather(context);
    const target = await context.services.target();
    const documents = target.document(input);
    const lacking = target.checkDocuments(documents, input);
    if (lacking.length > 0) throw new Error(`The documents lack: ${lacking.join("; ")}`);
    await writeGenerated(context, documents);
    return {
      outcome: "done",
      summary: documents.map(({ path, content }) => `${path} (${bytes(Buffer.byteLength(content))})`).join(", "),
    };
  },
};

async function gather(context: StepContext): Promise<DocumentInput> {
  const { store } = context;
  const { destination } = (await needRequirements(context)).spec;
  return {
    blueprint: await needBlueprint(context),
    report: await needReport(context),
    evidence: await store.readEvidence(),
    files: await connectorFiles(store.directory),
    ...(destination ? { destination } : {}),
  };
}

export async function needReport({ store }: Pick<StepContext, "store">): Promise<Report> {
  const report = await store.readReport();
  if (!report) {
    throw new UserError(`${store.directory} has not been tested.`, { hint: "Run `syncsmith test` first." });
  }
  return report;
}

/** The connector's own text files, without what a sync leaves behind. */
export async function connectorFiles(directory: string): Promise<{ path: string; content: string }[]> {
  const paths = await listFiles(directory, ["files", "__pycache__", "crash-reports"]);
  return Promise.all(paths.map(async (path) => ({ path, content: await readFile(join(directory, path), "utf8") })));
}

/** What the deploy and verify steps compare a deployment with. */
export function expectedRows({ tables }: Report, { tables: planned }: Blueprint): Record<string, number> {
  const rows = new Map(tables.map(({ name, rows: count }) => [name, count]));
  return Object.fromEntries(planned.map(({ name }) => [name, rows.get(name) ?? 0]));
}
