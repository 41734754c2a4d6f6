import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Claim } from "../../src/artifacts/blueprint.ts";
import { openNotebook, type Page } from "../../src/research/notebook.ts";
import { secondSourceProblems } from "../../src/research/second-source.ts";
import { proposal } from "./bearing-fixture.ts";

async function problems(
  others: { address: string; text: string; kind?: Page["kind"] }[],
  claim: { status?: string; note?: string } = {},
  key = "tables.orders.read.pagination",
) {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-second-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const notebook = await openNotebook(directory, { now: () => new Date(0) });
  await notebook.addPage(
    { address: "https://docs.example/orders", kind: "official-docs", title: "Orders" },
    "# Orders\nGET /v1/orders takes `page`, from 1, and X-Shop-Key.",
  );
  for (const { address, text, kind = "official-docs" } of others)
    await notebook.addPage({ address, kind, title: "x" }, text);
  const cited = await notebook.cite({ page: "P1", quotation: "GET /v1/orders takes `page`, from 1, and X-Shop-Key" });
  return secondSourceProblems(notebook, proposal, {
    [key]: { status: "documented", evidence: [cited.id], ...claim } as Claim,
  });
}

test("another page about the table that names the parameter must be cited, too", async () => {
  const code = {
    address: "https://raw.githubusercontent.com/a/tap/main/orders.py",
    text: 'url = "/v1/orders"\nparams = {"page": 0}',
    kind: "reference-implementation" as const,
  };
  const [problem] = await problems([code]);
  expect(problem).toBe(
    'tables.orders.read.pagination rests on one page; P2 speaks of it too: “params = {"page": 0}”. Cite P2 too, or say in the note why P2 does not count.',
  );
  expect(await problems([code], { note: "P2 is of version 1, which is gone" })).toEqual([]);
  expect(await problems([code], { note: "P21 is old" })).toHaveLength(1);
  expect(await problems([{ ...code, kind: "other" }])).toEqual([]);
});

test("a page on the topic counts without the table; a page that merely uses the word does not", async () => {
  expect(
    await problems([{ address: "https://docs.example/guide", text: "# Pagination\nUse `page` and `per_page`." }]),
  ).toHaveLength(1);
  expect(
    await problems([{ address: "https://docs.example/guide", text: "# Welcome\nThis `page` greets you." }]),
  ).toEqual([]);
  expect(
    await problems([
      { address: "https://docs.example/guide", text: "# Paging\nEvery page of this book has a page number." },
    ]),
  ).toEqual([]);
});

test("the same page in another form is no second source", async () => {
  for (const address of [
    "https://docs.example/orders.md",
    "https://docs.example/orders/",
    "https://docs.example/Orders?lang=en",
  ]) {
    expect(await problems([{ address, text: "# Pagination\nGET /v1/orders takes `page`, from 0." }])).toEqual([]);
  }
});

test("only fields that lose rows, and only claims that rest on pages", async () => {
  const other = [{ address: "https://docs.example/key", text: "# Keys\nSend X-Shop-Key with /v1/orders." }];
  expect(await problems(other, {}, "source.auth")).toHaveLength(1);
  expect(await problems(other, {}, "tables.orders.columns")).toEqual([]);
  expect(await problems(other, { status: "probed" }, "source.auth")).toEqual([]);
});
