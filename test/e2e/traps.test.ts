/** Live sources that would lose rows quietly: each must be found out, none may be called green. */

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

type Answer = { status?: number; body: unknown; headers?: Record<string, string> };

type Serve = (path: string, query: URLSearchParams, request: IncomingMessage) => Answer;

/** The connector, as it shows to a source. What a source does to it alone, no probe can find out before. */
const isConnector = ({ headers }: IncomingMessage) => /python/i.test(headers["user-agent"] ?? "");

async function serve(answer: Serve, seen: string[] = []): Promise<string> {
  const server = createServer((request, response) => {
    seen.push(`${request.headers.authorization ?? ""} ${request.url}`);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const { status = 200, body, headers = {} } = answer(pathname, searchParams, request);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Source {
  base_url: string;
  tables: Record<string, unknown>[];
  auth?: Record<string, unknown>;
}

interface Built {
  code: number | undefined;
  stderr: string;
  /** The last of so many rounds. */
  report: Report;
  rounds: number;
  claims: Blueprint["claims"];
}

async function build({ tables, ...source }: Source): Promise<Built> {
  const workspace = await temporaryDirectory();
  const spec = join(workspace, "spec.yaml");
  await writeFile(
    spec,
    stringify({ name: "Trap", source: { kind: "rest", ...source }, tables, test: { mode: "live" } }),
  );
  const { code, stderr } = await runHere(["build", spec], { workspace, environment: { TOKEN: "a-secret-token-1" } });
  for (const rounds of [3, 2, 1]) {
    const text = await readFile(join(workspace, `trap/.syncsmith/reports/${rounds}.json`), "utf8").catch(
      () => undefined,
    );
    if (text === undefined) continue;
    const { claims } = JSON.parse(await readFile(join(workspace, "trap/.syncsmith/blueprint.json"), "utf8"));
    return { code, stderr, rounds, claims, report: reportSchema.parse(JSON.parse(text)) };
  }
  throw new Error(`no report: ${stderr}`);
}

const things = Array.from({ length: 37 }, (_, index) => ({
  id: index + 1,
  name: `thing ${index}`,
  modified: new Date(Date.UTC(2025, 0, 1, index)).toISOString(),
}));
const table = { name: "things", path: "/things", records: "items", primary_key: ["id"] };

describe("a source that would lose rows quietly", () => {
  it(verifies("rest.no-quiet-loss", "has a key that stands for several records"), async () => {
    const rows = [
      { id: 1, region: "eu" },
      { id: 1, region: "us" },
      { id: 2, region: "eu" },
    ];
    const { code, report } = await build({ base_url: await serve(() => ({ body: { items: rows } })), tables: [table] });
    expect(code).toBe(1);
    expect(report.blockers.join("\n")).toContain("stand for different records");
  });

  const spoken: [string, object, Record<string, string>, string][] = [
    ["a total", { total: 37 }, {}, "total is 37"],
    ["a next page", { paging: { next: "x" } }, {}, "paging.next is given"],
    ["a flag", { has_more: true }, {}, "has_more is true"],
    ["a Link header", {}, { link: '</things?page=2>; rel="next"' }, "Link header"],
  ];
  it.each(spoken.filter((_, index) => thorough || index % 2 === 0))(
    verifies("rest.no-quiet-loss", "gives one page without pagination, and %s that speaks of more"),
    async (_, extra, headers, said) => {
      const answer = () => ({ body: { items: things.slice(0, 10), ...extra }, headers });
      const { code, report } = await build({ base_url: await serve(answer), tables: [table] });
      expect(code).toBe(1);
      expect(report.blockers.join("\n")).toContain(said);
    },
  );

  /** Ten rows at a time; `ownTotal`: the total is the page's own. */
  const tenRows = (query: URLSearchParams, ownTotal: boolean): Answer => {
    const from = Number(query.get("offset") ?? 0);
    const items = things.slice(from, from + 10);
    return { body: { items, total: ownTotal ? items.length : things.length } };
  };
  const byOffset = { style: "offset", offset_param: "offset", limit_param: "limit", limit: 10, total: "total" };

  it(verifies("rest.no-quiet-loss", "states a total that is only the page's own: it is not used"), async () => {
    const base_url = await serve((_, query) => tenRows(query, true));
    const { code, stderr, report, rounds, claims } = await build({
      base_url,
      tables: [{ ...table, pagination: byOffset }],
    });
    expect(code, stderr).toBe(0);
    expect(rounds).toBe(1);
    expect(report.tables).toMatchObject([{ rows: 37, trust: "live" }]);
    const claim = claims["tables.things.read.pagination"];
    expect(claim).toMatchObject({ status: "contradicted" });
    expect(JSON.stringify(claim)).toContain("`total` is 10 on page 1");
  });

  it(
    verifies("rest.no-quiet-loss", "states such a total to the connector alone: rows are missed, and it is red"),
    async () => {
      const base_url = await serve((_, query, request) => tenRows(query, isConnector(request)));
      const { code, report } = await build({ base_url, tables: [{ ...table, pagination: byOffset }] });
      expect(code).toBe(1);
      expect(report.green).toBe(false);
      expect(report.blockers.join("\n")).toContain("27 missing");
    },
  );

  const changed = { columns: { modified: "timestamp" } };
  const modifiedAfter = { kind: "cursor", column: "modified", param: "modified_after" };
  /** Rows after the cursor, or from it on. */
  const rowsAfter = (query: URLSearchParams, exclusive: boolean): Answer => {
    const from = Date.parse(query.get("modified_after") ?? "1970-01-01");
    return {
      body: {
        items: things.filter(({ modified: at }) => Date.parse(at) > from || (!exclusive && Date.parse(at) === from)),
      },
    };
  };

  it(verifies("rest.no-quiet-loss", "leaves out rows that equal the cursor: it is asked from earlier"), async () => {
    const base_url = await serve((_, query) => rowsAfter(query, true));
    const { code, stderr, report, rounds, claims } = await build({
      base_url,
      tables: [{ ...table, ...changed, incremental: modifiedAfter }],
    });
    expect(code, stderr).toBe(0);
    expect(rounds).toBe(1);
    expect(report.tables).toMatchObject([{ rows: 37, trust: "live" }]);
    const claim = claims["tables.things.advance"];
    expect(claim).toMatchObject({ status: "contradicted" });
    expect(JSON.stringify(claim)).toContain("modified_after");
  });

  it.runIf(thorough)(
    verifies("run.fix", "leaves them out for the connector alone, in three tables: mended in one round"),
    async () => {
      const base_url = await serve((_, query, request) => rowsAfter(query, isConnector(request)));
      const names = ["things", "parts", "tools"];
      const { code, stderr, report, rounds } = await build({
        base_url,
        tables: names.map((name) => ({ ...table, ...changed, name, path: `/${name}`, incremental: modifiedAfter })),
      });
      expect(code, stderr).toBe(0);
      expect(rounds).toBe(2);
      expect(report.tables).toMatchObject(names.map((name) => ({ name, rows: 37, trust: "live" })));
      for (const name of names)
        expect(report.unproven.join("\n")).toContain(
          `tables.${name}.advance: modified_after leaves out rows that equal`,
        );
    },
  );

  it.runIf(thorough)(
    verifies("run.fix", "comes in order on its first pages only: the cursor waits for the last"),
    async () => {
      // More pages than a probe looks at.
      const rows = Array.from({ length: 400 }, (_, index) => ({
        id: index + 1,
        modified: new Date(Date.UTC(2025, 0, 1, index < 350 ? index : index - 300)).toISOString(),
      }));
      const base_url = await serve((_, query) => {
        const since = Date.parse(query.get("since") ?? "1970-01-01");
        const from = (Number(query.get("page")) - 1) * 20;
        return { body: { items: rows.filter(({ modified }) => Date.parse(modified) >= since).slice(from, from + 20) } };
      });
      const incremental = { kind: "cursor", column: "modified", param: "since", order: "ascending" };
      const { code, stderr, report, rounds } = await build({
        base_url,
        tables: [{ ...table, ...changed, pagination: { style: "page", page_param: "page" }, incremental }],
      });
      expect(code, stderr).toBe(0);
      expect(rounds).toBe(2);
      expect(report.tables).toMatchObject([{ rows: 400, trust: "live" }]);
      expect(report.unproven.join("\n")).toContain("does not come in ascending order of modified");
    },
  );

  it(verifies("rest.no-quiet-loss", "has rows without a cursor value: they are counted, and named"), async () => {
    const rows = things.map((row, index) => (index < 9 ? { ...row, modified: null } : row));
    const answer = (_: string, query: URLSearchParams) => {
      const since = query.get("since");
      const found = rows.filter(
        ({ modified }) => !since || (modified !== null && Date.parse(modified) >= Date.parse(since)),
      );
      return { body: { items: found } };
    };
    const incremental = { kind: "cursor", column: "modified", param: "since" };
    const { report, stderr } = await build({
      base_url: await serve(answer),
      tables: [{ ...table, columns: { modified: "timestamp" }, incremental }],
    });
    const warnings = report.checks.filter(({ verdict, severity }) => verdict === "fail" && severity === "warning");
    expect(warnings.map(({ summary }) => summary).join("\n"), stderr).toContain("9 of 37 rows have no modified");
  });

  it(verifies("rest.no-quiet-loss", "writes a flag as the text false: no row is deleted for it"), async () => {
    const rows = things.map((row, index) => ({ ...row, deleted: index < 5 ? "true" : "false" }));
    const { code, stderr, report } = await build({
      base_url: await serve(() => ({ body: { items: rows } })),
      tables: [{ ...table, columns: { deleted: "string" }, deletes: { kind: "flag", column: "deleted" } }],
    });
    expect(code, stderr).toBe(0);
    expect(report.tables).toMatchObject([{ rows: 32, trust: "live" }]);
  });
});

it("credentials never go to another host that an answer names", async () => {
  const seen: string[] = [];
  const other = await serve(() => ({ body: { items: [] } }), seen);
  const elsewhere = other.replace("127.0.0.1", "localhost");
  const base_url = await serve(() => ({ body: { items: things.slice(0, 3), next: `${elsewhere}/things?page=2` } }));
  const auth = { kind: "bearer", token: "${env:TOKEN}" };
  const { code, report } = await build({
    base_url,
    auth,
    tables: [{ ...table, pagination: { style: "next_url", next: "next" } }],
  });
  expect(code).toBe(1);
  expect(report.green).toBe(false);
  expect(seen.join("\n")).not.toContain("a-secret-token-1");
});
