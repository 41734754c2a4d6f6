/** Facts that the documents need: the platform's, and what the generated code declares of a table. */
import type { Blueprint, Column, Table } from "../../../artifacts/blueprint.ts";
import type { GeneratedFile } from "../../target.ts";
import { planColumn } from "../generate/columns.ts";
import { ingestionOf, tableOptions } from "../ingestion.ts";

/** The headings the README must have, in this order; further headings may stand between them. */
export const README_SECTIONS = [
  "Prerequisites",
  "Setup",
  "Supported Objects",
  "Table Configurations",
  "Data Type Mapping",
  "How to Run",
  "Testing and Limitations",
  "References",
] as const;
export type ReadmeSection = (typeof README_SECTIONS)[number];

/** The comma-separated names of table options that the connection must let through; "" when there are none. */
export function allowList({ tables }: Pick<Blueprint, "tables">): string {
  return tableOptions(tables)
    .map(({ name }) => name)
    .join(",");
}

const SQL_NAMES: Readonly<Record<string, string>> = {
  BooleanType: "BOOLEAN",
  LongType: "BIGINT",
  DecimalType: "DECIMAL",
  DoubleType: "DOUBLE",
  StringType: "STRING",
  DateType: "DATE",
  TimestampType: "TIMESTAMP",
  BinaryType: "BINARY",
  StructType: "STRUCT",
  ArrayType: "ARRAY",
};

/** The column's type in the destination, as SQL writes it: `DECIMAL(38, 9)`, `STRUCT`. */
export function destinationType(column: Column): string {
  const { type } = planColumn(column, "json");
  const [name = ""] = type.split("(");
  const size = name === "DecimalType" ? type.slice(name.length) : "";
  return `${SQL_NAMES[name] ?? name}${size}`;
}

/** Columns that the connector adds to those of the source, each with what it is for. */
export function addedColumns(table: Table): { name: string; type: string; words: string }[] {
  const { addedKey, addedSequence } = ingestionOf(table);
  return [
    ...(addedKey === undefined
      ? []
      : [{ name: addedKey, type: "STRING", words: "added as key, made from the row's values: the source has no key" }]),
    ...(addedSequence === undefined
      ? []
      : [
          {
            name: addedSequence,
            type: "BIGINT",
            words: "added as cursor, the order in which versions were read: what was read later is newer",
          },
        ]),
  ];
}

/** Keys of the configuration that a person must fill in before anything can run. */
export function requiredKeys(blueprint: Pick<Blueprint, "configuration">): string[] {
  return blueprint.configuration.filter((key) => key.required).map((key) => key.key);
}

/** What requirements.txt names. */
export function packagesOf(files: readonly GeneratedFile[]): string[] {
  const text = files.find(({ path }) => path === "requirements.txt")?.content ?? "";
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
}
