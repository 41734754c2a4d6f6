/** Step 3: the connector's files. A file that a person has edited is never overwritten unasked. */
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { UserError } from "../errors.ts";
import { listFiles, readText, sha256, writeAtomically } from "../system/files.ts";
import type { GeneratedFile } from "../targets/target.ts";
import { NOT_FILES } from "../tools/list-files.ts";
import { toolsets } from "../tools/toolsets.ts";
import { blueprintForModel } from "../wording/blueprint.ts";
import { adoptedCode, hashAdopted, takeOver } from "./adopt.ts";
import { connectorDesk } from "./desks.ts";
import { readFixes } from "./fixes.ts";
import { remember } from "./history.ts";
import { keepAsGenerated, readManifest, writeMadeOf, writeManifest } from "./manifest.ts";
import { allPatches, patched, patchesSince, readRefinement, writeRefinement } from "./patches.ts";
import { refine, whyUnfinished } from "./refine.ts";
import {
  needBlueprint,
  needClient,
  needKind,
  needRequirements,
  needTargets,
  type Step,
  type StepContext,
  type StepResult,
} from "./step.ts";

export const generateStep: Step = {
  name: "generate",
  inputs: async (context) => ({
    blueprint: await needBlueprint(context),
    layout: (await needRequirements(context)).spec.layout,
    templates: [await (await needTargets(context)).templatesHash(), await (await needKind(context)).templatesHash()],
    patches: await allPatches(context.store),
    ...(await adoptedInputs(context)),
  }),
  outputs: async ({ store }) => Object.keys(await readManifest(store)).map((path) => join(store.directory, path)),
  run: async (context) => {
    const blueprint = await needBlueprint(context);
    const requirements = await needRequirements(context);
    if (requirements.spec.adopted) return takeOver(context, { requirements, blueprint });
    const { layout } = requirements.spec;
    const targets = await needTargets(context);
    const client = await needClient(context);
    const drafted = await targets.generate(blueprint, { layout, client });
    const { files, conflicts } = patched(drafted, await allPatches(context.store));
    await remember(context.store, context.round > 1 ? `generate ${context.round}` : "generate", context.services.now);
    // Killed while a model was editing: the conversation goes on, over the files as they are.
    const goesOn = (await readRefinement(context.store))?.drafted === begun(drafted);
    if (!goesOn) await writeGenerated(context, files);
    await writeMadeOf(context.store, blueprint);
    const open = await openEnds(context, { blueprint, drafted, conflicts });
    if (open.length > 0 && context.services.agent) await refineCode(context, { blueprint, drafted, open });
    return judgeCode(context, conflicts);
  },
};

async function adoptedInputs(context: StepContext): Promise<object> {
  const requirements = await needRequirements(context);
  const code = adoptedCode(requirements);
  return code === undefined ? {} : { adopted: requirements.spec.adopted, code: await hashAdopted(code) };
}

/** The gate: what lint blocks is not run. */
async function judgeCode(context: StepContext, conflicts: readonly string[]): Promise<StepResult> {
  const { store } = context;
  const findings = await (await needTargets(context)).lint(store.directory);
  const blockers = findings.filter(({ severity }) => severity === "blocker");
  const paths = Object.keys(await readManifest(store));
  const contents = await Promise.all(paths.map((path) => readText(join(store.directory, path))));
  const lines = contents.reduce((sum, content) => sum + (content ?? "").split("\n").length - 1, 0);
  const lost =
    conflicts.length > 0 ? `; an earlier change of ${conflicts.join(", ")} no longer fits and was left out` : "";
  if (blockers.length === 0) {
    return { outcome: "done", summary: `${paths.length} files, ${lines} lines, no lint blocker${lost}` };
  }
  const first = blockers[0];
  return {
    outcome: "failed",
    summary: `lint has ${blockers.length} blockers, the first: ${first?.file}:${first?.line} ${first?.message}${lost}`,
  };
}

interface Drafted {
  blueprint: Blueprint;
  drafted: readonly GeneratedFile[];
}

/** What the templates could not do: the reason to ask a model. Empty when it has been asked for this very code. */
async function openEnds(
  context: StepContext,
  { blueprint, drafted, conflicts }: Drafted & { conflicts: readonly string[] },
): Promise<string[]> {
  const { store } = context;
  const blockers = (await (await needTargets(context)).lint(store.directory)).filter(
    ({ severity }) => severity === "blocker",
  );
  const settled = (await readRefinement(store))?.drafted === hashOf(drafted);
  return [
    ...(settled ? [] : blueprint.custom),
    ...conflicts.map((path) => `An earlier change of ${path} no longer fits the generated code: make it again.`),
    ...blockers.map(({ file, line, rule, message }) => `Lint blocks ${file}:${line} (${rule}): ${message}`),
  ];
}

