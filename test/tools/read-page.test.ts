import { expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { SHOWN } from "../../src/research/outline.ts";
import { readPage } from "../../src/tools/read-page.ts";
import { call, researchDesk } from "./research-desk.ts";

const TEXT = [
  "# Guide",
  ...Array.from({ length: 30 }, (_, index) => `## Part ${index}\n${`Words of part ${index}. `.repeat(80)}`),
].join("\n\n");

async function tool() {
  const desk = await researchDesk();
  await desk.notebook.addPage({ address: "https://docs.example/guide", kind: "official-docs", title: "Guide" }, TEXT);
  return readPage(desk);
}

test("a section comes framed, with where it stands", async () => {
  const { text, outcome } = await call(await tool(), { page: "p1", section: "Part 7" });
  const from = TEXT.indexOf("## Part 7");
  const to = TEXT.indexOf("## Part 8");
  expect(text).toContain(`<page id="P1" title="Guide" from="${from}" to="${to}">\n## Part 7\nWords of part 7.`);
  expect(text).not.toContain("Words of part 8.");
  expect(outcome).toBe(`P1, characters ${from} to ${to}`);
});

test("what is too long says how to go on, and going on reads it all", async () => {
  const read = await tool();
  const first = await call(read, { page: "P1", section: "Guide" });
  const next = Number(/"offset": (\d+)/.exec(first.text)?.[1]);
  expect(next).toBeGreaterThan(SHOWN / 2);
  expect((await call(read, { page: "P1", offset: next })).text).toContain(`from="${next}"`);
});

test("without a place the outline comes", async () => {
  expect((await call(await tool(), { page: "P1" })).text).toContain("31. Part 29 (offset");
});

test("a place that is not there says which are", async () => {
  const read = await tool();
  await expect(call(read, { page: "P4", section: "1" })).rejects.toThrow("There is no page P4. Pages: P1.");
  await expect(call(read, { page: "P1", section: "Prat 7" })).rejects.toThrow("Did you mean “Part 7”?");
  await expect(call(read, { page: "P1", section: "Part 7", offset: 3 })).rejects.toThrow(ToolError);
});
