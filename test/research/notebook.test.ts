import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { ToolError, UserError } from "../../src/errors.ts";
import { adopted, clearNotebook, openNotebook } from "../../src/research/notebook.ts";
import { sha256 } from "../../src/system/files.ts";
import { blueprintFixture } from "../support/reports.ts";
import { verifies } from "../support/verifies.ts";

const now = () => new Date("2026-03-04T05:06:07Z");
const PAGE = { address: "https://docs.example/orders", kind: "official-docs" as const, title: "Orders" };
const TEXT = "# Orders\n\nSend `updated_since` to get what changed.\n\n| id | integer |\n| --- | --- |\n| a | b |\n";

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-notebook-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

describe(verifies("research.cites", "a notebook"), () => {
  test("is what it was when it is opened again", async () => {
    const directory = await folder();
    const first = await openNotebook(directory, { now });
    const page = await first.addPage(PAGE, TEXT);
    expect(page).toEqual({
      ...PAGE,
      id: "P1",
      time: "2026-03-04T05:06:07.000Z",
      hash: sha256(TEXT),
      length: TEXT.length,
    });
    expect(await first.addPage(PAGE, TEXT)).toEqual(page);
    expect((await first.addPage(PAGE, `${TEXT}more`)).id).toBe("P2");
    const cited = await first.cite({ page: "P1", quotation: "Send updated_since to get" });
    const probe = await first.addProbe({
      address: "GET /orders",
      quotation: "Page 2 has other rows.",
      exchange: "GET /orders\n\nPage 2 has other rows.",
    });
    const { claims, ...proposal } = blueprintFixture();
    await first.setClaims(claims);
    await first.setProposal({ ...proposal, tables: [] });
    const finding = {
      key: "source.auth",
      question: "?",
      verdict: "confirms" as const,
      says: "yes",
      evidence: probe.id,
      value: "v",
    };
    await first.setFindings([finding]);

    const second = await openNotebook(directory, { now });
    expect(second.pages()).toEqual(first.pages());
    expect(await second.text("p1")).toBe(TEXT);
    expect(second.evidence()).toEqual([cited, probe]);
    expect(second.claims()).toEqual(claims);
    expect(second.proposal()).toEqual({ ...proposal, tables: [] });
    expect(second.findings()).toEqual([finding]);
    expect((await second.cite({ page: "P1", quotation: "| a | b |" })).id).toBe("E3");
    await clearNotebook(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  test("enters a passage once, as the page has it", async () => {
    const notebook = await openNotebook(await folder(), { now });
    await notebook.addPage(PAGE, TEXT);
    const entry = await notebook.cite({ page: "P1", quotation: "Send **updated_since** to get  what changed." });
    expect(entry).toMatchObject({
      id: "E1",
      kind: "official-docs",
      address: PAGE.address,
      quotation: "Send `updated_since` to get what changed.",
      hash: sha256(TEXT),
    });
    expect(await notebook.cite({ page: "P1", quotation: "Send updated_since to get what changed" })).toMatchObject({
      id: "E2",
    });
    expect(await notebook.cite({ page: "P1", quotation: "Send `updated_since` to get what changed." })).toEqual(entry);
    expect(notebook.evidence()).toHaveLength(2);
  });

  test("says what is wrong with a quotation, and where it is right", async () => {
    const notebook = await openNotebook(await folder(), { now });
    await notebook.addPage(PAGE, `${TEXT}${"long words here ".repeat(40)}`);
    await notebook.addPage({ ...PAGE, address: "https://docs.example/auth" }, "Keys go into the header X-Key, always.");
    const wrong = async (page: string, quotation: string) => {
      const error = await notebook.cite({ page, quotation }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ToolError);
      return (error as ToolError).message;
    };
    expect(await wrong("P9", "whatever it is")).toBe("There is no page P9. Pages: P1, P2.");
    expect(await wrong("P1", "Send `modified_since` to get what changed.")).toContain("The nearest passage is “");
    expect(await wrong("P1", "Send updated_since ... what changed")).toContain(
      "cite the pieces as quotations of their own",
    );
    expect(await wrong("P1", "Keys go into the header")).toContain("P2 does: cite that page.");
    expect(await wrong("P1", "changed")).toContain("too short");
    expect(await wrong("P1", "long words here ".repeat(30))).toContain("at most 300 are kept");
    expect(await wrong("P1", "zzz qqq xxx kkk")).toContain("Nothing there is like it");
    expect(notebook.evidence()).toEqual([]);
  });

  test("looks evidence up on the disk each time", async () => {
    const directory = await folder();
    const notebook = await openNotebook(directory, { now });
    const { hash } = await notebook.addPage(PAGE, TEXT);
    const cited = await notebook.cite({ page: "P1", quotation: "Send `updated_since` to get" });
    const long = `${"Page 2 repeats page 1. ".repeat(20)}`;
    const probe = await notebook.addProbe({
      address: "GET /orders?page=2",
      quotation: long,
      exchange: `GET /orders\n${long}`,
    });
    const bare = await notebook.addProbe({ address: "GET /x", quotation: "It says no.", exchange: "GET /x 403" });
    for (const entry of [cited, probe, bare]) expect(await notebook.holds(entry)).toBe(true);
    expect(await notebook.holds({ ...cited, quotation: "Send `created_since` to get" })).toBe(false);
    expect(await notebook.holds({ ...cited, quotation: "" })).toBe(false);
    await writeFile(join(directory, "pages", hash), TEXT.replace("updated", "created"));
    expect(await notebook.holds(cited)).toBe(false);
    await rm(join(directory, "pages", hash));
    expect(await notebook.holds(cited)).toBe(false);
    await expect(notebook.text("P1")).rejects.toThrow(UserError);
  });

  test("holds what a description says at a pointer, and nothing else", async () => {
    const notebook = await openNotebook(await folder(), { now });
    const text =
      "openapi: 3.1.0\npaths:\n  /orders: {get: {summary: All the orders, tags: [a, b], x: 1.0}}\nself: &a {b: [*a]}\n";
    const entry = {
      id: "E1",
      kind: "api-description" as const,
      address: "openapi.yaml",
      time: "2026-01-01T00:00:00Z",
      hash: sha256(text),
    };
    const at = (pointer: string, quotation: string) => notebook.holds({ ...entry, pointer, quotation });
    await notebook.addPage({ ...PAGE, kind: "api-description" }, text);
    expect(await at("/paths/~1orders/get/summary", "All the")).toBe(true);
    expect(await at("/paths/~1orders/get/tags", '["a","b"]')).toBe(true);
    expect(await at("/paths/~1orders/get/tags/1", "b")).toBe(true);
    expect(await at("/paths/~1orders/get/tags", '["a"]')).toBe(false);
    expect(await at("/paths/~1orders/get/summary", "None")).toBe(false);
    expect(await at("/paths/~1orders/post", "All")).toBe(false);
    expect(await at("paths", "All")).toBe(false);
    expect(await at("/self", `${'{"b":['.repeat(80)}`.slice(0, 300))).toBe(true);
  });

  test("takes over a description: ids go on, claims follow, texts can be quoted", async () => {
    const directory = await folder();
    const notebook = await openNotebook(directory, { now });
    await notebook.addPage(PAGE, TEXT);
    await notebook.cite({ page: "P1", quotation: "Send `updated_since` to get" });
    await notebook.setClaims({
      "tables.mine.columns": { status: "unproven", reason: "not looked at yet", evidence: [] },
    });
    const api = '{"openapi": "3.1.0", "info": {"title": "Orders API"}, "paths": {}}';
    const html = "<html><body>prose</body></html>";
    const blueprint = {
      ...blueprintFixture(),
      claims: { "source.auth": { status: "documented" as const, evidence: ["E2", "E1"] } },
    };
    const entry = { address: "api.json", time: "2026-01-01T00:00:00.000Z" };
    await notebook.adopt(
      adopted({
        blueprint,
        evidence: [
          { ...entry, id: "E1", kind: "api-description", quotation: "3.1.0", pointer: "/openapi", hash: sha256(api) },
          { ...entry, id: "E2", kind: "official-docs", quotation: "prose", hash: sha256(html) },
        ],
        pages: new Map([
          [sha256(api), api],
          [sha256(html), html],
        ]),
      }),
    );
    expect(notebook.evidence().map(({ id }) => id)).toEqual(["E1", "E2", "E3"]);
    expect(notebook.claims()["source.auth"]?.evidence).toEqual(["E3", "E2"]);
    expect(notebook.claims()["tables.mine.columns"]).toBeDefined();
    expect(notebook.proposal()?.title).toBe(blueprint.title);
    expect(notebook.pages().map(({ address, title }) => [address, title])).toEqual([
      [PAGE.address, "Orders"],
      ["api.json", "Orders API"],
    ]);
    for (const one of notebook.evidence()) expect(await notebook.holds(one)).toBe(true);
    expect((await openNotebook(directory, { now })).evidence()).toEqual(notebook.evidence());
  });
});

describe(verifies("agent.resume", "a notebook after a kill"), () => {
  test("cut at any byte, evidence is read as far as it was whole, and goes on", async () => {
    const directory = await folder();
    const path = join(directory, "evidence.jsonl");
    const notebook = await openNotebook(directory, { now });
    await notebook.addPage(PAGE, TEXT);
    for (const quotation of ["Send `updated_since` to get", "to get what changed.", "| id | integer |"])
      await notebook.cite({ page: "P1", quotation });
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (length) => {
        await writeFile(path, whole);
        await truncate(path, length);
        const lines = whole.subarray(0, length).toString().split("\n").length - 1;
        const again = await openNotebook(directory, { now });
        expect(again.evidence()).toEqual(notebook.evidence().slice(0, lines));
        await again.cite({ page: "P1", quotation: "updated_since` to get what" });
        expect((await openNotebook(directory, { now })).evidence()).toHaveLength(lines + 1);
      }),
      { numRuns: 60 },
    );
  });

  test.each(["pages.json", "claims.json", "proposal.json", "findings.json", "evidence.jsonl"])(
    "%s that is damaged is named",
    async (name) => {
      const directory = await folder();
      await appendFile(join(directory, name), '{"half": \n');
      const error = await openNotebook(directory, { now }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).hint).toContain(`Delete ${join(directory, name)}`);
    },
  );
});

test("pages that are read side by side get a number each, and all are kept", async () => {
  const directory = await folder();
  const notebook = await openNotebook(directory, { now });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      notebook.addPage({ ...PAGE, address: `https://docs.example/${index}` }, `text ${index}`),
    ),
  );
  expect(new Set(notebook.pages().map(({ id }) => id)).size).toBe(20);
  expect((await openNotebook(directory, { now })).pages()).toEqual(notebook.pages());
});
