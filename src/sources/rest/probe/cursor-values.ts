/** Values of a cursor column: what they mean, how a request writes them, how two compare. */
import type { RestAdvance as Advance, Column } from "../../../artifacts/blueprint.ts";
import type { CursorFormat } from "../../../artifacts/reading.ts";
import { dateText, isoText, parseMoment } from "../../../warehouse/text.ts";
import type { Json } from "../../record.ts";

export type CursorAdvance = Extract<Advance, { kind: "cursor" }>;

/** Microseconds since 1970, a whole number, or text. */
export type Mark = bigint | string;

export const SECOND = 1_000_000n;
export const DAY = 86_400n * SECOND;

export interface CursorValues {
  /** Undefined for null, and for what is no value of this cursor. */
  mark(value: Json | undefined): Mark | undefined;
  /** As the parameter can tell it: the day, for a date. */
  seen(mark: Mark): Mark;
  /** As a request writes it. `like`: a value of a record, whose style is kept. */
  write(mark: Mark, like?: Json): string;
  /** Whether marks are moments. */
  timed: boolean;
}

export function cursorValues(advance: CursorAdvance, column: Column | undefined): CursorValues {
  const { format } = advance;
  const timed = format !== "integer" && format !== "string";
  const unit = unitOf(format);
  return {
    timed,
    mark: (value) => (timed ? momentOf(value, format, column) : plainOf(value, format)),
    seen: (mark) => (typeof mark === "bigint" ? floorTo(mark, unit) : mark),
    write: (mark, like) => writeMark(mark, format, like),
  };
}

export function compareMarks(a: Mark, b: Mark): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function plainOf(value: Json | undefined, format: CursorFormat): Mark | undefined {
  if (value === null || value === undefined || typeof value === "object" || typeof value === "boolean")
    return undefined;
  const text = String(value);
  if (format === "string") return text === "" ? undefined : text;
  return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

function momentOf(value: Json | undefined, format: CursorFormat, column: Column | undefined): bigint | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return undefined;
  const text = String(value);
  const number = /^(-?\d+)(?:\.(\d+))?$/.exec(text);
  if (number === null) {
    const moment = typeof value === "string" ? parseMoment(value) : undefined;
    return moment === undefined ? undefined : BigInt(moment.micros);
  }
  const [, whole = "0", fraction = ""] = number;
  const milliseconds = [column?.format, format].find((one) => one?.startsWith("epoch")) === "epoch_milliseconds";
  const decimals = milliseconds ? 3 : 6;
  const micros = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  return micros;
}

function unitOf(format: CursorFormat): bigint {
  if (format === "date") return DAY;
  if (format === "epoch_seconds") return SECOND;
  return format === "epoch_milliseconds" ? 1000n : 1n;
}

function floorTo(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  return value - (rest < 0n ? rest + unit : rest);
}

function writeMark(mark: Mark, format: CursorFormat, like: Json | undefined): string {
  if (typeof mark === "string") return mark;
  switch (format) {
    case "date":
      return dateText(mark);
    case "epoch_seconds":
      return String(floorTo(mark, SECOND) / SECOND);
    case "epoch_milliseconds":
      return String(floorTo(mark, 1000n) / 1000n);
    case "iso8601":
      return writeMoment(mark, like);
    default:
      return String(mark);
  }
}

/** In the style of the source's own value: its separator, its zone as far as it has one, its fraction. */
function writeMoment(mark: bigint, like: Json | undefined): string {
  const style =
    typeof like === "string"
      ? /^\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(?::\d\d(?:\.(\d+))?)?(.*))?$/.exec(like.trim())
      : null;
  const moment = typeof like === "string" ? parseMoment(like) : undefined;
  if (moment !== undefined && BigInt(moment.micros) === mark) return String(like);
  const [seconds = "", fraction = ""] = isoText(mark).split(".");
  const text =
    fraction === "" && !style?.[2] ? seconds : `${seconds}.${fraction.padEnd(style?.[2] === undefined ? 0 : 3, "0")}`;
  const zone = style !== null && style[1] !== undefined && (style[3] ?? "").trim() === "" ? "" : "Z";
  return (style?.[1] === " " ? text.replace("T", " ") : text) + zone;
}
