/** One target or two behind one face: a spec with `target: both` gets a connector in a folder of each target's name. */
import { join } from "node:path";
import { sha256 } from "../system/files.ts";
import type { DocumentInput, GeneratedFile, SummaryInput, Target, Targets } from "./target.ts";

export function oneTarget(target: Target): Targets {
  return { ...target, name: target.name, parts: [{ target, folder: "" }] };
}

/** Everything the targets write, each below its own folder. */
export function bothTargets(targets: readonly Target[]): Targets {
  const parts = targets.map((target) => ({ target, folder: target.name }));
  return {
    name: "both",
    parts,
    templatesHash: async () => sha256((await Promise.all(targets.map((target) => target.templatesHash()))).join("\n")),
    generate: async (blueprint, options) => {
      const files = parts.map(async ({ target, folder }) => within(folder, await target.generate(blueprint, options)));
      return (await Promise.all(files)).flat();
    },
    lint: async (directory) => {
      const findings = parts.map(async ({ target, folder }) =>
        (await target.lint(join(directory, folder))).map((finding) => ({
          ...finding,
          file: `${folder}/${finding.file}`,
        })),
      );
      return (await Promise.all(findings)).flat();
    },
    documents: parts.flatMap(({ target, folder }) => target.documents.map((path) => `${folder}/${path}`)),
    document: (input) => parts.flatMap(({ target, folder }) => within(folder, target.document(own(input, folder)))),
    checkDocuments: (files, input) =>
      parts.flatMap(({ target, folder }) =>
        target.checkDocuments(below(folder, files), own(input, folder)).map((lacking) => `${folder}: ${lacking}`),
      ),
    destinationSql: (input) => Object.assign({}, ...targets.map((target) => target.destinationSql(input))),
    summary: (input) =>
      parts.map(({ target, folder }) => `${target.name}\n\n${target.summary(own(input, folder))}`).join("\n\n"),
  };
}

function within(folder: string, files: readonly GeneratedFile[]): GeneratedFile[] {
  return files.map(({ path, content }) => ({ path: `${folder}/${path}`, content }));
}

function below(folder: string, files: readonly GeneratedFile[]): GeneratedFile[] {
  const prefix = `${folder}/`;
  return files.flatMap(({ path, content }) =>
    path.startsWith(prefix) ? [{ path: path.slice(prefix.length), content }] : [],
  );
}

/** What one target may speak of: its own files, and of the report what is about it. */
function own<I extends DocumentInput | SummaryInput>(input: I, folder: string): I {
  const { report } = input;
  return {
    ...input,
    files: below(folder, input.files),
    report: {
      ...report,
      target: folder as Target["name"],
      checks: report.checks.filter(({ target }) => target === undefined || target === folder),
      syncs: report.syncs.flatMap((sync) =>
        sync.name.startsWith(`${folder} `) ? [{ ...sync, name: sync.name.slice(folder.length + 1) }] : [],
      ),
    },
  };
}
