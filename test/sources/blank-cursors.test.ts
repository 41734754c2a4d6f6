/**
 * APIs whose rows have no value in the column that tells what changed, in some rows or in all: every row arrives, and none
 * of them moves what the next sync asks from. (That such rows never come again is said by `second-sync`: see `traps.test.ts`.)
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { Record_ } from "../../src/sources/record.ts";
import { type ClientSession, openClientSession } from "../support/client-session.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { verifies } from "../support/verifies.ts";
import { describeSchema } from "./graphql/fixture.ts";

const TOKEN = "right-token-value";
const day = (n: number) => `2025-01-0${n}T00:00:00Z`;
const MIXED = [null, day(3), null, day(5), day(4), null];
const BLANK = [null, null, null];

const CASES = [
  {
    kind: "rest",
    table: "items",
    column: "updated_at",
    blueprint: async (): Promise<Blueprint> =>
      makeBlueprint([{ advance: { kind: "cursor", column: "updated_at", param: "since", order: "unknown" } }], {
        auth: { kind: "bearer", token: "api_token" },
        configuration: [{ key: "api_token", description: "A token", secret: true, required: true }],
      }),
    answer: (rows: Record_[]) => ({ data: rows }),
  },
  {
    kind: "graphql",
    table: "orders",
    column: "updatedAt",
    blueprint: async () => (await describeSchema({ docs: ["shop.graphql"], tables: ["orders"] })).blueprint,
    answer: (rows: Record_[]) => ({
      data: {
        orders: {
          nodes: rows,
          edges: rows.map((node) => ({ node })),
          pageInfo: { hasNextPage: false, endCursor: null },
        },
      },
    }),
  },
];

describe.each(CASES)(verifies("sources.blank-cursors", "$kind"), ({ table, column, blueprint, answer }) => {
  let values: (string | null)[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push(`${decodeURIComponent(request.url ?? "")} ${body}`);
      const known = request.headers.authorization === `Bearer ${TOKEN}`;
      const rows = values.map((value, index) => ({ id: index + 1, [column]: value }));
      response.writeHead(known ? 200 : 401, { "content-type": "application/json" });
      response.end(JSON.stringify(known ? answer(rows) : { error: "unknown token" }));
    });
  });
  let session: ClientSession;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const one = await blueprint();
    const source = { ...one.source, base_url } as Blueprint["source"];
    session = await openClientSession({ ...one, source } as Blueprint, { base_url, api_token: TOKEN });
  }, 60_000);
  afterAll(async () => {
    await session.close();
    server.close();
  });

  it("some rows without a value arrive, and the next sync asks from the highest of the others", async () => {
    values = MIXED;
    const first = await session.read(table, { saved: {} });
    expect(first.error).toBeNull();
    expect(first.records.map((record) => record[column])).toEqual(MIXED);
    expect(JSON.stringify(first.saved)).toContain("2025-01-05");
    asked.length = 0;
    const second = await session.read(table, { saved: first.saved });
    expect(asked[0]).toContain("2025-01-05");
    expect(second).toMatchObject({ error: null, saved: first.saved });
    expect(second.records).toHaveLength(MIXED.length);
  });

  it("where none has a value everything is asked for, now and again, and what was saved before is kept", async () => {
    values = BLANK;
    const first = await session.read(table, { saved: {} });
    expect(first).toMatchObject({ error: null, saved: {} });
    expect(first.records).toHaveLength(BLANK.length);
    asked.length = 0;
    await session.read(table, { saved: first.saved });
    expect(asked[0]).not.toMatch(/since|updated_at:/);
    values = MIXED;
    const { saved } = await session.read(table, { saved: {} });
    values = BLANK;
    expect(await session.read(table, { saved })).toMatchObject({ error: null, saved });
  });

  it(verifies("sources.refused", "a wrong token is one line that names its key and not its value"), async () => {
    const { error, pauses } = await session.read(table, { configuration: { api_token: "wrong-token-Zq7" } });
    expect(error).toMatch(/^.*status 401.*check the configuration's api_token.*$/);
    expect(error).not.toContain("Zq7");
    expect(pauses).toEqual([]);
  });
});
