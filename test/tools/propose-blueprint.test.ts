/** A proposal held against a small live server: what holds, what is mended, what is open, in words that a model can use. */
import { describe, expect, it } from "vitest";
import type { ToolOutput } from "../../src/agent/tool.ts";
import { requirementsSchema } from "../../src/artifacts/requirements.ts";
import { type Notebook, openNotebook } from "../../src/research/notebook.ts";
import { restSource } from "../../src/sources/rest/rest.ts";
import { http } from "../../src/system/http.ts";
import { type ProposeDesk, proposeBlueprint } from "../../src/tools/propose-blueprint.ts";
import { type TableInput, tableInput } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { startUpstream } from "../support/upstream.ts";

const berths = Array.from({ length: 23 }, (_, index) => ({
  id: index + 1,
  name: `berth ${index}`,
  updated_at: new Date(Date.UTC(2025, 0, 1 + index)).toISOString(),
}));
const crews = berths.slice(0, 4).map(({ id }) => ({ id, since: "never" }));

/** `/berths` pages from 1 and leaves out rows that equal `since`; `/crews` is one page; `/port_calls` is not there. */
async function harbour(): Promise<string> {
  const { origin } = await startUpstream((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("content-type", "application/json");
    const since = searchParams.get("since") ?? "";
    const size = Number(searchParams.get("size") ?? 10);
    const from = (Number(searchParams.get("page") ?? 1) - 1) * size;
    if (pathname === "/berths") {
      const found = berths.filter(({ updated_at }) => updated_at > since);
      response.end(JSON.stringify({ data: found.slice(from, from + size) }));
    } else if (pathname === "/crews") response.end(JSON.stringify({ data: crews }));
    else response.writeHead(404).end(JSON.stringify({ message: "no such thing" }));
  });
  return origin;
}

const BERTHS: TableInput = {
  name: "berths",
  read: { pagination: { style: "page", page_param: "page", size_param: "size", size: 10 } },
  advance: { kind: "cursor", column: "updated_at", param: "since", inclusive: true },
};
const CREWS: TableInput = { name: "crews", columns: { id: "integer", since: "string" } };

interface Made {
  notebook: Notebook;
  propose: (change: unknown) => Promise<ToolOutput>;
}

async function make(base_url: string, overrides: Partial<ProposeDesk> = {}): Promise<Made> {
  const notebook = await openNotebook(await temporaryDirectory(), { now: () => new Date() });
  const spec = { name: "Harbour", source: { kind: "rest", base_url } };
  const tool = proposeBlueprint({
    notebook,
    requirements: requirementsSchema.parse({ version: 1, name: "harbour", spec, spec_address: "spec.yaml" }),
    kind: restSource,
    http,
    baseDirectory: ".",
    source: () => ({ kind: "rest", base_url, auth: { kind: "none" }, headers: {} }),
    configuration: async () => ({}),
    redact: (text) => text,
    progress: () => undefined,
    now: () => new Date(),
    notAsked: async () => undefined,
    ...overrides,
  });
  const signal = new AbortController().signal;
  return { notebook, propose: async (change) => await tool.run(tool.input.parse(change), { signal }) };
}

