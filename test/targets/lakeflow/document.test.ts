import { describe, expect, test } from "vitest";
import type { Blueprint, Kind } from "../../../src/artifacts/blueprint.ts";
import type { Report } from "../../../src/artifacts/report.ts";
import { ingestion } from "../../../src/sources/document/objects.ts";
import {
  checkLakeflowDocuments,
  documentLakeflow,
  lakeflowDestinationSql,
  lakeflowSummary,
} from "../../../src/targets/lakeflow/document/document.ts";
import { pipelineSpec } from "../../../src/targets/lakeflow/document/running.ts";
import { ingestionOf } from "../../../src/targets/lakeflow/ingestion.ts";
import type { DocumentInput, GeneratedFile } from "../../../src/targets/target.ts";
import { ingestionTypeOf } from "../../../src/wording/ingestion.ts";
import { greenReport, kindBlueprint } from "../../support/kind-blueprints.ts";
import { evidenceFixture, liveReportFixture, reportFixture } from "../../support/reports.ts";

const KINDS: readonly Kind[] = ["rest", "graphql", "database", "file"];

function inputFor(blueprint: Blueprint, report: Report, more: Partial<DocumentInput> = {}): DocumentInput {
  const files: GeneratedFile[] = [
    { path: `${blueprint.name}.py`, content: "import reading\n" },
    { path: "reading.py", content: "TABLES = ()\n" },
    { path: "requirements.txt", content: "psycopg[binary]==3.3.9\n" },
    { path: "README.md", content: "old" },
  ];
  return { blueprint, report, files, evidence: evidenceFixture(), ...more };
}

function readmeOf(input: DocumentInput): string {
  return documentLakeflow(input)[0]?.content ?? "";
}

const sectionOf = (text: string, title: string) => text.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

