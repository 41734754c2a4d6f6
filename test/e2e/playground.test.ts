/** Connectors for a mock API that nobody here wrote, built from specs and run live, each row compared with what it serves. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { z } from "zod";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import type { specTableSchema } from "../../src/artifacts/spec.ts";
import { type Playground, startPlayground } from "../support/playground.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";

let playground: Playground;
let workspace: string;
beforeAll(async () => {
  playground = await startPlayground();
  workspace = await temporaryDirectory();
});
afterAll(() => playground?.stop());

interface Source {
  name: string;
  auth?: Record<string, unknown>;
  tables: TableInput[];
}

async function build({ name, auth, tables }: Source): Promise<Report> {
  const spec = join(workspace, `${name}.yaml`);
  const source = { kind: "rest", base_url: playground.baseUrl, ...(auth ? { auth } : {}) };
  await writeFile(spec, stringify({ name, source, tables, test: { mode: "live" } }));
  const environment = { ...playground.credentials };
  const result = await runHere(["--json", "build", spec], { workspace, environment });
  const path = join(workspace, name, ".syncsmith/reports/1.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(`no report: ${result.stderr}`);
  const report = reportSchema.parse(JSON.parse(text));
  expect(result.code, `${result.stderr}\n${report.blockers.join("\n")}`).toBe(0);
  for (const secret of Object.values(playground.credentials))
    expect(result.stdout + result.stderr).not.toContain(secret);
  return report;
}

type TableInput = z.input<typeof specTableSchema>;
type CursorInput = Extract<TableInput["incremental"], { kind: "cursor" }>;

const people: Omit<TableInput, "name"> = {
  records: "data",
  primary_key: ["id"],
  columns: { createdAt: "timestamp", updatedAt: "timestamp" },
};
const since = (param: string, extra: Partial<CursorInput> = {}): CursorInput => ({
  kind: "cursor",
  column: "updatedAt",
  param,
  ...extra,
});
const ascending: Partial<CursorInput> = {
  order: "ascending",
  sort_params: { order_by: "updatedAt", order_type: "asc" },
};

function expectLive(report: Report, tables: readonly string[]) {
  expect(report.basis).toBe("live");
  expect(report.green).toBe(true);
  expect(report.tables.map(({ name, trust }) => [name, trust])).toEqual(tables.map((name) => [name, "live"]));
  for (const { name, rows } of report.tables) expect(rows, name).toBeGreaterThan(0);
}

describe("the playground, live", () => {
  it(verifies("rest.live", "four pagination styles, incremental by timestamp"), async () => {
    const report = await build({
      name: "pages",
      tables: [
        {
          ...people,
          name: "by_page",
          path: "/pagination/page_number",
          pagination: {
            style: "page",
            page_param: "page",
            size_param: "per_page",
            size: 50,
            total_pages: "total_pages",
          },
          incremental: since("updated_since", ascending),
        },
        {
          ...people,
          name: "by_offset",
          path: "/pagination/offset",
          pagination: { style: "offset", offset_param: "offset", limit_param: "limit", limit: 30, total: "total" },
          incremental: since("updated_since", ascending),
        },
        {
          ...people,
          name: "by_next_url",
          path: "/pagination/next_page_url",
          pagination: { style: "next_url", next: "next_page_url", size_param: "per_page", size: 40 },
          incremental: since("updated_since"),
        },
        {
          ...people,
          name: "by_scroll",
          path: "/pagination/keyset",
          pagination: { style: "cursor", cursor_param: "scroll_param", next: "scroll_param", cursor_only: true },
          incremental: since("updated_since"),
        },
      ],
    });
    expectLive(report, ["by_page", "by_offset", "by_next_url", "by_scroll"]);
    // The three listings without a bug of their own serve the same 200 people.
    expect(report.tables.slice(0, 3).map(({ rows }) => rows)).toEqual([200, 200, 200]);
  });

  it.runIf(thorough)(
    verifies("rest.live", "incremental by timestamp and by steps of ids, parent and child"),
    async () => {
      const report = await build({
        name: "increments",
        tables: [
          { ...people, name: "by_time", path: "/incremental/timestamp", incremental: since("since") },
          {
            ...people,
            name: "by_step",
            path: "/incremental/step",
            incremental: { kind: "steps", column: "id", from_param: "start_id", to_param: "end_id", step: 60 },
          },
          {
            name: "companies",
            path: "/cursors/companies",
            records: "data",
            primary_key: ["company_id"],
            columns: { createdAt: "timestamp", updatedAt: "timestamp" },
            incremental: since("updated_since", ascending),
          },
          {
            name: "departments",
            path: "/cursors/{company_id}/departments",
            records: "data",
            primary_key: ["company_id", "department_id"],
            columns: { createdAt: "timestamp", updatedAt: "timestamp" },
            parent: {
              table: "companies",
              bind: [{ placeholder: "company_id", parent_column: "company_id", column: "company_id" }],
            },
          },
        ],
      });
      expectLive(report, ["by_time", "by_step", "companies", "departments"]);
      expect(report.tables.map(({ rows }) => rows)).toEqual([200, 200, 2, 8]);
    },
  );

  const logins: [string, string, Record<string, unknown>][] = [
    [
      "basic",
      "/auth/http_basic",
      { kind: "basic", username: "${env:PLAYGROUND_BASIC_USER}", password: "${env:PLAYGROUND_BASIC_PASSWORD}" },
    ],
    ["bearer", "/auth/http_bearer", { kind: "bearer", token: "${env:PLAYGROUND_TOKEN}" }],
    [
      "api_key",
      "/auth/api_key",
      { kind: "api_key", in: "header", name: "Authorization", prefix: "apiKey ", value: "${env:PLAYGROUND_KEY}" },
    ],
    [
      "session",
      "/auth/session_token/data",
      {
        kind: "session",
        login_path: "/auth/session_token/login",
        username: "${env:PLAYGROUND_SESSION_USER}",
        password: "${env:PLAYGROUND_SESSION_PASSWORD}",
        prefix: "Token ",
      },
    ],
  ];
  it.runIf(thorough).each(logins)(verifies("rest.live", "authentication by %s"), async (name, path, auth) => {
    expectLive(await build({ name, auth, tables: [{ ...people, name: "people", path }] }), ["people"]);
  });
});
