/** Columns as the generated code declares them: only types that the SDK's inference would miss or bend are declared. */

import type { Column, Table } from "../../../artifacts/blueprint.ts";
import { unreservedColumnName } from "../../../warehouse/naming.ts";
import { type Expression, expression, type PythonValue } from "./python-literal.ts";

/** Constants and functions of the templates that make a column type. */
export const TYPE_NAMES = [
  "DOUBLE",
  "BIG_INTEGER",
  "UTC_DATETIME",
  "UTC_FROM_SECONDS",
  "UTC_FROM_MILLISECONDS",
  "NAIVE_DATETIME",
  "NAIVE_FROM_SECONDS",
  "NAIVE_FROM_MILLISECONDS",
  "NAIVE_DATE",
  "DATE_FROM_SECONDS",
  "DATE_FROM_MILLISECONDS",
  "BINARY",
  "JSON",
  "decimal",
] as const;
export type TypeName = (typeof TYPE_NAMES)[number];

/** Used where a decimal's size is not known: room for any amount, ten digits of a fraction. */
const DEFAULT_PRECISION = 38;
const DEFAULT_SCALE = 10;

/** The declared type of a column; undefined where the SDK infers the right one from the value. */
export function typeNameOf(column: Column): TypeName | undefined {
  const variant = column.format === "epoch_seconds" ? 1 : column.format === "epoch_milliseconds" ? 2 : 0;
  switch (column.type) {
    case "timestamp":
      return (["UTC_DATETIME", "UTC_FROM_SECONDS", "UTC_FROM_MILLISECONDS"] as const)[variant];
    case "local_timestamp":
      return (["NAIVE_DATETIME", "NAIVE_FROM_SECONDS", "NAIVE_FROM_MILLISECONDS"] as const)[variant];
    case "date":
      return (["NAIVE_DATE", "DATE_FROM_SECONDS", "DATE_FROM_MILLISECONDS"] as const)[variant];
    case "number":
      return "DOUBLE";
    case "decimal":
      return "decimal";
    case "bigint":
      return "BIG_INTEGER";
    case "binary":
      return "BINARY";
    case "json":
      return "JSON";
    default:
      return undefined;
  }
}

/** Column in the destination -> expression of its type. */
export function declaredTypes(table: Table): { [column: string]: Expression } {
  const types: { [column: string]: Expression } = {};
  for (const column of table.columns) {
    const name = typeNameOf(column);
    if (name === undefined) continue;
    types[unreservedColumnName(column.name)] = expression(name === "decimal" ? decimalCall(column) : name);
  }
  return types;
}

function decimalCall(column: Column): string {
  return `decimal(${column.precision ?? DEFAULT_PRECISION}, ${column.scale ?? DEFAULT_SCALE})`;
}

/** All columns of a table in the destination, those kept from its parent included, keys first. */
export function allColumns(table: Table): string[] {
  const names = [
    ...table.primary_key,
    ...(table.read.parent?.bind.map((bind) => bind.column) ?? []),
    ...table.columns.map((column) => column.name),
  ];
  return [...new Set(names.map(unreservedColumnName))];
}

/** A value as the API might send it, and what has to become of it. */
export interface Sample {
  sent: PythonValue;
  stored: PythonValue;
}

export function sampleOf(column: Column): Sample {
  const seconds = 1_709_209_800;
  const epoch = column.format === "epoch_milliseconds" ? seconds * 1000 : seconds;
  const timed = column.format?.startsWith("epoch") === true;
  switch (column.type) {
    case "timestamp":
      if (timed) return { sent: epoch, stored: "2024-02-29T12:30:00Z" };
      return { sent: "2024-02-29T12:30:00.5+02:00", stored: "2024-02-29T10:30:00.500000Z" };
    case "local_timestamp":
      return { sent: timed ? epoch : "2024-02-29 12:30", stored: "2024-02-29T12:30:00" };
    case "date":
      return { sent: timed ? epoch - 45_000 * (epoch / seconds) : "2024-02-29", stored: "2024-02-29" };
    case "number":
      return { sent: 0.1, stored: 0.1 };
    case "decimal":
      return { sent: expression('Decimal("19.90")'), stored: "19.90" };
    case "bigint":
      return { sent: 18_446_744_073_709_551_617n, stored: "18446744073709551617" };
    case "binary":
      return { sent: "aGVsbG8=", stored: expression('b"hello"') };
    case "json":
      return { sent: { list: [1, 2], text: null }, stored: { list: [1, 2], text: null } };
    case "boolean":
      return same(true);
    case "integer":
      return same(7);
    default:
      return same("text");
  }
}

function same(value: PythonValue): Sample {
  return { sent: value, stored: value };
}
