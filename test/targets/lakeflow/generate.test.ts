/** The generated code itself: what is decided for each table, what is refused, and what no connector may hold. */
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import type { Table } from "../../../src/artifacts/blueprint.ts";
import { UserError } from "../../../src/errors.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { planColumn } from "../../../src/targets/lakeflow/generate/columns.ts";
import { className } from "../../../src/targets/lakeflow/generate/view.ts";
import { generateLakeflow } from "../../../src/targets/lakeflow/generate.ts";
import { ingestionOf } from "../../../src/targets/lakeflow/ingestion.ts";
import { type JournalTable, journalBlueprint, journalClient, journalConnector } from "./journal.ts";

const timestamp = { type: "timestamp", nullable: false };
const by = (column: string) => ({ kind: "column", column });

function tableOf(table: Partial<JournalTable>): Table {
  const [first] = journalBlueprint([{ name: "t", columns: { id: "integer", at: timestamp }, ...table }]).tables;
  if (first === undefined) throw new Error("There is no table.");
  return first;
}

describe("how a table is taken in", () => {
  const flag = { kind: "flag", column: "gone" };
  const feed = { kind: "feed", path: "/deleted", records: "", keys: { id: "id" } };
  const added = { cursorField: "_sequence", addedSequence: "_sequence" };
  test.each<[string, Partial<JournalTable>, object]>([
    ["read whole", {}, { type: "snapshot", primaryKeys: ["id"] }],
    ["read whole, no key", { key: [] }, { type: "snapshot", primaryKeys: ["_row_key"], addedKey: "_row_key" }],
    [
      "by a time, which may go back where clocks differ",
      { advance: by("at") },
      { type: "cdc", primaryKeys: ["id"], ...added },
    ],
    ["by its key", { advance: by("id") }, { type: "cdc", primaryKeys: ["id"], ...added }],
    [
      "by a time that may be missing",
      { advance: by("at"), columns: { id: "integer", at: "timestamp", gone: "boolean" }, deletes: flag },
      { type: "cdc_with_deletes", primaryKeys: ["id"], ...added },
    ],
    [
      "by text",
      {
        advance: by("at"),
        columns: { id: "integer", at: { type: "string", nullable: false }, gone: "boolean" },
        deletes: flag,
      },
      { type: "cdc_with_deletes", primaryKeys: ["id"], ...added },
    ],
    [
      "by a day",
      {
        advance: by("at"),
        columns: { id: "integer", at: { type: "date", nullable: false }, gone: "boolean" },
        deletes: flag,
      },
      { type: "cdc_with_deletes", primaryKeys: ["id"], ...added },
    ],
    [
      "with a flag",
      { advance: by("at"), deletes: flag },
      { type: "cdc_with_deletes", primaryKeys: ["id"], cursorField: "at" },
    ],
    ["with a feed", { advance: by("at"), deletes: feed }, { type: "cdc_with_deletes", primaryKeys: ["id"], ...added }],
    [
      "a name that is taken",
      { advance: by("id"), columns: { id: "integer", _SEQUENCE: "string" } },
      { type: "cdc", primaryKeys: ["id"], cursorField: "__sequence", addedSequence: "__sequence" },
    ],
    [
      "files that never change, no key",
      { key: [], advance: { kind: "files", by: "name" } },
      { type: "append", primaryKeys: [] },
    ],
    [
      "files that show what is deleted: the flow of deletes could miss what the one of rows had read",
      { advance: { kind: "files", by: "modified" }, deletes: { kind: "files" } },
      { type: "snapshot", primaryKeys: ["id"] },
    ],
    [
      "files that change, no key",
      { key: [], advance: { kind: "files", by: "modified" } },
      { type: "snapshot", primaryKeys: ["_row_key"], addedKey: "_row_key" },
    ],
    [
      "by a time, no key",
      { key: [], advance: by("at") },
      { type: "snapshot", primaryKeys: ["_row_key"], addedKey: "_row_key" },
    ],
  ])("%s", (_, table, ingestion) => {
    expect(ingestionOf(tableOf(table))).toEqual(ingestion);
  });
});

describe("types", () => {
  const typeOf = (column: Record<string, unknown>) => {
    const [planned] = tableOf({ key: [], columns: { c: column } }).columns;
    return planned && planColumn(planned, "json").type;
  };
  const shape = (fields: object[]) => ({ type: "json", shape: { kind: "object", fields } });
  const value = (type: string) => ({ kind: "value", type });
  test.each<[Record<string, unknown>, string]>([
    [{ type: "decimal" }, "DecimalType(38, 18)"],
    [{ type: "decimal", precision: 10 }, "DecimalType(10, 0)"],
    [{ type: "decimal", precision: 65, scale: 30 }, "StringType()"],
    [{ type: "local_timestamp" }, "StringType()"],
    [{ type: "json" }, "StringType()"],
    [shape([]), "StringType()"],
    [shape([{ name: "a", shape: value("json") }]), "StringType()"],
    [
      shape([
        { name: "a", shape: value("string") },
        { name: "A", shape: value("string") },
      ]),
      "StringType()",
    ],
    [
      shape([{ name: "a", shape: { kind: "list", items: value("bigint") } }]),
      'StructType([StructField("a", ArrayType(DecimalType(38, 0))),])',
    ],
  ])("%j", (column, type) => {
    expect(typeOf(column)).toBe(type);
  });
});

