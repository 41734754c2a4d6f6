/** The judge on sources that are not what the blueprint says, where no probe has been before it; and on true ones. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Report } from "../../src/artifacts/report.ts";
import type { Json } from "../../src/sources/record.ts";
import { proveGenerated } from "../support/prove-generated.ts";
import { makeBlueprint, type TableInput } from "../support/rest-blueprint.ts";
import { verifies } from "../support/verifies.ts";

type Serve = (path: string, query: URLSearchParams, request: IncomingMessage) => Json | undefined;

async function serve(answer: Serve): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
    const body = answer(pathname, searchParams, request);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? { error: "not_found" }));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The connector has one key, which leads it through the gateway. */
const configuration = [{ key: "base_url", description: "Base address", secret: false, required: false }];

async function proveLive(tables: readonly TableInput[], answer: Serve, defect?: Defect): Promise<Report> {
  const base_url = await serve(answer);
  const blueprint = makeBlueprint(tables, { base_url, configuration });
  return proveGenerated({ blueprint, live: { base_url }, ...(defect ? { defect } : {}) });
}
type Defect = { file: string; from: string; to: string };

const DAY = 86_400_000;
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `row ${index + 1}`,
    updated_at: new Date(Date.UTC(2025, 0, 1) + index * DAY).toISOString(),
  }));

const boxes: TableInput = { name: "boxes", columns: { id: "integer", name: "string", updated_at: "timestamp" } };
const parts: TableInput = {
  name: "parts",
  primary_key: ["box_id", "id"],
  columns: { box_id: "integer", id: "integer", name: "string", updated_at: "timestamp" },
  read: {
    path: "/boxes/{box_id}/parts",
    parent: { table: "boxes", bind: [{ placeholder: "box_id", parent_column: "id", column: "box_id" }] },
  },
  advance: { kind: "cursor", column: "updated_at", param: "since", order: "ascending" },
};
/** Two of four boxes are empty, and the parts of one were never updated. */
const serveBoxes: Serve = (path, query) => {
  if (path === "/boxes") return { data: rows(4) };
  const [, box] = /^\/boxes\/(\d+)\/parts$/.exec(path) ?? [];
  if (box === undefined) return undefined;
  const all = { 1: rows(5), 3: rows(3).map((row) => ({ ...row, updated_at: null })) }[box] ?? [];
  const since = Date.parse(query.get("since") ?? "1970-01-01");
  return { data: all.filter(({ updated_at }) => updated_at === null || Date.parse(updated_at) >= since) };
};
const secondOf = (report: Report, table: string) =>
  report.checks.filter(
    ({ check, table: name, severity }) => check === "second-sync" && name === table && severity === "blocker",
  );

describe("the second sync of a table with a cursor per parent", () => {
  it(
    verifies("proof.checks", "asks anew, and unblamed, for parents that had no row to take a cursor from"),
    async () => {
      const report = await proveLive([boxes, parts], serveBoxes);
      expect(report.blockers).toEqual([]);
      expect(secondOf(report, "parts")).toMatchObject([{ verdict: "pass", basis: "live" }]);
    },
  );

  it(verifies("proof.checks", "is blamed for asking anew where there were rows"), async () => {
    const defect = {
      file: "reading.py",
      from: "changed_pages(client, table, cursors.get(key), parent)",
      to: "changed_pages(client, table, None, parent)",
    };
    const report = await proveLive([boxes, parts], serveBoxes, defect);
    expect(
      secondOf(report, "parts")
        .map(({ summary }) => summary)
        .join("\n"),
    ).toContain("a listing was asked for without since");
  });

  it(
    verifies("proof.checks", "is unblamed at the stand-in, too, whose parents have no children now and then"),
    async () => {
      const blueprint = makeBlueprint([boxes, parts], { configuration });
      const report = await proveGenerated({ blueprint });
      expect(report.blockers).toEqual([]);
    },
  );
});

/** Pages by a cursor that is really at `meta.next`. */
const serveCursors: Serve = (path, query) => {
  if (path !== "/items") return undefined;
  const from = Number(query.get("cursor") ?? 0);
  const data = rows(250).slice(from, from + 100);
  return { data, meta: { count: data.length, next: from + 100 < 250 ? String(from + 100) : null } };
};

describe("a listing whose next page is elsewhere", () => {
  const table = (next: string): TableInput => ({
    read: { pagination: { style: "cursor", cursor_param: "cursor", next } },
  });

  it(
    verifies("rest.no-quiet-loss", "is not proven with its first page: the sentence says where the rest is"),
    async () => {
      const report = await proveLive([table("next_cursor")], serveCursors);
      expect(report.green).toBe(false);
      expect(report.blockers.join("\n")).toContain(
        "nothing at next_cursor, where the next page should be, but meta.next leads to 100 more",
      );
      const right = await proveLive([table("meta.next")], serveCursors);
      expect(right.blockers).toEqual([]);
      expect(right.tables).toMatchObject([{ rows: 250, trust: "live" }]);
    },
  );
});

describe("a listing that is said to be in order", () => {
  const table = (sort_params: Record<string, string>): TableInput => ({
    read: { pagination: { style: "page", page_param: "page" } },
    advance: { kind: "cursor", column: "updated_at", param: "since", order: "ascending", sort_params },
  });
  /** By number, unless asked otherwise; the numbers go against the time. */
  const answer: Serve = (_, query) => {
    const since = Date.parse(query.get("since") ?? "1970-01-01");
    const found = rows(90).filter(({ updated_at }) => Date.parse(updated_at) >= since);
    if (query.get("sort") !== "time") found.reverse();
    const from = (Number(query.get("page")) - 1) * 40;
    return { data: found.slice(from, from + 40) };
  };

  it(verifies("rest.no-quiet-loss", "and is not: a sync taken up again would lose rows, so it is red"), async () => {
    const report = await proveLive([table({})], answer);
    expect(report.green).toBe(false);
    expect(report.blockers.join("\n")).toMatch(
      /does not come in ascending order of updated_at: \S+ \(page 1, record 2\) comes after \S+ \(page 1, record 1\)/,
    );
    const sorted = await proveLive([table({ sort: "time" })], answer);
    expect(sorted.blockers).toEqual([]);
  });
});

describe("a source that is down when it is read before the sync", () => {
  it(
    verifies("rest.no-quiet-loss", "and up afterwards: rows that did not arrive are missed all the same"),
    async () => {
      let failures = 2;
      const answer: Serve = (path, _, request) => {
        const connector = /python/i.test(request.headers["user-agent"] ?? "");
        if (path === "/first" && !connector && failures-- > 0) return undefined;
        return { data: rows(path === "/second" && connector ? 3 : 5) };
      };
      const report = await proveLive([{ name: "first" }, { name: "second" }], answer);
      expect(report.blockers.join("\n")).toContain(
        "initial-sync of second: 5 rows at the source, 3 in the warehouse: 2 missing",
      );
    },
  );
});
