/** The source's own word on how many rows there are, against what arrived: also where rows cannot be compared. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RestBlueprint } from "../../src/artifacts/blueprint.ts";
import { sourceOfKind } from "../../src/frontends/session.ts";
import { nextSync } from "../../src/proof/bench.ts";
import { checkCompleteness } from "../../src/proof/checks/completeness.ts";
import { openLive } from "../../src/proof/sources.ts";
import type { IndependentCount } from "../../src/sources/live.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { CSV, fileBlueprint } from "../support/file-blueprint.ts";
import { proveGenerated, writeGenerated } from "../support/prove-generated.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { ORDERS } from "./deep-blueprint.ts";

const ROWS = 37;
const SIZE = 10;

/** Items by offset with a total, in another order than the blueprint says: the independent reader refuses to read them. */
async function liveItems(): Promise<string> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const offset = Number(searchParams.get("offset") ?? 0);
    const limit = Math.min(SIZE, Number(searchParams.get("limit") ?? SIZE));
    const all = Array.from({ length: ROWS }, (_, n) => ({
      id: n + 1,
      name: `item ${n}`,
      updated_at: `2024-0${1 + ((n * 5) % 9)}-01T00:00:00Z`,
    }));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: all.slice(offset, offset + limit), meta: { total: ROWS } }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function itemsAt(base_url: string): RestBlueprint {
  return makeBlueprint(
    [
      {
        read: {
          pagination: {
            style: "offset",
            offset_param: "offset",
            limit_param: "limit",
            limit: SIZE,
            total: "meta.total",
          },
        },
        advance: {
          kind: "cursor",
          column: "updated_at",
          param: "since",
          format: "iso8601",
          inclusive: true,
          order: "ascending",
        },
      },
    ],
    {
      base_url,
      configuration: [{ key: "base_url", description: "Address.", secret: false, required: false, default: base_url }],
    },
  );
}

test("a total is as many as arrived, although nobody could read the rows a second time", async () => {
  const base_url = await liveItems();
  const blueprint = itemsAt(base_url);
  const { directory, kind, targets } = await writeGenerated({ blueprint });
  const [part] = targets.parts;
  if (part === undefined) throw new Error("There is no target.");
  const signal = new AbortController().signal;
  const source = await openLive({ blueprint, kind, signal }, { base_url });
  const warehouse = await openWarehouse(join(await temporaryDirectory(), "warehouse.db"));
  try {
    const said = { onProgress: () => {}, onLog: () => {}, label: "", signal };
    const bench = { ...said, blueprint, directory, target: part.target, source, warehouse, syncs: [] };
    await nextSync(bench, "initial");
    const [result] = await checkCompleteness(bench, { kind, configuration: { base_url } });
    expect(result).toMatchObject({
      basis: "live",
      verdict: "pass",
      summary: "by meta.total in the answer: 37 rows, as many as arrived",
    });
  } finally {
    await warehouse.close();
    await source.close();
  }
}, 120_000);

test("a last page that is lost shows by the total, and in a proof of the real source", async () => {
  const base_url = await liveItems();
  const report = await proveGenerated({
    blueprint: itemsAt(base_url),
    live: { base_url },
    defect: {
      file: "reading.py",
      from: "def table_pages(",
      to: "def table_pages(*given):\n    return list(every_page(*given))[:3]\n\n\ndef every_page(",
    },
  });
  const found = report.checks.find(({ check, basis }) => check === "completeness" && basis === "live");
  expect(`${found?.verdict}: ${found?.summary}`).toBe(
    "fail: by meta.total in the answer: 30 of 37 rows arrived, 7 are missing",
  );
}, 120_000);

/** Each kind's count, of its own stand-in. */
async function counted(
  blueprint: Parameters<typeof proveGenerated>[0]["blueprint"],
): Promise<[string, IndependentCount | undefined, number][]> {
  const kind = await sourceOfKind(blueprint.source.kind);
  const simulator = await kind.simulate(blueprint, { seed: 7 });
  try {
    const options = { configuration: simulator.configuration, signal: new AbortController().signal };
    const results: [string, IndependentCount | undefined, number][] = [];
    for (const { name } of blueprint.tables)
      results.push([name, await kind.count?.(blueprint, name, options), simulator.truth(name).length]);
    return results;
  } finally {
    await simulator.close();
  }
}

test("an API's total is asked for; without one there is no count", async () => {
  const [orders, ports] = await counted(ORDERS);
  expect(orders?.[1]).toEqual({ route: "meta.total in the answer", rows: orders?.[2] });
  expect(ports?.[1]).toBeUndefined();
});

test("a database counts: in all, and in ranges of its key", async () => {
  const ddl = "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount TEXT); CREATE TABLE ports (code TEXT PRIMARY KEY);";
  const { blueprint } = await describeDdl("sqlite", ddl);
  const [orders, ports] = await counted(blueprint);
  expect([orders?.[0], orders?.[1]?.rows]).toEqual(["orders", orders?.[2]]);
  expect(orders?.[1]?.parts?.map(({ column }) => column)).toEqual(["id", "id", "id", "id"]);
  expect(orders?.[1]?.parts?.at(-1)?.rows).toBe(orders?.[2]);
  expect(ports?.[1]).toEqual({ route: "count(*)", rows: ports?.[2] });
});

test.each([
  ["CSV", { content: CSV }],
  ["CSV in another dialect", { content: { ...CSV, delimiter: ";", quote: "'", encoding: "utf-16" } as typeof CSV }],
  ["NDJSON", { pattern: "o/{n}.ndjson", content: { format: "ndjson" as const } }],
  ["Parquet", { pattern: "o/{n}.parquet", content: { format: "parquet" as const } }],
])("records of %s are counted by where they end", async (_, shape) => {
  const [orders] = await counted(fileBlueprint({}, [shape]));
  expect(orders?.[1]?.rows).toBe(orders?.[2]);
  expect(orders?.[2]).toBeGreaterThan(20);
});
