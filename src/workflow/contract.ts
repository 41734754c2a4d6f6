/** The contract tests that a connector ships with: written once its code is proven, taken away when its code is another. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { CONTRACT, PROOF } from "../artifacts/contract.ts";
import type { Report } from "../artifacts/report.ts";
import { makeContract } from "../proof/contract/contract.ts";
import { codeFiles } from "../proof/prove.ts";
import { reportMarkdown } from "../proof/report/markdown.ts";
import { readText, sha256 } from "../system/files.ts";
import { withoutMachinePaths } from "../system/machine-paths.ts";
import type { GeneratedFile } from "../targets/target.ts";
import { writeGenerated } from "./generate.ts";
import { readManifest, writeManifest } from "./manifest.ts";
import { needKind, needTargets, type StepContext } from "./step.ts";
import type { Store } from "./store.ts";

/** Which code the tests that are there were made for, or why there are none. */
const contractSchema = z.strictObject({ code_hash: z.string(), missing: z.string().optional() });
const CONTRACT_FILE = "contract.json";

const ONLY_QUICK = "they are made of a full test, and this one was quick";

/**
 * Tests for this very code, unless they are there. Returns why there are none, as a clause. A quick test has shown too
 * little for tests to be made of it; it leaves those that a full one of the same code has brought.
 */
export async function keepContract(
  context: StepContext,
  { blueprint, report }: { blueprint: Blueprint; report: Report },
): Promise<string | undefined> {
  const { store } = context;
  const known = await store.read(CONTRACT_FILE, contractSchema);
  if (known?.code_hash === report.code_hash && (known.missing !== undefined || (await isWhole(store)))) {
    return known.missing;
  }
  if (!report.green) return await without(store, "this code is not proven");
  if (report.depth === "quick") return await without(store, ONLY_QUICK);
  const made = await makeParts(context, { blueprint, report });
  await removeOthers(store, "missing" in made ? [] : made.files);
  if ("missing" in made) {
    await store.write(CONTRACT_FILE, { code_hash: report.code_hash, missing: made.missing });
    return made.missing;
  }
  await writeGenerated(context, made.files);
  await store.write(CONTRACT_FILE, { code_hash: report.code_hash });
  return undefined;
}

/** For all targets, or for none. */
async function makeParts(
  context: StepContext,
  { blueprint, report }: { blueprint: Blueprint; report: Report },
): Promise<{ files: GeneratedFile[] } | { missing: string }> {
  const { store, services, emit, signal } = context;
  const kind = await needKind(context);
  const files: GeneratedFile[] = [];
  for (const { target, folder } of (await needTargets(context)).parts) {
    emit({ type: "progress", step: "document", text: `recording ${join(folder, CONTRACT)}` });
    const directory = join(store.directory, folder);
    const made = await makeContract({ blueprint, directory, target, kind, now: services.now(), signal });
    if ("missing" in made) return made;
    files.push(
      ...[...made.files, ...(await proofOf(context, { directory, report }))].map(({ path, content }) => ({
        path: folder === "" ? path : `${folder}/${path}`,
        content,
      })),
    );
  }
  return { files };
}

/** The report, for where artifacts are not: a pull request's job shows it, and which files it is not of any more. */
async function proofOf(
  { redactor }: StepContext,
  { directory, report }: { directory: string; report: Report },
): Promise<GeneratedFile[]> {
  const sums = (await codeFiles(directory)).map(
    async (path) => `${sha256(await readFile(join(directory, path)))}  ${path}\n`,
  );
  return [
    { path: PROOF.report, content: redactor.redact(reportMarkdown(reportToGiveAway(report))) },
    { path: PROOF.sums, content: (await Promise.all(sums)).join("") },
  ];
}

/** For files that go into a repository with the connector. */
export function reportToGiveAway(report: Report): Report {
  return { ...report, basis_reason: withoutMachinePaths(report.basis_reason) };
}

async function without(store: Store, missing: string): Promise<string> {
  await removeOthers(store, []);
  await rm(store.path(CONTRACT_FILE), { force: true });
  return missing;
}

async function isWhole(store: Store): Promise<boolean> {
  const paths = Object.keys(await readManifest(store)).filter(isContract);
  const present = await Promise.all(paths.map((path) => readText(join(store.directory, path))));
  return paths.length > 0 && present.every((content) => content !== undefined);
}

/** Removes tests of other code, but for files that a person has edited. */
async function removeOthers(store: Store, files: readonly GeneratedFile[]): Promise<void> {
  const manifest = await readManifest(store);
  const kept = new Set(files.map(({ path }) => path));
  for (const path of Object.keys(manifest).filter((path) => isContract(path) && !kept.has(path))) {
    const content = await readText(join(store.directory, path));
    if (content !== undefined && sha256(content) === manifest[path]) await rm(join(store.directory, path));
    delete manifest[path];
  }
  await writeManifest(store, manifest);
}

function isContract(path: string): boolean {
  return `/${path}`.includes(`/${CONTRACT}/`);
}
