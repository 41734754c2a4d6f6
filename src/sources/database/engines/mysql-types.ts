/** What the types of MySQL and MariaDB are in a blueprint. */
import type { TypedColumn } from "./types.ts";

const MAX_PRECISION = 38;

const PLAIN: Readonly<Record<string, TypedColumn>> = {
  tinyint: { type: "integer" },
  smallint: { type: "integer" },
  mediumint: { type: "integer" },
  int: { type: "integer" },
  integer: { type: "integer" },
  year: { type: "integer" },
  float: { type: "number" },
  double: { type: "number" },
  date: { type: "date" },
  datetime: { type: "local_timestamp" },
  timestamp: { type: "timestamp" },
  time: { type: "string" },
  char: { type: "string" },
  varchar: { type: "string" },
  tinytext: { type: "string" },
  text: { type: "string" },
  mediumtext: { type: "string" },
  longtext: { type: "string" },
  enum: { type: "string" },
  set: { type: "string" },
  uuid: { type: "string" },
  inet4: { type: "string" },
  inet6: { type: "string" },
  json: { type: "json" },
  binary: { type: "binary" },
  varbinary: { type: "binary" },
  tinyblob: { type: "binary" },
  blob: { type: "binary" },
  mediumblob: { type: "binary" },
  longblob: { type: "binary" },
};

export function mysqlType(declared: string): TypedColumn {
  const base = mysqlBase(declared);
  if (base === "bigint") return { type: /\bunsigned\b|\bzerofill\b/.test(declared) ? "bigint" : "integer" };
  if (base === "bit") return bitType(declared);
  if (base === "decimal" || base === "numeric") return decimalType(declared);
  const plain = PLAIN[base];
  return plain ?? { type: "binary", note: `the type ${declared} is kept as the bytes that the server stores for it` };
}

/** `bigint(20) unsigned` is a `bigint`. */
export function mysqlBase(declared: string): string {
  return /^[a-z0-9]+/.exec(declared.toLowerCase())?.[0] ?? "";
}

/** MySQL has no boolean: `tinyint(1)` is what `BOOLEAN` becomes, and may hold any small number. */
export function isTinyBoolean(declared: string): boolean {
  return /^(tinyint\(1\)|bit\(1\))$/i.test(declared.trim());
}

function bitType(declared: string): TypedColumn {
  const bits = Number(/\((\d+)\)/.exec(declared)?.[1] ?? "1");
  return { type: bits > 63 ? "bigint" : "integer", note: `${declared} is kept as the number that its bits are` };
}

function decimalType(declared: string): TypedColumn {
  const [precision = 10, scale = 0] = (/\(([\d,\s]+)\)/.exec(declared)?.[1] ?? "")
    .split(",")
    .filter(Boolean)
    .map(Number);
  if (precision > MAX_PRECISION)
    return {
      type: "string",
      note: `${declared} is kept as the text of its digits: no destination holds it as a number`,
    };
  return { type: "decimal", precision, scale };
}
