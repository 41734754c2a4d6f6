/** Blueprints of files for tests. */
import { type Blueprint, blueprintSchema, type Column, requiredClaims } from "../../src/artifacts/blueprint.ts";
import type { FileFormat, FileSource } from "../../src/artifacts/kinds/file.ts";
import { completeFile } from "../../src/sources/file/configuration.ts";
import { capturedParts } from "../../src/sources/file/pattern.ts";

export interface FileTableShape {
  name?: string;
  pattern?: string;
  content?: FileFormat;
  compression?: "none" | "gzip";
  key?: string[];
  columns?: Column[];
  advance?: { kind: "full" } | { kind: "files"; by: "modified" | "name" };
  deletes?: { kind: "none" } | { kind: "absence" } | { kind: "files" };
}

export const CSV: FileFormat = {
  format: "csv",
  delimiter: ",",
  quote: '"',
  encoding: "utf-8",
  header: true,
  nulls: [],
};

export function column(name: string, type: Column["type"], more: Partial<Column> = {}): Column {
  return { name, type, nullable: true, ...more };
}

export const OWN_COLUMNS: Column[] = [
  column("id", "integer", { nullable: false }),
  column("order", "string"),
  column("amount", "decimal", { precision: 38, scale: 9 }),
  column("big", "bigint"),
  column("rate", "number"),
  column("paid", "boolean"),
  column("day", "date"),
  column("at", "timestamp"),
  column("local", "local_timestamp"),
];

export function fileBlueprint(source: Partial<FileSource>, shapes: FileTableShape[]): Blueprint {
  const full: FileSource = {
    kind: "file",
    store: "local",
    location: "/files",
    credentials: "none",
    defaults: {},
    ...source,
  };
  const tables = shapes.map((shape) => {
    const content = shape.content ?? CSV;
    const pattern = shape.pattern ?? "orders_{date:digits}.csv";
    const captured = capturedParts(pattern);
    return {
      name: shape.name ?? "orders",
      primary_key: shape.key ?? ["_file", "_line"],
      columns: [
        ...(shape.columns ?? OWN_COLUMNS),
        ...captured.map((name) => column(name, "string", { nullable: false })),
        column("_file", "string", { nullable: false }),
        column("_line", "integer", { nullable: false }),
        column("_modified", "timestamp"),
        ...(content.format === "csv" ? [column("_rest", "json")] : []),
      ],
      read: { kind: "file", pattern, content, compression: shape.compression ?? "none", captured },
      advance: shape.advance ?? { kind: "files", by: "modified" },
      deletes: shape.deletes ?? { kind: "none" },
    };
  });
  const draft = {
    version: 1,
    name: "shop_files",
    title: "Shop files",
    ...completeFile(full),
    tables,
    claims: {},
  };
  const blueprint = blueprintSchema.parse(draft);
  for (const key of requiredClaims(blueprint))
    blueprint.claims[key] = { status: "unproven", reason: "a test", evidence: [] };
  return blueprint;
}
