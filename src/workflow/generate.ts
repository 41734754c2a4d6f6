/** Step 3: the connector's files. A file that a person has edited is never overwritten unasked. */
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { readText, sha256, writeAtomically } from "../system/files.ts";
import type { GeneratedFile } from "../targets/target.ts";
import { needBlueprint, needRequirements, type Step, type StepContext } from "./step.ts";
import type { Store } from "./store.ts";

/** Which files were written, and what they held: path -> SHA-256. */
const manifestSchema = z.record(z.string(), z.string());
const MANIFEST = "generated.json";

export const generateStep: Step = {
  name: "generate",
  inputs: async (context) => ({
    blueprint: await needBlueprint(context),
    layout: (await needRequirements(context)).spec.layout,
    templates: await (await context.services.target()).templatesHash(),
  }),
  outputs: async ({ store }) => Object.keys(await readManifest(store)).map((path) => join(store.directory, path)),
  run: async (context) => {
    const blueprint = await needBlueprint(context);
    const { layout } = (await needRequirements(context)).spec;
    const target = await context.services.target();
    const files = await target.generate(blueprint, { layout });
    await writeGenerated(context, files);
    const findings = await target.lint(context.store.directory);
    const blockers = findings.filter(({ severity }) => severity === "blocker");
    const lines = files.reduce((sum, { content }) => sum + content.split("\n").length - 1, 0);
    if (blockers.length > 0) {
      const first = blockers[0];
      return {
        outcome: "failed",
        summary: `lint has ${blockers.length} blockers, the first: ${first?.file}:${first?.line} ${first?.message}`,
      };
    }
    return { outcome: "done", summary: `${files.length} files, ${lines} lines, no lint blocker` };
  },
};

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
    edited.push({ path, diff: createTwoFilesPatch(path, path, present, content, "yours", "generated") });
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
    await writeAtomically(join(store.directory, path), content, path === "configuration.json" ? 0o600 : 0o644);
    manifest[path] = sha256(content);
  }
  await store.write(MANIFEST, manifest);
}

async function readManifest(store: Store): Promise<Record<string, string>> {
  return (await store.read(MANIFEST, manifestSchema)) ?? {};
}
