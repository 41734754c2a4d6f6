/**
 * Workflow files in a repository. Each says in its first line what it held when it was written: so that an edited one is
 * told in every clone, wherever the connector's own artifacts are.
 */
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { UserError } from "../../errors.ts";
import { readText, sha256, writeAtomically } from "../../system/files.ts";
import type { GeneratedFile } from "../../targets/target.ts";

const STAMP = /^# Written by `syncsmith ci`[^\n]* ([0-9a-f]{64})\n/;

function stamped(content: string): string {
  return `# Written by \`syncsmith ci\`, which overwrites it as long as it is as it was written: ${sha256(content)}\n${content}`;
}

/** Whether a file is one of ours, unchanged. A checkout with other line ends is no change. */
function asWritten(present: string): boolean {
  const text = present.replaceAll("\r\n", "\n");
  const stamp = STAMP.exec(text);
  return stamp !== null && sha256(text.slice(stamp[0].length)) === stamp[1];
}

/** Writes all files, or none when one of them was edited and `force` was not given. Returns the paths of those that changed. */
export async function placeWorkflows(
  repository: string,
  files: readonly GeneratedFile[],
  { force }: { force: boolean },
): Promise<string[]> {
  const wanted = await Promise.all(
    files.map(async ({ path, content }) => ({
      path,
      content: stamped(content),
      present: await readText(join(repository, path)),
    })),
  );
  const others = wanted.filter(({ content, present }) => present?.replaceAll("\r\n", "\n") !== content);
  const edited = others.filter(({ present }) => present !== undefined && !asWritten(present));
  if (edited.length > 0 && !force) {
    const diffs = edited.map(({ path, content, present = "" }) =>
      createTwoFilesPatch(path, path, present, content, "yours", "generated"),
    );
    throw new UserError(
      `${edited.map(({ path }) => path).join(", ")} changed since Syncsmith wrote it, or somebody else wrote it:\n${diffs.join("\n")}`,
      { hint: "Nothing was written. Overwrite with --force." },
    );
  }
  for (const { path, content } of others) await writeAtomically(join(repository, path), content);
  return others.map(({ path }) => path);
}
