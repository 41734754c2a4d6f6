import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { GAPS, REQUIREMENTS } from "./requirements.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

async function citations(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of await readdir(root, { recursive: true })) {
    if (!path.endsWith(".test.ts") || path === "coverage.test.ts") continue;
    const text = await readFile(join(root, path), "utf8");
    for (const [, id = ""] of text.matchAll(/verifies\(\s*"([^"]+)"/g)) found.add(id);
  }
  return found;
}

it("every requirement is cited by a test, and every citation exists", async () => {
  const cited = await citations();
  expect([...cited].filter((id) => !(id in REQUIREMENTS))).toEqual([]);
  expect(Object.keys(REQUIREMENTS).filter((id) => !cited.has(id))).toEqual([]);
});

it("each gap has its reason", () => {
  expect(GAPS.every(({ what, why }) => what.length > 0 && why.length > 0)).toBe(true);
});
