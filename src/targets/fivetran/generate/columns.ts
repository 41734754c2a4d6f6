/** Columns as the generated code declares them: only types that the SDK's inference would miss or bend are declared. */

import { type Column, parentOf, type Table } from "../../../artifacts/blueprint.ts";
import type { TimestampName, ValueForm } from "../../../python/client-part.ts";
import { unreservedColumnName } from "../../../warehouse/naming.ts";

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

/** How a constant of a type is defined. */
export interface TypeDefinition {
  /** The type that is declared, as a Python expression. */
  declared: string;
  /** What makes a value one, as a Python expression. */
  convert: string;
  comment: string[];
  /** What it needs of the module of timestamps. */
  timestamps: TimestampName[];
}

/** Used where a decimal's size is not known: room for any amount, ten digits of a fraction. */
const DEFAULT_PRECISION = 38;
const DEFAULT_SCALE = 10;

/** The declared type of a column; undefined where the SDK infers the right one from the value. */
export function typeNameOf(column: Column, values: ValueForm): TypeName | undefined {
  const format = values === "native" ? undefined : column.format;
  const variant = format === "epoch_seconds" ? 1 : format === "epoch_milliseconds" ? 2 : 0;
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

/** The definitions of all types but `decimal`, which is a function of precision and scale. */
export function typeDefinition(
  name: Exclude<TypeName, "decimal">,
  { values, decimals }: { values: ValueForm; decimals: boolean },
): TypeDefinition {
  const plain = (declared: string, convert: string, comment: string[] = []): TypeDefinition => ({
    declared: `"${declared}"`,
    convert,
    comment,
    timestamps: [],
  });
  const time = (declared: string, write: string, read: TimestampName): TypeDefinition =>
    values === "native"
      ? plain(declared, write)
      : { ...plain(declared, `lambda value: ${write}(${read}(value))`), timestamps: [read] };
  const scalars = "Declared, because values may be scalars as well as objects";
  switch (name) {
    case "DOUBLE":
      return plain("DOUBLE", "double", ["Declared, because a float of an undeclared column is sent in 32 bits."]);
    case "BIG_INTEGER":
      return {
        ...plain("", "integer_text", [
          "May exceed 64 bits. A decimal, not text, so that it still sorts and joins as a number.",
        ]),
        declared: '{"type": "DECIMAL", "precision": 38, "scale": 0}',
      };
    case "UTC_DATETIME":
      return time("UTC_DATETIME", "utc_text", "parse_utc");
    case "UTC_FROM_SECONDS":
      return time("UTC_DATETIME", "utc_text", "parse_epoch_seconds");
    case "UTC_FROM_MILLISECONDS":
      return time("UTC_DATETIME", "utc_text", "parse_epoch_milliseconds");
    case "NAIVE_DATETIME":
      return time("NAIVE_DATETIME", "local_text", "parse_timestamp");
    case "NAIVE_FROM_SECONDS":
      return time("NAIVE_DATETIME", "local_text", "parse_epoch_seconds");
    case "NAIVE_FROM_MILLISECONDS":
      return time("NAIVE_DATETIME", "local_text", "parse_epoch_milliseconds");
    case "NAIVE_DATE":
      return time("NAIVE_DATE", "date_text", "parse_timestamp");
    case "DATE_FROM_SECONDS":
      return time("NAIVE_DATE", "date_text", "parse_epoch_seconds");
    case "DATE_FROM_MILLISECONDS":
      return time("NAIVE_DATE", "date_text", "parse_epoch_milliseconds");
    case "BINARY":
      return plain("BINARY", values === "native" ? "lambda value: bytes(memoryview(value))" : "binary");
    case "JSON":
      return decimals
        ? plain("JSON", "plain_numbers", [`${scalars}; the SDK encodes them itself.`])
        : plain("JSON", "unchanged", [`${scalars}.`]);
  }
}

/** `decimal(12, 2)` */
export function decimalCall(column: Column): string {
  return `decimal(${column.precision ?? DEFAULT_PRECISION}, ${column.scale ?? DEFAULT_SCALE})`;
}

/** All columns of a table in the destination, those kept from its parent included, keys first. */
export function allColumns(table: Table): string[] {
  const names = [
    ...table.primary_key,
    ...(parentOf(table)?.bind.map((bind) => bind.column) ?? []),
    ...table.columns.map((column) => column.name),
  ];
  return [...new Set(names.map(unreservedColumnName))];
}
