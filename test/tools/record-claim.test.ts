import { beforeEach, describe, expect, test } from "vitest";
import { researchProblems } from "../../src/research/gate.ts";
import type { ResearchDesk } from "../../src/tools/desk.ts";
import { recordClaim } from "../../src/tools/record-claim.ts";
import { orders, proposal } from "../research/bearing-fixture.ts";
import { verifies } from "../support/verifies.ts";
import { call, researchDesk } from "./research-desk.ts";

let desk: ResearchDesk;

beforeEach(async () => {
  desk = await researchDesk();
  const text =
    "# Orders\nGET /v1/orders takes `page`, from 1.\n\n| order\\_no | string | Its number |\n\nSend the header X-Shop-Key.\nDeleted orders are gone.";
  await desk.notebook.addPage({ address: "https://docs.example/orders", kind: "official-docs", title: "Orders" }, text);
  await desk.notebook.addProbe({
    address: "GET https://api.shop.example/rest/v1/orders?page=2",
    quotation: "Page 2 has other rows.",
    exchange: "Page 2 has other rows.",
  });
  await desk.notebook.addProbe({
    address: "GET https://api.shop.example/rest/v1/buyers",
    quotation: "It has 3 rows.",
    exchange: "It has 3 rows.",
  });
});

async function record(...claims: object[]): Promise<string[]> {
  return (await call(recordClaim(desk), { claims })).text.split("\n");
}

const key = {
  field: "tables.orders.primary_key",
  status: "documented",
  quotations: [{ page: "P1", text: "order_no string Its number" }],
};

