/** A live source that is not what its description says: rules mend what they know, and the rest ends honestly. */
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { reportSchema } from "../../src/artifacts/report.ts";
import { runCli, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const ROWS = Array.from({ length: 45 }, (_, index) => ({
  id: index + 1,
  name: `thing ${index + 1}`,
  updated_at: new Date(Date.UTC(2025, 0, 1 + index)).toISOString(),
}));

const DESCRIPTION = `
openapi: 3.0.0
info: { title: Things, version: "1" }
paths:
  /things:
    get:
      parameters:
        - { name: page, in: query, schema: { type: integer, default: 1 } }
        - { name: per_page, in: query, schema: { type: integer, maximum: 50 } }
        - { name: updated_since, in: query, description: Only what was updated at or after this time., schema: { type: string, format: date-time } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  required: [id]
                  properties:
                    id: { type: integer }
                    name: { type: string }
                    updated_at: { type: string, format: date-time }
`;

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());

type Answer = { status: number; body: unknown };

async function serve(answer: (query: URLSearchParams, request: IncomingMessage) => Answer): Promise<string> {
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const { status, body } = answer(searchParams, request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function page(query: URLSearchParams, refused: readonly string[]): Answer {
  const bad = refused.find((name) => query.has(name));
  if (bad) return { status: 400, body: { error: `unknown parameter ${bad}` } };
  const since = Date.parse(query.get("updated_since") ?? "1970-01-01");
  const rows = ROWS.filter((row) => Date.parse(row.updated_at) >= since);
  const from = (Number(query.get("page") ?? 1) - 1) * 20;
  return { status: 200, body: rows.slice(from, from + 20) };
}

async function build(baseUrl: string, extra = "") {
  const workspace = await temporaryDirectory();
  await writeFile(join(workspace, "things.yaml"), DESCRIPTION);
  const spec = join(workspace, "spec.yaml");
  await writeFile(
    spec,
    `name: Things\nsource: { kind: rest, base_url: "${baseUrl}", docs: [things.yaml] }\ntest: { mode: live }\n${extra}`,
  );
  const result = await runCli(["build", spec], { workspace });
  const place = join(workspace, "things/.syncsmith");
  const reports = (await readdir(join(place, "reports"))).filter((name) => /^\d+\.json$/.test(name)).sort();
  const last = await readFile(join(place, "reports", reports.at(-1) ?? ""), "utf8");
  return { ...result, place, reports, report: reportSchema.parse(JSON.parse(last)) };
}

describe("a source that is not what its description says", () => {
  it(verifies("run.fix", "refuses the page size: the size is left away, and the next report is green"), async () => {
    const { code, stderr, report, reports, place } = await build(await serve((query) => page(query, ["per_page"])));
    expect(code, stderr).toBe(0);
    expect(reports).toEqual(["1.json", "2.json"]);
    expect(report.tables).toMatchObject([{ name: "things", trust: "live", rows: 45 }]);
    const fix = JSON.parse(await readFile(join(place, "fixes/1.json"), "utf8"));
    expect(fix).toMatchObject({ class: "blueprint", changes: [{ field: "tables.things.read.pagination" }] });
    expect(report.unproven.join("\n")).toContain("per_page");
  });

  it(verifies("run.fix", "refuses two parameters: both rounds are used, and the table is read in full"), async () => {
    const answer = (query: URLSearchParams) => page(query, ["per_page", "updated_since"]);
    const { code, stderr, report, reports } = await build(await serve(answer));
    expect(code, stderr).toBe(0);
    expect(reports).toEqual(["1.json", "2.json", "3.json"]);
    expect(report.tables).toMatchObject([{ name: "things", trust: "live", rows: 45 }]);
  });

  it(verifies("run.fix", "fails in a way no rule knows: the run ends as failed, with what is left"), async () => {
    const answer = () => ({ status: 200, body: { things: ROWS } });
    const { code, stderr, reports, report } = await build(await serve(answer));
    expect(code).toBe(1);
    expect(stderr).toContain("a person should look");
    expect(reports).toEqual(["1.json"]);
    expect(report.green).toBe(false);
    expect(report.blockers.join("\n")).toContain("no list of records");
  });

  it("is not mended when the spec allows no fix", async () => {
    const answer = (query: URLSearchParams) => page(query, ["per_page"]);
    const { code, reports } = await build(await serve(answer), "limits: { fixes: 0 }\n");
    expect(code).toBe(1);
    expect(reports).toEqual(["1.json"]);
  });

  it("never loses rows quietly: a server that ignores the page number is found out", async () => {
    const { code, report } = await build(
      await serve((query) => page(new URLSearchParams({ since: query.get("x") ?? "" }), [])),
    );
    expect(code).toBe(1);
    expect(report.blockers.join("\n")).toContain("repeats");
  });
});
