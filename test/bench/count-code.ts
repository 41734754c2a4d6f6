/** Lines of code of each part of the square: what a kind of source or a target costs, and what all share. */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const SRC = resolve(import.meta.dirname, "../../src");
const PARTS: readonly [string, string][] = [
  ["source rest", "sources/rest"],
  ["source graphql", "sources/graphql"],
  ["source database", "sources/database"],
  ["source file", "sources/file"],
  ["shared by web sources", "sources/http"],
  ["target fivetran", "targets/fivetran"],
  ["target lakeflow", "targets/lakeflow"],
  ["shared by targets", "targets/debugger"],
  ["writing Python", "python"],
];

/** A table as text. Blank lines count, as they do for a reader. */
export async function countCode(): Promise<string> {
  const lines = [`${"part".padEnd(24)} ${"TypeScript".padStart(10)} ${"Python".padStart(10)}`];
  for (const [name, path] of PARTS) {
    const typescript = await linesOf(join(SRC, path), ".ts");
    const python = await linesOf(join(SRC, path), ".py");
    lines.push(`${name.padEnd(24)} ${String(typescript).padStart(10)} ${String(python).padStart(10)}`);
  }
  return lines.join("\n");
}

async function linesOf(directory: string, ending: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(ending));
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
  return texts.reduce((sum, text) => sum + text.split("\n").length - 1, 0);
}