describe(verifies("research.cites", "with a proposal"), () => {
  beforeEach(() => desk.notebook.setProposal(proposal));

  test("each claim is accepted or refused by itself", async () => {
    const lines = await record(
      key,
      {
        field: "source.auth",
        status: "documented",
        quotations: [{ page: "P1", text: "Send the heading X-Shop-Key." }],
      },
      {
        field: "tables.orders.advance",
        status: "documented",
        quotations: [{ page: "P1", text: "Deleted orders are gone." }],
      },
      { field: "tables.orders.deletes", status: "unproven", reason: "dunno" },
      {
        field: "tables.orders.columns",
        status: "documented",
        quotations: [{ page: "P1", text: "order_no | string | Its number" }],
      },
      { field: "tables.orders.read.path", status: "documented" },
    );
    expect(lines[0]).toBe("ok tables.orders.primary_key: documented (E3)");
    expect(lines[1]).toContain(
      "refused source.auth: P1 does not say “Send the heading X-Shop-Key.”. The nearest passage is “",
    );
    expect(lines[2]).toBe(
      "refused tables.orders.advance: what E4 quotes is not about it. Quote a passage with one of: changed_at, changed_since.",
    );
    expect(lines[3]).toContain("needs a reason of substance");
    expect(lines[4]).toContain(
      "ok tables.orders.columns: documented (E3); the cited pages name 1 of 3 columns, not state, id",
    );
    expect(lines[5]).toContain("needs a quotation of a page or a probe");
    expect(lines[6]).toBe("2 recorded, 4 refused");
    expect(lines.at(-1)).toContain(
      "Still without a claim: source.base_url, source.auth, source.rate_limit, tables.orders.read.path",
    );
    expect(Object.keys(desk.notebook.claims())).toEqual(["tables.orders.primary_key", "tables.orders.columns"]);
  });

  test("a probe makes it probed, if it asked for the table", async () => {
    const pages = { field: "tables.orders.read.pagination", status: "documented" };
    expect((await record({ ...pages, probes: ["e1"], note: "seen" }))[0]).toBe(
      "ok tables.orders.read.pagination: probed (E1)",
    );
    expect(desk.notebook.claims()["tables.orders.read.pagination"]).toEqual({
      status: "probed",
      evidence: ["E1"],
      note: "seen",
    });
    expect((await record({ ...pages, probes: ["E2"] }))[0]).toContain(
      "E2 is about /rest/v1/buyers, not about /v1/orders",
    );
    expect((await record({ ...pages, probes: ["E9"] }))[0]).toContain("there is no evidence E9. Probes: E1, E2.");
    await record(key);
    expect((await record({ ...pages, probes: ["E3"] }))[0]).toContain("E3 is a quotation, not a probe");
  });

  test("probed cannot be claimed, only caused", () => {
    expect(
      recordClaim(desk).input.safeParse({ claims: [{ field: "source.auth", status: "probed", probes: ["E1"] }] })
        .success,
    ).toBe(false);
  });

  test("a contradiction has both sides and says what was taken", async () => {
    const claim = {
      field: "tables.orders.read.pagination",
      status: "contradicted",
      quotations: [{ page: "P1", text: "takes `page`, from 1." }],
    };
    expect((await record({ ...claim, reason: "the probe was taken, the page is old" }))[0]).toContain("both sides");
    expect((await record({ ...claim, probes: ["E1"] }))[0]).toContain("what was taken, and what the other side says");
    expect((await record({ ...claim, probes: ["E1"], reason: "the probe was taken, the page is old" }))[0]).toBe(
      "ok tables.orders.read.pagination: contradicted (E3, E1)",
    );
    const stray = await record({ ...claim, probes: ["E1", "E2"], reason: "the probe was taken, the page is old" });
    expect(stray[0]).toContain("refused tables.orders.read.pagination: E2 is about /rest/v1/buyers");
  });

  test("a note beside a reason is not lost", async () => {
    const field = "tables.orders.read.pagination";
    const claim = { field, status: "contradicted", quotations: [{ page: "P1", text: "takes `page`, from 1." }] };
    await record({ ...claim, probes: ["E1"], reason: "the probe was taken", note: "The page is of 2019." });
    expect(desk.notebook.claims()[field]).toMatchObject({ reason: "the probe was taken. The page is of 2019." });
    await record({ field, status: "unproven", note: "the page on orders says nothing of it" });
    expect(desk.notebook.claims()[field]).toMatchObject({ reason: "the page on orders says nothing of it" });
  });

  test("what was recorded before the proposal is judged by the gate", async () => {
    const claim = { field: "tables.orders.columns", status: "documented", probes: ["E2"] };
    await desk.notebook.setProposal({ ...proposal, tables: [] });
    expect((await record(claim))[0]).toContain("kept until the table is proposed");
    const plain = { ...orders, advance: { kind: "full" as const }, deletes: { kind: "none" as const } };
    await desk.notebook.setProposal({ ...proposal, tables: [plain] });
    const problems = await researchProblems(desk.notebook, desk.requirements);
    expect(problems.join("\n")).toContain("tables.orders.columns: E2 is about /rest/v1/buyers");
  });

  test("an unknown field names the nearest", async () => {
    const unproven = { status: "unproven", reason: "looked through all pages, nothing" };
    const [first, second, third, fourth] = await record(
      { ...unproven, field: "source.baseurl" },
      { ...unproven, field: "tables.orders.pagination" },
      { ...unproven, field: "tables.orders.primary-key" },
      { ...unproven, field: "orders" },
    );
    expect(first).toContain("Did you mean source.base_url?");
    expect(second).toContain("Did you mean tables.orders.read.pagination?");
    expect(third).toContain("Did you mean tables.orders.primary_key?");
    expect(fourth).toContain("a field is called source.<field> or tables.<table>.<field>");
  });

  test("a second page that speaks of it is asked for at once", async () => {
    await desk.notebook.addPage(
      { address: "https://docs.example/keys", kind: "official-docs", title: "Keys" },
      "# Keys\nX-Shop-Key is the header.",
    );
    const lines = await record({
      field: "source.auth",
      status: "documented",
      quotations: [{ page: "P1", text: "Send the header X-Shop-Key." }],
    });
    expect(lines.join("\n")).toContain("source.auth rests on one page; P2 speaks of it too");
    const both = await record({
      field: "source.auth",
      status: "documented",
      quotations: [
        { page: "P1", text: "Send the header X-Shop-Key." },
        { page: "P2", text: "X-Shop-Key is the header." },
      ],
    });
    expect(both.join("\n")).not.toContain("speaks of it too");
  });
});

test("before there is a proposal claims are kept, to be judged when it comes", async () => {
  const lines = await record(key, { ...key, field: "source.auth" });
  expect(lines.slice(0, 3)).toEqual([
    "ok tables.orders.primary_key: documented (E3); kept until the table is proposed",
    "ok source.auth: documented (E3)",
    "2 recorded, 0 refused",
  ]);
});
