import { describe, expect, it } from "vitest";
import type { Approval } from "../../src/agent/approval.ts";
import type { Spec } from "../../src/artifacts/spec.ts";
import { ToolError } from "../../src/errors.ts";
import { consentToBuild } from "../../src/frontends/mcp/consent.ts";
import { type BuildDesk, type BuildResult, buildConnector, stakes } from "../../src/tools/build-connector.ts";
import { parseSpec } from "../../src/workflow/spec-file.ts";
import { reportFixture } from "../support/reports.ts";

const signal = new AbortController().signal;
const SPEC = `
name: Shop
source:
  kind: rest
  base_url: https://api.shop.example:8443/v1
  docs: ["https://docs.shop.example/api", ./notes.md]
  auth: { kind: oauth2_client_credentials, token_url: "https://login.shop.example/token", client_id: "\${env:SHOP_ID}", client_secret: "\${file:secret.txt}" }
limits: { usd: 2, minutes: 10 }
`;
const spec: Spec = parseSpec(SPEC, "spec");

interface Setup {
  yes?: boolean;
  hashes?: string[];
  result?: Partial<BuildResult>;
  model?: BuildDesk["model"];
}

async function build({ yes = true, hashes = ["aaa", "aaa"], result = {}, model }: Setup) {
  const asked: Approval[] = [];
  const built: string[] = [];
  const left = [...hashes];
  const tool = buildConnector({
    load: async () => ({ path: "/ws/specs/shop.yaml", hash: left.shift() ?? "", spec, directory: "/ws/shop" }),
    approve: async (approval) => {
      asked.push(approval);
      return yes;
    },
    build: async ({ hash }) => {
      built.push(hash);
      return {
        outcome: "green",
        summary: "all well",
        report: reportFixture("green"),
        page: "/ws/report.html",
        ...result,
      };
    },
    model,
    redact: (text) => text.replaceAll("hidden", "****"),
  });
  const output = await tool.run({ spec: "shop" }, { signal }).catch((error: unknown) => error);
  return { asked, built, output, text: output instanceof Error ? output.message : (output as { text: string }).text };
}

describe("build_connector", () => {
  it("shows what it means: content, code that runs here, hosts, credentials, the limit, that nothing is deployed", async () => {
    const { asked } = await build({ model: { id: "some-model", host: "model.example" } });
    const shown = asked[0]?.lines.join("\n") ?? "";
    for (const part of [
      "/ws/specs/shop.yaml (sha256 aaa)",
      "generated Python",
      "/ws/shop",
      "api.shop.example:8443",
      "docs.shop.example",
      "login.shop.example",
      "SHOP_ID",
      "the file secret.txt",
      "some-model at model.example, at most $2 and 10 minutes",
      "nothing is deployed",
    ]) {
      expect(shown).toContain(part);
    }
  });

  it.each([
    [
      "a database that tells its own tables",
      "database, engine: postgresql, host: db.example.com, database: shop, user: reader, password",
      true,
    ],
    [
      "a database whose DDL is given",
      "database, docs: [shop.sql], engine: postgresql, host: db.example.com, database: shop, user: reader, password",
      false,
    ],
    [
      "a folder, which is listed",
      "file, store: sftp, host: files.example.com, user: reader, host_key: k, password",
      true,
    ],
    [
      "an endpoint that is asked for its schema",
      "graphql, base_url: https://shop.example/graphql, auth: { kind: bearer, token",
      true,
    ],
    [
      "an endpoint whose schema is given",
      "graphql, docs: [schema.graphql], base_url: https://shop.example/graphql, auth: { kind: bearer, token",
      false,
    ],
    [
      "an interface that is described elsewhere",
      "rest, docs: [openapi.yaml], base_url: https://shop.example, auth: { kind: bearer, token",
      false,
    ],
  ])("names the credentials that %s is sent, also where a stand-in is tested against", (_, source, isSent) => {
    const close = source.includes("auth: {") ? " } }" : " }";
    const text = `name: Shop\nsource: { kind: ${source}: "\${env:SHOP_SECRET}"${close}\ntest: { mode: simulated }\n`;
    const loaded = { path: "/ws/spec.yaml", hash: "aaa", spec: parseSpec(text, "spec"), directory: "/ws/shop" };
    const line = "sent to the source: the values of SHOP_SECRET";
    const shown = (model: BuildDesk["model"]) => stakes({ model }, loaded);
    expect(shown(undefined).includes(line)).toBe(isSent);
    // A model may ask any source; in an MCP server there always is one.
    expect(shown({ id: "some-model", host: "model.example" })).toContain(line);
    expect(consentToBuild(loaded).lines).toContain(line);
  });

  it("builds nothing without a yes", async () => {
    const { output, built } = await build({ yes: false });
    expect(output).toBeInstanceOf(ToolError);
    expect(built).toEqual([]);
  });

  it("builds nothing when the spec changed after the yes", async () => {
    const { text, built } = await build({ hashes: ["aaa", "bbb"] });
    expect(text).toContain("changed after");
    expect(built).toEqual([]);
  });

  it("gives verdict, tables and the report's place back", async () => {
    const { text, built } = await build({});
    expect(built).toEqual(["aaa"]);
    expect(text).toMatch(/^green: all well/);
    for (const { name } of reportFixture("green").tables) expect(text).toContain(`${name}: `);
    expect(text).toContain("/ws/report.html");
  });

  it("gives the blockers of a red one, and how an interrupted one goes on; secrets are masked", async () => {
    const red = reportFixture("red");
    const failed = await build({ result: { outcome: "not-green", summary: "hidden", report: red } });
    expect(failed.text).toMatch(/^not green: \*\*\*\*/);
    for (const blocker of red.blockers) expect(failed.text).toContain(blocker);
    const interrupted = await build({ result: { outcome: "interrupted", report: undefined } });
    expect(interrupted.text).toContain("goes on from there");
    expect(interrupted.text).not.toContain("The report:");
  });
});