/** The model writes what templates cannot; what it changed is kept as patches on top of them. */
async function refineCode(
  context: StepContext,
  { blueprint, drafted, open }: Drafted & { open: string[] },
): Promise<void> {
  const { store, services } = context;
  const agent = services.agent;
  if (!agent) return;
  const earlier = await readRefinement(store);
  await writeRefinement(store, {
    drafted: begun(drafted),
    patches: earlier?.patches ?? [],
    fixes: earlier?.fixes ?? 0,
  });
  const desk = await connectorDesk(context, { locked: lockedCode });
  const gate = async () => {
    const blockers = (await desk.lint()).filter(({ severity }) => severity === "blocker");
    return blockers.map(
      ({ file, line, rule, message, mend }) => `Lint blocks ${file}:${line} (${rule}): ${message} ${mend}`,
    );
  };
  const outcome = await refine(context, {
    agent,
    step: "generate",
    inputs: { drafted: hashOf(drafted), open },
    variables: {
      custom: open.map((line) => `- ${line}`).join("\n"),
      files: drafted.map(({ path, content }) => `${path} (${content.split("\n").length} lines)`).join("\n"),
      blueprint: blueprintForModel(blueprint),
    },
    tools: toolsets.generate({ connector: desk, skills: agent, person: agent, gate: { gate } }),
    gate,
  });
  const paths = (await listFiles(store.directory, NOT_FILES)).filter((path) => lockedCode(path) === undefined);
  const before = drafted.filter(({ path }) => lockedCode(path) === undefined);
  // Cut short, the code is asked for again at the next run.
  const settled = whyUnfinished(outcome) === undefined;
  await writeRefinement(store, {
    drafted: settled ? hashOf(drafted) : "unfinished",
    patches: await patchesSince(before, store.directory, paths),
    fixes: (await readFixes(store)).length,
  });
  await keepAsGenerated(store, paths);
}

/** Marks that a model is at work on this very draft. */
function begun(files: readonly GeneratedFile[]): string {
  return `begun ${hashOf(files)}`;
}

function hashOf(files: readonly GeneratedFile[]): string {
  return sha256(JSON.stringify(files));
}

/** Files that no model may write: tests come with the code, documents are written later, the configuration is the person's. */
export function lockedCode(path: string): string | undefined {
  if (/(^|\/)tests\//.test(path)) return `${path} is a test: tests are outside your reach. Make the code right.`;
  if (/\.(py|txt)$/.test(path)) return undefined;
  return `${path} is not written in this step: only Python files and requirements.txt are.`;
}

/** What people put real values into. */
function isConfiguration(path: string): boolean {
  return /(^|\/)(configuration|dev_config)\.json$/.test(path);
}

/** Writes all files, or none when one of them has local edits and `--force` was not given. */
export async function writeGenerated(
  { store, options }: Pick<StepContext, "store" | "options">,
  files: readonly GeneratedFile[],
): Promise<void> {
  const manifest = await readManifest(store);
  const edited: { path: string; diff: string }[] = [];
  for (const { path, content } of files) {
    const present = await readText(join(store.directory, path));
    if (present === undefined || present === content || sha256(present) === manifest[path]) continue;
    // Real values may be in it: it is named, and not shown.
    const diff = isConfiguration(path) ? "" : createTwoFilesPatch(path, path, present, content, "yours", "generated");
    edited.push({ path, diff });
  }
  if (edited.length > 0 && !options.force) {
    const diff = edited.map((file) => file.diff).join("\n");
    throw new UserError(
      `${edited.map(({ path }) => path).join(", ")} in ${store.directory} changed since they were generated:\n${diff}`,
      {
        hint: "Keep your edits by moving them elsewhere, or overwrite them with --force.",
      },
    );
  }
  for (const { path, content } of files) {
    // configuration.json holds placeholders, but people put real values into it.
    await writeAtomically(join(store.directory, path), content, isConfiguration(path) ? 0o600 : 0o644);
    manifest[path] = sha256(content);
  }
  await writeManifest(store, manifest);
}
