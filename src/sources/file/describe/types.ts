/** Types of columns from the values that were seen: the narrowest that all of them fit. */
import type { Column, ColumnType } from "../../../artifacts/blueprint.ts";
import { keepsDigits } from "../../../warehouse/text.ts";
import { digitsOf, type Literal } from "../../answers/exact.ts";
import { kindOf } from "../../answers/value-kinds.ts";
import { valueOfText } from "../formats/values.ts";

/** Decimals of text have no stated size: all that a destination can keep. */
const PRECISION = 38;
const MIN_SCALE = 9;
/** From the narrowest; what fits none is text. */
const ORDER = ["boolean", "integer", "bigint", "number", "decimal", "date", "timestamp", "local_timestamp"] as const;

export interface TypeGuess {
  see(value: string): void;
  column(name: string): Column;
}

/** For delimited text. A column without any value is text. */
export function guessFromText(): TypeGuess {
  let fitting: readonly ColumnType[] = ORDER;
  let scale = 0;
  let seen = 0;
  return {
    see: (text) => {
      if (text === "") return;
      seen += 1;
      fitting = fitting.filter((type) => valueOfText(text, { name: "", type, nullable: true }) !== undefined);
      scale = Math.max(scale, /\.(\d+)$/.exec(text)?.[1]?.length ?? 0);
    },
    column: (name) => {
      const [type] = fitting;
      if (seen === 0 || type === undefined) return { name, type: "string", nullable: true };
      const size =
        type === "decimal" ? { precision: PRECISION, scale: Math.min(PRECISION, Math.max(MIN_SCALE, scale)) } : {};
      return { name, type, nullable: true, ...size };
    },
  };
}

export interface JsonGuess {
  see(value: Literal): void;
  column(name: string): Column;
}

const TEXT_KINDS: { readonly [kind: string]: ColumnType } = {
  date: "date",
  "timestamp with a zone": "timestamp",
  "timestamp without a zone": "local_timestamp",
};

/** For JSON, whose values say themselves what they are. A column of several kinds of values is JSON. */
export function guessFromJson(): JsonGuess {
  const kinds = new Set<string>();
  let scale = 0;
  let long = false;
  return {
    see: (value) => {
      if (value === null) return;
      kinds.add(kindOf(value));
      const digits = digitsOf(value);
      if (digits === undefined || /^-?\d+$/.test(digits)) return;
      scale = Math.max(scale, /\.(\d+)$/.exec(digits)?.[1]?.length ?? 0);
      long ||= !keepsDigits(digits);
    },
    column: (name) => {
      const type = jsonType(kinds, long);
      const size =
        type === "decimal" ? { precision: PRECISION, scale: Math.min(PRECISION, Math.max(MIN_SCALE, scale)) } : {};
      return { name, type, nullable: true, ...size };
    },
  };
}

function jsonType(kinds: ReadonlySet<string>, long: boolean): ColumnType {
  const [first] = kinds;
  if (first === undefined) return "string";
  const within = (...allowed: string[]) => [...kinds].every((kind) => allowed.includes(kind));
  if (within("boolean")) return "boolean";
  if (within("integer")) return "integer";
  if (within("integer", "integer beyond 64 bits")) return "bigint";
  if (within("integer", "number", "integer beyond 64 bits"))
    return long || kinds.has("integer beyond 64 bits") ? "decimal" : "number";
  if (kinds.size === 1 && TEXT_KINDS[first] !== undefined) return TEXT_KINDS[first];
  const text = [...Object.keys(TEXT_KINDS), "text", "text of digits"];
  return within(...text) ? "string" : "json";
}

/** One column for what files of one table declare of it. */
export function joined(a: Column, b: Column): Column {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  const both = new Set([a.type, b.type]);
  const within = (...types: ColumnType[]) => [...both].every((type) => types.includes(type));
  if (within("decimal") && a.scale !== undefined && b.scale !== undefined) {
    const scale = Math.max(a.scale, b.scale);
    const whole = Math.max((a.precision ?? PRECISION) - a.scale, (b.precision ?? PRECISION) - b.scale);
    return { ...a, precision: Math.min(PRECISION, whole + scale), scale };
  }
  if (within("integer", "bigint")) return { name: a.name, type: "bigint", nullable: true };
  if (within("integer", "number")) return { name: a.name, type: "number", nullable: true };
  return { name: a.name, type: "json", nullable: true };
}
