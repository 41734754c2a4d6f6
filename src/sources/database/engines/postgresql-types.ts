/** What PostgreSQL's types are in a blueprint. Types that nothing else fits are kept as the text PostgreSQL writes. */
import type { TypedColumn } from "./types.ts";

/** More digits than this no destination keeps as a number. */
const MAX_PRECISION = 38;

const PLAIN: Readonly<Record<string, TypedColumn>> = {
  boolean: { type: "boolean" },
  smallint: { type: "integer" },
  integer: { type: "integer" },
  bigint: { type: "integer" },
  oid: { type: "integer" },
  real: { type: "number" },
  "double precision": { type: "number" },
  money: { type: "decimal", precision: 19, scale: 2 },
  date: { type: "date" },
  bytea: { type: "binary" },
  json: { type: "json" },
  jsonb: { type: "json" },
  text: { type: "string" },
  "character varying": { type: "string" },
  character: { type: "string" },
  bpchar: { type: "string" },
  name: { type: "string" },
  '"char"': { type: "string" },
  uuid: { type: "string" },
  citext: { type: "string" },
  xml: { type: "string" },
  inet: { type: "string" },
  cidr: { type: "string" },
  macaddr: { type: "string" },
  macaddr8: { type: "string" },
  interval: { type: "string" },
  bit: { type: "string" },
  "bit varying": { type: "string" },
  "time without time zone": { type: "string" },
  "time with time zone": { type: "string" },
};

export function postgresqlType(declared: string): TypedColumn {
  if (declared.endsWith("[]")) return { type: "json" };
  const { base, args } = split(declared);
  if (base === "numeric") return numericType(args);
  if (base === "timestamp with time zone") return { type: "timestamp" };
  if (base === "timestamp without time zone") return { type: "local_timestamp" };
  const plain = PLAIN[base];
  return plain ?? { type: "string", note: `the type ${declared} is kept as the text that PostgreSQL writes for it` };
}

/** `numeric(38,9)`, `timestamp(3) with time zone` in their parts. */
export function split(declared: string): { base: string; args: number[] } {
  const [, args = ""] = /\(([\d,\s-]+)\)/.exec(declared) ?? [];
  const base = declared.replace(/\([^)]*\)/, "").replace(/\s+/g, " ");
  return { base: base.trim(), args: args === "" ? [] : args.split(",").map(Number) };
}

function numericType([precision, scale = 0]: number[]): TypedColumn {
  if (precision === undefined)
    return { type: "string", note: "numeric without a precision can be of any length: kept as the text of its digits" };
  if (precision > MAX_PRECISION || scale < 0 || scale > precision)
    return {
      type: "string",
      note: `numeric(${precision},${scale}) is kept as the text of its digits: no destination holds it as a number`,
    };
  return { type: "decimal", precision, scale };
}