test.each([
  ["help_desk", "HelpDesk"],
  ["_3d_models", "Source3dModels"],
])("the class of %s", (name, expected) => {
  expect(className(name)).toBe(expected);
});

test.each<[string, Partial<JournalTable>, string]>([
  [
    "names that differ in case only",
    { columns: { id: "integer", ID: "string" } },
    "takes its columns id and ID for one",
  ],
  [
    "a column that rows cannot have",
    { columns: { id: "integer", cls: "string" } },
    "cannot make rows with a column cls",
  ],
  ["a key with a dot", { key: ["a.b"], columns: { "a.b": "string" } }, "takes its key a.b for a field inside"],
  ["a key that is no column", { key: ["other"] }, "its key other is not among its columns"],
  [
    "deletes without a key",
    { key: [], deletes: { kind: "flag", column: "at" } },
    "cannot be named without a primary key",
  ],
])("refuses %s", async (_, table, message) => {
  const tables = [{ name: "t", columns: { id: "integer", at: timestamp }, ...table } as JournalTable];
  const failure = await generateLakeflow(journalBlueprint(tables), {
    layout: "modular",
    client: () => journalClient(tables),
    python: await ensurePythonEnv(),
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toContain(message);
});

const TABLES: JournalTable[] = [
  { name: "ports", columns: { id: "integer", name: "string" } },
  { name: "calls", key: [], columns: { at: "timestamp" } },
  {
    name: "orders",
    columns: { id: "integer", at: { type: "integer", nullable: false }, gone: "boolean" },
    advance: by("at"),
    deletes: { kind: "flag", column: "gone" },
    python: 'cursor="at", flag="gone"',
  },
  {
    name: "lines",
    columns: { id: "integer", at: "integer" },
    advance: by("at"),
    deletes: { kind: "feed", path: "/deleted", records: "", keys: { id: "id" } },
    python: 'cursor="at"',
  },
];

test("one file holds nothing that keeps it from being merged with the platform's own", async () => {
  const { text } = await journalConnector(TABLES, { layout: "single" });
  const code = await text("journal_source.py");
  expect(code).not.toMatch(/from __future__|^from \.|if __name__|^from (journal|reading|schemas|timestamps) import/m);
  const names = [...code.matchAll(/^(?:def|class) (\w+)|^([A-Z_]+)[:=\s]/gm)].map(([, one, other]) => one ?? other);
  expect(new Set(names).size).toBe(names.length);
  expect(code).toContain("class JournalSourceLakeflowConnect(LakeflowConnect):");
  expect(code).toContain("class JournalSourceDataSource(LakeflowSource):");
});

test("only what the tables need is in the code, and ruff finds nothing in it", async () => {
  const whole = await journalConnector(TABLES.slice(0, 1));
  const code = await whole.text("journal_source.py");
  expect(code).not.toMatch(/MicroBatch|read_table_deletes|_init_time|max_records_per_batch|Counter/);
  const all = await journalConnector(TABLES);
  const { ruff } = await ensurePythonEnv();
  const rules = ["E", "F", "W", "B", "I", "UP", "SIM", "RET", "PL", "N", "D1"];
  for (const { directory } of [whole, all]) {
    const done = await execa(
      ruff,
      [
        "check",
        "--isolated",
        "--no-cache",
        "--line-length",
        "110",
        "--target-version",
        "py310",
        "--select",
        rules.join(","),
        "--ignore",
        // A batch on disk is closed by whoever reads it.
        "PLR2004,D107,D105,D104,UP017,B905,SIM115",
        "journal_source.py",
        "schemas.py",
      ],
      { cwd: directory, reject: false, all: true },
    );
    expect(done.all).toBe("All checks passed!");
  }
});

test("every method names the tables there are, for one that there is not", async () => {
  const { directory, journal } = await journalConnector(TABLES);
  const { python } = await ensurePythonEnv();
  const standin = new URL("../../../src/targets/lakeflow/python/standin", import.meta.url).pathname;
  const program = `
from journal_source import JournalSourceLakeflowConnect as Connector
connector = Connector({"path": ${JSON.stringify(journal)}})
print(connector.list_tables())
for call in (
    lambda: connector.get_table_schema("order", {}),
    lambda: connector.read_table_metadata("order", {}),
    lambda: connector.read_table("order", None, {}),
    lambda: connector.read_table_deletes("order", None, {}),
    lambda: connector.read_table_deletes("ports", None, {}),
):
    try:
        call()
    except ValueError as error:
        print(error)
`;
  const done = await execa(python, ["-B", "-c", program], { cwd: directory, env: { PYTHONPATH: standin }, all: true });
  const missing = "There is no table 'order'; there are ports, calls, orders, lines";
  expect(done.all.split("\n")).toEqual([
    "['ports', 'calls', 'orders', 'lines']",
    ...Array(4).fill(missing),
    "ports: the source does not tell which of its rows were deleted",
  ]);
});
