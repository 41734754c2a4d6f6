/**
 * SQL that a person runs in Databricks after the first update: counts against the local run, keys that occur more than
 * once, the ranges of keys and cursors. Text only: nothing here connects to anything.
 */
import type { Table } from "../../../artifacts/blueprint.ts";
import type { DestinationInput } from "../../target.ts";
import { ingestionOf } from "../ingestion.ts";

/** All statements, each ended with `;` and headed by a comment. The pipeline's own catalog and schema are in use. */
export function databricksSql({ connection, basis, tables }: DestinationInput): string {
  const parts = [
    comment(
      `Databricks: the tables of ${connection}. Begin with USE CATALOG and USE SCHEMA, as the pipeline's settings name them.`,
    ),
    comment(
      basis === "live"
        ? "Expected counts are those of the local run; rows that the source gained since come on top."
        : `Expected counts are those of the local run on a ${basis} source. Compare real data with the source itself.`,
    ),
  ];
  const statements = [
    ...(tables.length > 1 ? [overview(tables)] : []),
    ...tables.flatMap(({ table, rows }) => statementsFor(table, rows)),
  ];
  return `${[parts.join("\n"), ...statements].join("\n\n")}\n`;
}

function overview(tables: DestinationInput["tables"]): string {
  const selects = tables.map(({ table, rows }, index) => {
    const label = index === 0 ? [" AS table_name", " AS expected_rows", " AS rows_found"] : ["", "", ""];
    return `SELECT ${literal(table.name)}${label[0]}, ${rows}${label[1]}, COUNT(*)${label[2]}\nFROM ${identifier(table.name)}`;
  });
  return `${comment("All tables: expected rows and rows found.")}\n${selects.join("\nUNION ALL\n")};`;
}

function statementsFor(table: Table, rows: number): string[] {
  const { primaryKeys, cursorField } = ingestionOf(table);
  const from = identifier(table.name);
  const keys = primaryKeys.map(identifier);
  const ranges = [...new Set([...primaryKeys, ...(cursorField === undefined ? [] : [cursorField])])].map(
    (name) =>
      `MIN(${identifier(name)}) AS ${identifier(`lowest_${name}`)}, MAX(${identifier(name)}) AS ${identifier(`highest_${name}`)}`,
  );
  const statements: [string, string][] = [
    [
      `${table.name}: rows${ranges.length > 0 ? ", and the range of key and cursor" : ""}. The local run had ${rows}.`,
      `SELECT COUNT(*) AS rows_found${ranges.map((range) => `,\n       ${range}`).join("")}\nFROM ${from};`,
    ],
  ];
  if (keys.length > 0) {
    const list = keys.join(", ");
    statements.push([
      `${table.name}: keys that occur more than once. Expected: no rows.`,
      `SELECT ${list}, COUNT(*) AS occurrences\nFROM ${from}\nGROUP BY ${list}\nHAVING COUNT(*) > 1\nLIMIT 10;`,
    ]);
  }
  return statements.map(([title, sql]) => `${comment(title)}\n${sql}`);
}

function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A name cannot end the comment and start a statement. */
function comment(text: string): string {
  return `-- ${text.replace(/[\r\n\u2028\u2029]+/g, " ")}`;
}
