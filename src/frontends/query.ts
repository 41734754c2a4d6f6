/** SQL on the local warehouse: a table for people, CSV or JSON lines for programs. */

import { join } from "node:path";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { openWarehouse } from "../warehouse/open.ts";
import type { QueryResult } from "../warehouse/warehouse.ts";
import { warehouseFolder } from "../workflow/query.ts";
import { findConnector } from "./session.ts";

export interface QueryRequest {
  connector: string;
  sql: string;
  csv: boolean;
  rows: string;
}

export async function query({ connector, sql, csv, rows }: QueryRequest, context: CommandContext): Promise<ExitCode> {
  const maxRows = Number(rows);
  if (!Number.isInteger(maxRows) || maxRows < 1) throw new UserError(`--rows ${rows} is not a number of rows.`);
  const directory = await findConnector(context, connector);
  const folder = await warehouseFolder(directory);
  if (folder === undefined) {
    throw new UserError(`${connector} has no local warehouse yet.`, {
      hint: `Run \`syncsmith test ${connector}\` first.`,
    });
  }
  const warehouse = await openWarehouse(join(folder, "warehouse.db"), { readOnly: true });
  try {
    const result = await warehouse.query(sql, { maxRows });
    context.streams.stdout.write(context.json ? toJsonLines(result) : csv ? toCsv(result) : toTable(result));
    if (result.truncated) context.streams.stderr.write(`Only the first ${maxRows} rows; more with --rows N.\n`);
    return EXIT.done;
  } finally {
    await warehouse.close();
  }
}

function toJsonLines({ columns, rows }: QueryResult): string {
  return rows
    .map((row) => `${JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])))}\n`)
    .join("");
}

/** RFC 4180; null is an empty field, an empty text is "". */
function toCsv({ columns, rows }: QueryResult): string {
  const field = (value: string | null) => {
    if (value === null) return "";
    return value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

const MAX_WIDTH = 40;

export function toTable({ columns, rows }: QueryResult): string {
  const text = (value: string | null) => (value === null ? "NULL" : value.replaceAll(/[\r\n\t]+/g, " "));
  const cut = (value: string) =>
    [...value].length > MAX_WIDTH ? `${[...value].slice(0, MAX_WIDTH - 1).join("")}…` : value;
  const cells = [columns, ...rows].map((row) => row.map((value) => cut(text(value))));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => [...(row[index] ?? "")].length)));
  const line = (row: string[]) =>
    row
      .map((value, index) => value.padEnd(widths[index] ?? 0))
      .join(" | ")
      .trimEnd();
  const [head = [], ...body] = cells;
  return `${[line(head), widths.map((width) => "-".repeat(width)).join("-+-"), ...body.map(line)].join("\n")}\n`;
}