describe("propose_blueprint", () => {
  it("says in one line what is confirmed, and of each open question what was asked", async () => {
    const { propose } = await make(await harbour());
    const { text } = await propose({ tables: [tableInput(BERTHS), tableInput(CREWS)] });
    expect(text).toContain(
      "confirmed (nothing need be recorded for it): everything asked about berths, the source, crews\n",
    );
    expect(text).toMatch(
      /undecided: tables\.berths\.read\.path: Does the listing hide rows\? No hidden rows were found: .* than 23 rows/,
    );
    expect(text).not.toContain("tables.berths.columns");
  });

  it("says that corrected values hold, and what becomes of the pages that were quoted for others", async () => {
    const { propose, notebook } = await make(await harbour());
    const corrected = /corrected \((E\d+)\): tables\.berths\.advance inclusive true -> false\. .* exclusive\.\n/;
    const plain = await propose({ tables: [tableInput(BERTHS)] });
    expect(plain.text).toMatch(corrected);
    expect(plain.text).toContain("The corrected values hold now and are confirmed: nothing to do.");
    expect(plain.text).not.toContain("mistake");

    await notebook.addPage(
      { address: "https://docs.example/a", kind: "official-docs", title: "A" },
      "`since` is inclusive",
    );
    const { id } = await notebook.cite({ page: "P1", quotation: "`since` is inclusive" });
    await notebook.setClaims({ "tables.berths.advance": { status: "documented", evidence: [id] } });
    const quoted = await propose({ set: { "tables.berths.advance.inclusive": true } });
    const [, probe] = corrected.exec(quoted.text) ?? [];
    expect(quoted.text).toContain(
      `What was quoted for these fields is recorded as a mistake of the documentation: nothing to do, unless your page says what the source does; then record that claim again with its probe, as probes: ["${probe}"] for tables.berths.advance.`,
    );
    expect(notebook.proposal()?.tables[0]?.advance).toMatchObject({ inclusive: false });
  });

  it("names the few that are confirmed of a table, or the few that are not", async () => {
    const { propose } = await make(await harbour());
    const wrong = { ...CREWS, primary_key: ["since"] };
    const { text } = await propose({ tables: [tableInput(wrong), tableInput({ name: "port_calls" })] });
    expect(text).toMatch(/everything asked about the source; of crews all but primary_key\n/);
    expect(text).not.toMatch(/confirmed.*port_calls/);
    expect(text).toMatch(/refuted \(E\d+\): tables\.port_calls\.read\.path: .*404 \(no such thing\)/);
    expect(text).toContain("undecided: tables.port_calls.read.path: Does the listing hide rows? There is no list");
    expect(text).toMatch(/tables\.crews\.primary_key is refuted by the source/);
  });

  it("says what is the same of several tables once", async () => {
    const { propose } = await make(await harbour());
    const nowhere = ["quays", "tugs"].map((name) => tableInput({ name }));
    const again = tableInput({ ...CREWS, name: "sailors", read: { path: "/crews" } });
    const { text } = await propose({ tables: [tableInput(BERTHS), tableInput(CREWS), again, ...nowhere] });
    expect(text).toMatch(
      /than 23 rows \(tried: [^)]*\)\. The same of tables\.crews\.read\.path \(4\), tables\.sailors\.read\.path \(4\)\.\n/,
    );
    expect(text).toContain(
      "tables.quays.read.path: Does the listing hide rows? There is no list of records to ask of. The same of tables.tugs.read.path.",
    );
  });

  it("sets one field deep in a table, and asks again about that table only", async () => {
    const { propose, notebook } = await make(await harbour());
    await propose({ tables: [tableInput(BERTHS), tableInput(CREWS)] });
    const { text } = await propose({ set: { "tables.berths.advance.lookback": 3600 } });
    expect(notebook.proposal()?.tables[0]?.advance).toMatchObject({ lookback: 3600, inclusive: false });
    expect(text).not.toContain("crews.read");
    expect(text).not.toContain("corrected");
    await expect(propose({ set: { "tables.berths.advance.lookbck": 1 } })).rejects.toThrow(
      /Did you mean tables\.berths\.advance\.lookback\?/,
    );
    const same = await propose({ set: { "tables.berths.advance.lookback": 3600 } });
    expect(same.outcome).toContain("nothing new to ask");
  });

  it("says why the source was not asked, and what does not hold together", async () => {
    const { propose } = await make(await harbour(), { notAsked: async () => "the spec says so." });
    expect((await propose({ tables: [tableInput(CREWS)] })).text).toContain(
      "The source was not asked: the spec says so.",
    );
    const broken = await propose({ tables: [tableInput({ ...CREWS, primary_key: ["uid"] })] });
    expect(broken.text).toContain("does not hold together:\n- tables.crews.primary_key names uid");
    const gone = await make("http://127.0.0.1:9");
    expect((await gone.propose({ tables: [tableInput(CREWS)] })).text).toContain("could not be asked");
    const closed = await make("http://127.0.0.1:9", { closed: () => "Tests have begun." });
    await expect(closed.propose({})).rejects.toThrow("Tests have begun.");
  });
});
