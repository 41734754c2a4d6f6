import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Source } from "../../src/artifacts/blueprint.ts";
import { requirementsSchema } from "../../src/artifacts/requirements.ts";
import { fingerprint } from "../../src/research/findings.ts";
import { blueprintOf } from "../../src/research/gate.ts";
import { type Notebook, openNotebook, type Proposal } from "../../src/research/notebook.ts";
import { type ProposalChange, proposalChangeSchema } from "../../src/research/proposal.ts";
import { restSource } from "../../src/sources/rest/rest.ts";
import { createHttp } from "../../src/system/http.ts";
import { dropOutdatedClaims, type Guarded, refuseWhatStands } from "../../src/tools/propose-guard.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { verifies } from "../support/verifies.ts";

const oauth = (token_url: string) => ({
  kind: "oauth2_client_credentials" as const,
  token_url,
  client_id: "${env:ID}",
  client_secret: "${env:SECRET}",
});

let notebook: Notebook;
let before: Proposal;

beforeEach(async () => {
  notebook = await openNotebook(await mkdtemp(join(tmpdir(), "syncsmith-guard-")), { now: () => new Date(0) });
  const { claims: _, ...proposal } = makeBlueprint([{}, { name: "others" }]);
  before = { ...proposal, source: { ...proposal.source, base_url: "https://api.acme.example" } };
});

function desk(source: Record<string, unknown>, rest: Partial<Guarded> = {}): Guarded {
  const spec = { name: "X", source: { kind: "rest", ...source } };
  return {
    notebook,
    requirements: requirementsSchema.parse({ version: 1, name: "x", spec, spec_address: "/spec.yaml" }),
    kind: restSource,
    http: createHttp(),
    baseDirectory: "/",
    source: () => before.source,
    configuration: async () => ({}),
    redact: (text) => text,
    progress: () => {},
    now: () => new Date(0),
    ...rest,
  };
}

const refuse = (guarded: Guarded, change: unknown) => () =>
  refuseWhatStands(guarded, { change: proposalChangeSchema.parse(change) as ProposalChange, before });

describe(verifies("agent.redaction", "credentials go only where the person sends them"), () => {
  it("keeps what the spec states", () => {
    const stated = desk({ base_url: "https://api.acme.example", auth: { kind: "bearer", token: "${env:T}" } });
    before = {
      ...before,
      source: restSource.complete({ ...before.source, auth: { kind: "bearer", token: "x" } } as Source).source,
    };
    expect(refuse(stated, { source: { base_url: "https://api.acme.example/" } })).not.toThrow();
    expect(refuse(stated, { source: { auth: { kind: "bearer", token: "whatever" } } })).not.toThrow();
    expect(refuse(stated, { source: { base_url: "https://evil.example" } })).toThrow(/stated in the spec/);
    expect(refuse(stated, { source: { auth: oauth("https://evil.example/token") } })).toThrow(/stated in the spec/);
  });

  it("sends none to a host that the person did not name, not even a neighbour", () => {
    const docs = ["https://docs.acme.example/api"];
    const secret = desk({ docs, auth: { kind: "bearer", token: "${env:T}" } });
    expect(refuse(secret, { source: { base_url: "https://docs.acme.example/v2" } })).not.toThrow();
    expect(refuse(secret, { source: { base_url: "https://api.acme.example" } })).toThrow(/api\.acme\.example/);
    expect(refuse(secret, { source: { base_url: "https://evil.example" } })).toThrow(/evil\.example/);
    // Without credentials in the spec there is nothing to send.
    expect(refuse(desk({ docs }), { source: { base_url: "https://evil.example" } })).not.toThrow();
  });
});

describe("tables that are there", () => {
  it("go only with a reason, and never to mend a report", () => {
    const skipped = [{ name: "others", reason: "It repeats what items has." }];
    expect(refuse(desk({}), { remove_tables: ["others"] })).toThrow(/under skipped/);
    expect(refuse(desk({}), { remove_tables: ["others"], skipped })).not.toThrow();
    expect(refuse(desk({}, { keepsTables: true }), { remove_tables: ["others"], skipped })).toThrow(/to mend a report/);
  });
});

describe(verifies("research.probes", "what a probe said is about the value it was asked for"), () => {
  const key = "tables.items.advance";
  const changed = (): Proposal => ({
    ...before,
    tables: before.tables.map((table) => ({
      ...table,
      advance: {
        kind: "steps" as const,
        column: "id",
        from_param: "a",
        to_param: "b",
        start: 1,
        step: 10,
        empty_steps: 1,
      },
    })),
  });

  it("drops a probed claim when the value changes, and keeps a documented one", async () => {
    await notebook.setClaims({
      [key]: { status: "probed", evidence: ["E1"] },
      "tables.others.advance": { status: "documented", evidence: ["E2"] },
    });
    await dropOutdatedClaims(notebook, before, changed());
    expect(Object.keys(notebook.claims())).toEqual(["tables.others.advance"]);
  });

  it("leaves no refuted field proven, whether or not a model was there", async () => {
    const probe = { address: "GET /items", quotation: "The filter is ignored.", exchange: "The filter is ignored." };
    const entered = await notebook.addProbe(probe);
    await notebook.setProposal(before);
    await notebook.setClaims({ [key]: { status: "documented", evidence: [entered.id] } });
    await notebook.setFindings([
      {
        key,
        question: "Does it narrow?",
        verdict: "refutes",
        says: "The filter is ignored.",
        evidence: entered.id,
        value: fingerprint(before, key),
      },
    ]);
    expect(blueprintOf(notebook).claims[key]).toMatchObject({
      status: "unproven",
      reason: expect.stringContaining("ignored"),
    });
  });
});
