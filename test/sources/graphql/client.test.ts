/** The generated client part against the stand-in: what it reads, what it goes on from, and what it refuses to take. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { buildSchema, parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { formatPython } from "../../../src/python/ruff.ts";
import { graphqlSource } from "../../../src/sources/graphql/graphql.ts";
import type { Record_ } from "../../../src/sources/record.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { ensurePythonEnv, type PythonEnv } from "../../../src/system/python-env.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { describeSchema, FIXTURES } from "./fixture.ts";

interface Outcome {
  pages: Record_[][];
  states: Record<string, unknown>[];
  error: string | null;
}

interface Connector {
  blueprint: Blueprint;
  simulator: Simulator;
  directory: string;
  read: (
    table: string,
    how?: { saved?: Record<string, unknown>; configuration?: Record<string, string> },
  ) => Promise<Outcome>;
}

let python: PythonEnv;

async function connector(name: string, tables?: unknown[]): Promise<Connector> {
  const { blueprint } = await describeSchema({ docs: [name], ...(tables ? { tables } : {}) });
  const client = await graphqlSource.client(blueprint, { single: false });
  const directory = await temporaryDirectory();
  const modules = client.modules.map((module) => ({
    path: `${module.name}.py`,
    content: module.content.replace(/^#: body\n/m, ""),
  }));
  for (const { path, content } of await formatPython([...modules, ...client.tests], python)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const simulator = await graphqlSource.simulate(blueprint, { seed: 7 });
  const read: Connector["read"] = async (table, { saved, configuration = {} } = {}) => {
    const request = {
      directory,
      table,
      saved: saved ?? null,
      configuration: { ...simulator.configuration, ...configuration },
    };
    const { stdout } = await execa(python.python, [join(import.meta.dirname, "driver.py"), JSON.stringify(request)]);
    return JSON.parse(stdout) as Outcome;
  };
  return { blueprint, simulator, directory, read };
}

const idsOf = (rows: Record_[], ...columns: string[]) =>
  rows.map((row) => columns.map((name) => String(row[name])).join("|")).sort();

beforeAll(async () => {
  python = await ensurePythonEnv();
}, 120_000);

describe("reading a shop", () => {
  let shop: Connector;
  beforeAll(async () => {
    shop = await connector("shop.graphql");
  }, 60_000);
  afterAll(() => shop.simulator.close());

  test("its own tests pass", async () => {
    const { stderr } = await execa(python.python, ["-m", "unittest", "tests/test_api.py", "tests/test_reading.py"], {
      cwd: shop.directory,
      env: { PYTHONPATH: shop.directory },
    });
    expect(stderr).toMatch(/OK/);
  });

  test("all rows of nested lists come, also beyond the first page of each", async () => {
    const { pages, error } = await shop.read("order_line_items");
    expect(error).toBeNull();
    const truth = shop.simulator.truth("order_line_items");
    const largest = Math.max(...truth.map((row) => truth.filter(({ order_id }) => order_id === row.order_id).length));
    expect(largest).toBeGreaterThan(20);
    expect(idsOf(pages.flat(), "order_id", "id")).toEqual(idsOf(truth, "order_id", "id"));
    expect(shop.simulator.requests.some(({ path }) => path === "orders.lineItems")).toBe(true);
  });

  test("the second read asks from the cursor, and ties and changes arrive", async () => {
    const first = await shop.read("orders", { saved: {} });
    expect(first.error).toBeNull();
    expect(first.pages.length).toBeGreaterThanOrEqual(3);
    expect(idsOf(first.pages.flat(), "id")).toEqual(idsOf(shop.simulator.truth("orders"), "id"));
    const saved = first.states.at(-1) ?? {};
    const changed = [
      ...shop.simulator.change({ kind: "tie", table: "orders", count: 2 }),
      ...shop.simulator.change({ kind: "insert", table: "orders", count: 2 }),
      ...shop.simulator.change({ kind: "update", table: "orders", count: 2 }),
    ];
    const before = shop.simulator.requests.length;
    const second = await shop.read("orders", { saved });
    const asked = shop.simulator.requests[before];
    expect(Object.fromEntries(asked?.query ?? [])).toMatchObject({
      query: `updated_at:>='${saved.cursor}'`,
      sortKey: "UPDATED_AT",
    });
    const ids = new Set(idsOf(second.pages.flat(), "id"));
    expect(idsOf(changed, "id").filter((id) => !ids.has(id))).toEqual([]);
    expect(second.pages.flat().length).toBeLessThan(first.pages.flat().length);
  });

  test("a break-off on the way loses nothing: each saved value covers what was written", async () => {
    const { pages, states } = await shop.read("orders", { saved: {} });
    const half = Math.floor(pages.length / 2);
    const rest = await shop.read("orders", { saved: states[half] ?? {} });
    const ids = new Set([...pages.slice(0, half + 1).flat(), ...rest.pages.flat()].map(({ id }) => id));
    expect(ids.size).toBe(shop.simulator.truth("orders").length);
  });

  test("partial data with errors is an error, with status 200, and names table and path", async () => {
    shop.simulator.deny("orders", 403);
    const before = shop.simulator.requests.length;
    const { error } = await shop.read("orders", { saved: {} });
    shop.simulator.deny("orders", undefined);
    expect(shop.simulator.requests.slice(before).map(({ status }) => status)).toEqual([200]);
    expect(error).toMatch(/orders: .*errors; check the configuration's api_token: FORBIDDEN: .*\(at orders\)/);
  });

  test("a throttled source is asked again, a wrong token is not", async () => {
    shop.simulator.deny("products", 429);
    const before = shop.simulator.requests.length;
    const throttled = await shop.read("products");
    shop.simulator.deny("products", undefined);
    expect(throttled.error).toMatch(/THROTTLED, also after 5 attempts/);
    expect(shop.simulator.requests.length - before).toBe(5);
    const wrong = await shop.read("products", { configuration: { api_token: "wrong-token-value" } });
    expect(wrong.error).toMatch(/status 401.*api_token/);
    expect(wrong.error).not.toContain("wrong-token-value");
    expect(shop.simulator.requests.length - before).toBe(6);
  });
});

test("rows that come late are read again, as far back as the spec says", async () => {
  const incremental = { kind: "cursor", column: "updatedAt", param: "query", lookback: 3600 };
  const shop = await connector("shop.graphql", [{ name: "orders", incremental }]);
  const first = await shop.read("orders", { saved: {} });
  const late = shop.simulator.change({ kind: "late", table: "orders", count: 3 });
  expect(late.length).toBe(3);
  const second = await shop.read("orders", { saved: first.states.at(-1) ?? {} });
  await shop.simulator.close();
  const ids = new Set(idsOf(second.pages.flat(), "id"));
  expect(idsOf(late, "id").filter((id) => !ids.has(id))).toEqual([]);
  const reached = (outcome: Outcome) => Date.parse(String(outcome.states.at(-1)?.cursor));
  expect(reached(second)).toBe(reached(first));
}, 30_000);

describe("reading others", () => {
  test("lists by offset, envelopes, and lists inside of records", async () => {
    const depot = await connector("depot.graphql");
    for (const table of ["parcels", "depots", "zones", "zone_streets"]) {
      const { pages, error } = await depot.read(table);
      expect(error).toBeNull();
      const key = depot.blueprint.tables.find(({ name }) => name === table)?.primary_key ?? [];
      expect(idsOf(pages.flat(), ...key)).toEqual(idsOf(depot.simulator.truth(table), ...key));
    }
    const first = await depot.read("parcels", { saved: {} });
    const again = await depot.read("parcels", { saved: first.states.at(-1) ?? {} });
    // The filter leaves out what equals the value: the second before it is asked for again.
    expect(again.pages.flat().length).toBeGreaterThan(0);
    await depot.simulator.close();
  }, 60_000);

  test("lists two levels in, found again by node()", async () => {
    const forge = await connector("forge.graphql");
    for (const table of ["repository_issues", "repository_issue_comments"]) {
      const { pages, error } = await forge.read(table);
      expect(error).toBeNull();
      const key = forge.blueprint.tables.find(({ name }) => name === table)?.primary_key ?? [];
      expect(idsOf(pages.flat(), ...key)).toEqual(idsOf(forge.simulator.truth(table), ...key));
    }
    await forge.simulator.close();
  }, 60_000);
});

test.each(["shop", "forge", "tracker", "depot"])(
  "every query of %s is valid for the schema it was drafted from",
  async (name) => {
    const schema = buildSchema(await readFile(join(FIXTURES, `${name}.graphql`), "utf8"));
    const { blueprint } = await describeSchema({ docs: [`${name}.graphql`] });
    const client = await graphqlSource.client(blueprint, { single: false });
    const text = client.modules.find((module) => module.name === "reading")?.content ?? "";
    const queries = [...text.matchAll(/^\w+_QUERY(?:_\d)? = """\n(.*?)\n"""/gms)].map((match) => match[1] ?? "");
    expect(queries.length).toBeGreaterThanOrEqual(blueprint.tables.length);
    for (const query of queries) expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([]);
  },
);