describe.each(KINDS)("the README of a source of kind %s", (kind) => {
  const blueprint = kindBlueprint(kind);
  const input = inputFor(blueprint, greenReport(blueprint, "lakeflow"));
  const readme = readmeOf(input);

  test("passes its own gate and has the template's order", () => {
    expect(checkLakeflowDocuments(documentLakeflow(input), input)).toEqual([]);
    expect([...readme.matchAll(/^## (.*)$/gm)].map((found) => found[1])).toEqual([
      "Prerequisites",
      "Setup",
      "Supported Objects",
      "Table Configurations",
      "Data Type Mapping",
      "How to Run",
      "Testing and Limitations",
      "References",
    ]);
    expect([...sectionOf(readme, "How to Run").matchAll(/^#{3,4} (.*)$/gm)].map((found) => found[1])).toEqual([
      "Step 1: Copy the Connector",
      "Step 2: Configure the Pipeline",
      "Step 3: Run and Schedule",
      "Best Practices",
      "Troubleshooting",
    ]);
    expect(readme).not.toMatch(/undefined|\[object|NaN|edirect URI/);
  });

  test("its pipeline specification is JSON with every table, in the keys that are taken", () => {
    const json = /```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    const spec = JSON.parse(json) as { objects: { table: { source_table: string } }[] };
    expect(Object.keys(spec)).toEqual(["connection_name", "objects"]);
    expect(spec.objects.map((one) => one.table.source_table)).toEqual(blueprint.tables.map((t) => t.name));
    expect(spec).toEqual(pipelineSpec(input));
  });

  test("a red report is said before anything else", () => {
    const red: Report = { ...input.report, green: false, blockers: ["rows: 3 are missing"], checks: [], tables: [] };
    const told = inputFor(blueprint, red);
    const text = readmeOf(told);
    expect(text.split("\n")[2]).toBe("> **Not ready to be used.** Not green: 1 blocker.");
    expect(text).toContain("> - rows: 3 are missing");
    expect(checkLakeflowDocuments(documentLakeflow(told), told)).toEqual([]);
  });
});

test.each(KINDS)(
  "the API document names the ingestion types that the code declares, or why it is another: %s",
  (kind) => {
    for (const table of kindBlueprint(kind).tables) {
      const declared = table.deletes.kind === "files" ? "snapshot" : ingestionTypeOf(table);
      expect(ingestionOf(table).type).toBe(declared);
    }
  },
);

test("the API document says where the code declares another ingestion type than the source would allow", () => {
  const { source, ...rest } = kindBlueprint("file");
  const tables = rest.tables.map((table) => ({ ...table, deletes: { kind: "files" } }));
  const text = ingestion({ blueprint: { ...rest, source, tables } as Blueprint, evidence: [] });
  expect(text).toContain("a connector for Lakeflow takes `snapshot` all the same");
  const blueprint = { ...rest, source, tables } as Blueprint;
  const told = inputFor(blueprint, greenReport(blueprint, "lakeflow"));
  expect(checkLakeflowDocuments(documentLakeflow(told), told)).toEqual([]);
  expect(ingestion({ blueprint: kindBlueprint("rest"), evidence: [] })).not.toContain("Lakeflow");
});

describe("what the README says", () => {
  const told = (kind: Kind) => {
    const blueprint = kindBlueprint(kind);
    return readmeOf(inputFor(blueprint, greenReport(blueprint, "lakeflow")));
  };

  test("parameters with the whole allow-list, or that none is needed", () => {
    const setup = sectionOf(told("database"), "Setup");
    expect(setup).toContain("| `password` | string | yes | yes | Password of the user. |");
    expect(setup).toContain("| `port` | string | no | no | Port of the server. Default: `5432`. |");
    expect(setup).toContain("`externalOptionsAllowList` must be exactly `max_records_per_batch`");
    const blueprint = kindBlueprint("database");
    const whole: Blueprint = { ...blueprint, tables: blueprint.tables.slice(2) };
    const input = inputFor(whole, greenReport(whole, "lakeflow"));
    expect(sectionOf(readmeOf(input), "Setup")).toContain("`externalOptionsAllowList` is not needed");
    expect(sectionOf(readmeOf(input), "Table Configurations")).toContain("There are none.");
    expect(checkLakeflowDocuments(documentLakeflow(input), input)).toEqual([]);
  });

  test("objects as the code takes them in, not as the blueprint would have it", () => {
    const database = sectionOf(told("database"), "Supported Objects");
    expect(database).toContain("| `orders` | `id` | `cdc` | `_sequence` | no | proven on a simulated source |");
    expect(database).toContain("| `events` | `_row_key` | `snapshot` | none | yes |");
    expect(database).toContain(
      "`events`: every row is read at every update; a row that is gone from the source is deleted",
    );
    expect(database).toContain("`events` has the column `_row_key`, added as key, made from the row's values");
    const graphql = sectionOf(told("graphql"), "Supported Objects");
    expect(graphql).toContain("| `orders` | `id` | `cdc_with_deletes` |");
    expect(graphql).toContain("| `order_lines` | `order_id`, `sku` | `snapshot` | none | yes |");
    expect(sectionOf(told("file"), "Supported Objects")).toContain("| `calls` | none | `append` | none | no |");
  });

  test("types as the code declares them", () => {
    const types = sectionOf(told("database"), "Data Type Mapping");
    expect(types).toContain("| decimal (38, 9) | `DECIMAL(38, 9)` |");
    expect(types).toContain("| integer | `BIGINT` |");
    expect(types).toContain("| json | `STRING` | JSON text: the source does not say what is inside | 1 |");
  });

  test("how it is run: one file, its packages, what stays behind", () => {
    const run = sectionOf(told("database"), "How to Run");
    expect(run).toContain("The code is in `harbour_database.py` and `reading.py`. A pipeline runs one file");
    expect(run).toContain("Add `psycopg[binary]==3.3.9` to the pipeline's environment.");
    expect(run).toContain("| The source refuses the connector |");
    expect(run).not.toContain("without a lookback");
    expect(sectionOf(told("graphql"), "How to Run")).toContain("`orders`: without a lookback");
    const blueprint = kindBlueprint("file");
    const one = inputFor(blueprint, greenReport(blueprint, "lakeflow"), {
      files: [{ path: "harbour_file.py", content: "" }],
    });
    expect(sectionOf(readmeOf(one), "How to Run")).toContain("The code is one file, `harbour_file.py`");
  });

  test("no more than the report carries, and no pipeline that never ran", () => {
    const tested = sectionOf(told("rest"), "Testing and Limitations");
    expect(tested).toContain("No pipeline was run in a workspace.");
    expect(tested).toContain("Nothing here was tested against the live source. No credentials were given.");
    const live = readmeOf(inputFor(kindBlueprint("rest"), liveReportFixture()));
    expect(live).toContain("The checks ran against the live source, those marked “simulated” on a simulated source");
    expect(live).not.toContain("Nothing here was tested against the live source.");
    const red = readmeOf(inputFor(kindBlueprint("rest"), reportFixture("red")));
    expect(red).toContain("`tickets` is not proven: changes failed.");
  });

  test("texts of the source cannot add a section, and ids of evidence do not reach the reader", () => {
    const blueprint = kindBlueprint("rest");
    blueprint.description = "x\n## Setup\n<script>alert(1)</script>";
    blueprint.skipped = [{ name: "drafts", reason: "E5 says that they are private (E3)." }];
    const text = readmeOf(inputFor(blueprint, reportFixture("green")));
    expect(text.match(/^## Setup$/gm)).toHaveLength(1);
    expect(text).not.toMatch(/(?<!\\)<script/);
    expect(text).not.toMatch(/\b[EP]\d+\b/);
  });
});

describe("the gate", () => {
  const blueprint = kindBlueprint("database");
  const input = inputFor(blueprint, {
    ...greenReport(blueprint, "lakeflow"),
    green: false,
    blockers: ["x"],
    checks: [],
  });
  const changed = (change: (text: string) => string) =>
    checkLakeflowDocuments([{ path: "README.md", content: change(readmeOf(input)) }], input);

  test.each([
    ["## Setup", "## Set-up", "README.md has no section “Setup”."],
    ["`password`", "`pass`", "README.md: the section “Setup” does not name the parameter password."],
    ["`events`", "`occurrences`", "README.md: the section “Supported Objects” does not name the table events."],
    ["`_row_key`", "`_key`", "README.md: the section “Supported Objects” does not name the key _row_key."],
    ['"objects"', '"object"', "README.md has a pipeline specification with the key object"],
    ['"table_configuration"', '"table_conf"', "README.md uses a wrong key for a table's settings"],
    ["Begin with one table", "Call read_table for one table", "README.md names read_table"],
    ["Begin with one table", "Every table was verified. Begin", "README.md calls orders proven"],
  ])("%s -> %s", (from, to, problem) => {
    expect(changed((text) => text).join()).toBe("");
    expect(changed((text) => text.replaceAll(from, to)).join("\n")).toContain(problem);
  });

  test("the whole allow-list must stand there", () => {
    expect(changed((text) => text.replaceAll("`max_records_per_batch`", "`max_records`")).join("\n")).toContain(
      "does not give the whole allow-list max_records_per_batch",
    );
    expect(checkLakeflowDocuments([], input)).toEqual(["README.md is missing."]);
  });
});

describe("SQL and summary", () => {
  const blueprint = kindBlueprint("database");
  const report = greenReport(blueprint, "lakeflow");
  const tables = blueprint.tables.map((table, index) => ({ table, rows: 100 + index }));

  test("counts, key ranges and doubled keys per table, for Databricks only", () => {
    const sql = lakeflowDestinationSql({ connection: blueprint.name, basis: "simulated", tables });
    expect(Object.keys(sql)).toEqual(["databricks"]);
    const text = sql.databricks ?? "";
    expect(text).toContain(
      "SELECT 'orders' AS table_name, 100 AS expected_rows, COUNT(*) AS rows_found\nFROM `orders`",
    );
    expect(text).toContain("MIN(`id`) AS `lowest_id`, MAX(`id`) AS `highest_id`");
    expect(text).toContain("GROUP BY `code`\nHAVING COUNT(*) > 1");
    expect(text).toContain("on a simulated source. Compare real data with the source itself.");
    const statements = text
      .split("\n")
      .filter((line) => !line.startsWith("--"))
      .join("\n")
      .split(";");
    for (const statement of statements.slice(0, -1)) expect(statement.trim()).toMatch(/^SELECT /);
  });

  test("a name cannot leave its quotes or its comment", () => {
    const [first] = blueprint.tables;
    if (first === undefined) throw new Error("the fixture has no table");
    const table = { ...first, name: "a`b'c\nDROP TABLE x" };
    const text =
      lakeflowDestinationSql({ connection: "c", basis: "live", tables: [{ table, rows: 1 }] }).databricks ?? "";
    expect(text).toContain("FROM `a``b'c\nDROP TABLE x`");
    expect(text).not.toMatch(/^-- .*\n^DROP TABLE x: rows/m);
  });

  test("the summary invites nobody to use what is red", () => {
    const deployment = { outcome: "skipped" as const, reason: "nobody asked for it" };
    const green = lakeflowSummary({ blueprint, report, files: [], deployment });
    expect(green).toContain("1. Have values ready for user, password.\n  2. Make the Unity Catalog connection");
    const red = lakeflowSummary({
      blueprint,
      report: { ...report, green: false, blockers: ["rows: 3 are missing"] },
      files: [],
      deployment,
    });
    expect(red).toContain("rows: 3 are missing");
    expect(red).not.toContain("Make the Unity");
  });
});
