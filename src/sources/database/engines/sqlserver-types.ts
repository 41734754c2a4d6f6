/** What SQL Server's types are in a blueprint. */
import type { TypedColumn } from "./types.ts";

const PLAIN: Readonly<Record<string, TypedColumn>> = {
  bit: { type: "boolean" },
  tinyint: { type: "integer" },
  smallint: { type: "integer" },
  int: { type: "integer" },
  bigint: { type: "integer" },
  real: { type: "number" },
  float: { type: "number" },
  money: { type: "decimal", precision: 19, scale: 4 },
  smallmoney: { type: "decimal", precision: 10, scale: 4 },
  date: { type: "date" },
  datetime: { type: "local_timestamp" },
  datetime2: { type: "local_timestamp" },
  smalldatetime: { type: "local_timestamp" },
  datetimeoffset: { type: "timestamp" },
  time: { type: "string" },
  binary: { type: "binary" },
  varbinary: { type: "binary" },
  image: { type: "binary" },
  rowversion: { type: "binary" },
  timestamp: { type: "binary" },
};

export function sqlserverType(declared: string): TypedColumn {
  const base = /^[a-z0-9_]+/.exec(declared.toLowerCase())?.[0] ?? "";
  if (base === "decimal" || base === "numeric") {
    const [precision = 18, scale = 0] = (/\(([\d,\s]+)\)/.exec(declared)?.[1] ?? "")
      .split(",")
      .filter(Boolean)
      .map(Number);
    return { type: "decimal", precision, scale };
  }
  return PLAIN[base] ?? { type: "string" };
}
