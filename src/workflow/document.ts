/** Step 6: documents for people, from blueprint and report only. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { CONTRACT } from "../artifacts/contract.ts";
import type { Report } from "../artifacts/report.ts";
import { UserError } from "../errors.ts";
import { listFiles, readText, sha256, writeAtomically } from "../system/files.ts";
import type { DocumentInput, GeneratedFile } from "../targets/target.ts";
import { toolsets } from "../tools/toolsets.ts";
import { blueprintForModel } from "../wording/blueprint.ts";
import { bytes } from "../wording/numbers.ts";
import { reportForModel } from "../wording/report.ts";
import { keepContract, reportToGiveAway } from "./contract.ts";
import { connectorDesk } from "./desks.ts";
import { writeGenerated } from "./generate.ts";
import { keepAsGenerated } from "./manifest.ts";
import { refine } from "./refine.ts";
import { needBlueprint, needRequirements, needTargets, type Step, type StepContext } from "./step.ts";

export const documentStep: Step = {
  name: "document",
  inputs: async (context) => {
    const { files: _, ...input } = await gather(context);
    return {
      ...input,
      files: input.report.code_hash,
      templates: await (await needTargets(context)).templatesHash(),
      model: context.services.agent?.modelId ?? "none",
    };
  },
  outputs: async (context) =>
    (await needRequirements(context)).spec.adopted
      ? [context.store.path("reports")]
      : (await needTargets(context)).documents.map((path) => join(context.store.directory, path)),
  run: async (context) => {
    if ((await needRequirements(context)).spec.adopted) {
      return { outcome: "skipped", summary: "adopted: its documents are its author's" };
    }
    const withoutContract = await keepContract(context, {
      blueprint: await needBlueprint(context),
      report: await needReport(context),
    });
    const input = { ...(await gather(context)), ...(withoutContract === undefined ? {} : { withoutContract }) };
    const target = await needTargets(context);
    const documents = target.document(input);
    const lacking = target.checkDocuments(documents, input);
    if (lacking.length > 0) throw new Error(`The documents lack: ${lacking.join("; ")}`);
    await writeGenerated(context, documents);
    const written = context.services.agent ? await refineDocuments(context, { input, drafted: documents }) : documents;
    return {
      outcome: "done",
      summary: [
        ...written.map(({ path, content }) => `${path} (${bytes(Buffer.byteLength(content))})`),
        withoutContract === undefined ? CONTRACT : `no ${CONTRACT}: ${withoutContract}`,
      ].join(", "),
    };
  },
};

/**
 * The model adds what a reader of the research knows and a template does not: what the data is, what to beware of. Where its
 * text does not pass the gate, the draft stands: documents are never worse for having been refined.
 */
async function refineDocuments(
  context: StepContext,
  { input, drafted }: { input: DocumentInput; drafted: readonly GeneratedFile[] },
): Promise<readonly GeneratedFile[]> {
  const { store, services } = context;
  const agent = services.agent;
  if (!agent) return drafted;
  const target = await needTargets(context);
  const paths = drafted.map(({ path }) => path);
  const locked = (path: string) =>
    paths.includes(path) ? undefined : `Only ${paths.join(" and ")} are written in this step.`;
  const connector = await connectorDesk(context, { locked });
  const now = async () =>
    Promise.all(paths.map(async (path) => ({ path, content: (await readText(join(store.directory, path))) ?? "" })));
  const gate = async () => target.checkDocuments(await now(), input);
  await refine(context, {
    agent,
    step: "document",
    inputs: { drafted: drafted.map(({ content }) => sha256(content)) },
    variables: {
      files: drafted.map(({ path, content }) => `<file path="${path}">\n${withoutSql(content)}</file>`).join("\n"),
      blueprint: blueprintForModel(input.blueprint),
      report: reportForModel(input.report),
    },
    tools: toolsets.document({ connector, gate: { gate } }),
    gate,
  });
  if ((await gate()).length > 0) {
    for (const { path, content } of drafted) await writeAtomically(join(store.directory, path), content);
  }
  await keepAsGenerated(store, paths);
  return now();
}

/** Queries for five platforms are half of a document, and nothing a model should touch. */
function withoutSql(text: string): string {
  return text.replace(
    /^```sql\n([\s\S]*?)^```$/gm,
    (_, sql: string) => `[SQL, ${sql.split("\n").length - 1} lines, not shown]`,
  );
}

async function gather(context: StepContext): Promise<DocumentInput> {
  const { store } = context;
  const { destination } = (await needRequirements(context)).spec;
  return {
    blueprint: await needBlueprint(context),
    report: reportToGiveAway(await needReport(context)),
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
