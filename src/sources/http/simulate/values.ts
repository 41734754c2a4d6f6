/**
 * Values of every column type, chosen to break careless readers: unicode, empty text, integers beyond 2^53, decimals
 * longer than a double, times with different fractions and offsets. A decimal is held as the text of its digits.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Json } from "../../record.ts";
import { DAY, floorTo, SECOND, writeDate, writeIso } from "./instant.ts";
import type { Random } from "./random.ts";
import { makeShaped } from "./shaped.ts";

const WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper"] as const;
const AWKWARD_TEXT = [
  "",
  "Zoë Ångström",
  "日本語のテキスト",
  "🙂 👩‍🚀 emoji",
  'a "quote", a \\ and a /',
  "two\nlines\tand a tab",
  "null",
  " space around ",
  "O'Brien; -- x",
  "line\u2028separator",
  "0123",
  "long ".repeat(80).trim(),
] as const;
const AWKWARD_INTEGERS = [
  0n,
  -1n,
  9007199254740993n,
  9223372036854775807n,
  -9223372036854775807n,
  2147483648n,
] as const;
const AWKWARD_BIGINTS = [18446744073709551615n, -9223372036854775809n, 9007199254740993n, 0n, 10n ** 29n + 7n] as const;
const AWKWARD_NUMBERS = [0, -273.15, 0.1, 42, 1e-7, 2.5000000000000004, -1.5e300, 9007199254740991] as const;
const AWKWARD_INSTANTS = [-14182940n * SECOND, 951782400n * SECOND, 1709164800n * SECOND + 1n] as const;
const ZONES = ["Z", 0, 330, -480, 60] as const;

interface Place {
  ordinal: number;
  index: number;
  /** Members of objects may be absent. */
  sparse?: boolean;
}

/**
 * A value that is not null. `ordinal` is the row's number in its table and `index` the column's: every other row takes
 * the next awkward value, so that each of them occurs in a table of some length; row 0 is always plain.
 */
export function makeValue(column: Column, random: Random, place: Place): Json {
  const awkward = place.ordinal % 2 === 1 ? (place.ordinal - 1) / 2 + place.index : undefined;
  if (column.values !== undefined && column.values.length > 0) return enumerated(column, random, place.ordinal);
  const at = <T>(items: readonly T[]): T | undefined =>
    awkward === undefined ? undefined : items[awkward % items.length];
  switch (column.type) {
    case "boolean":
      return random.chance(0.5);
    case "integer":
      return plainInteger(at(AWKWARD_INTEGERS) ?? BigInt(random.int(-5_000, 500_000)));
    case "bigint":
      return plainInteger(at(AWKWARD_BIGINTS) ?? BigInt(random.int(1, 2 ** 31)) * 10_000_000_019n);
    case "number":
      return at(AWKWARD_NUMBERS) ?? random.int(-1_000_000, 1_000_000) / 64;
    case "decimal":
      return makeDecimal(column, random, awkward);
    case "string":
      return at(AWKWARD_TEXT) ?? `${random.pick(WORDS)} ${random.pick(WORDS)} ${random.int(1, 9999)}`;
    case "date":
    case "timestamp":
    case "local_timestamp":
      return writeTime(column, at(AWKWARD_INSTANTS) ?? makeInstant(random), random);
    case "binary":
      return Buffer.from(Array.from({ length: random.int(1, 24) }, () => random.int(0, 255))).toString("base64");
    case "json":
      if (column.shape === undefined) return makeNested(random, awkward ?? 0);
      return makeShaped(column.shape, random, {
        leaf: (inner) => makeValue(inner, random, place),
        sparse: place.sparse === true && place.ordinal > 0,
      });
  }
}

/**
 * The n-th value of a column that must not repeat. Distinct for distinct `n`, unless the type or the column's list of
 * values has fewer.
 */
export function keyValue(column: Column, n: number): Json {
  const listed = column.values ?? [];
  if (listed.length > 0) return typedLiteral(column, listed[n % listed.length] as string | number | boolean);
  switch (column.type) {
    case "boolean":
      return n % 2 === 1;
    case "integer":
    case "number":
      return n + 1;
    case "bigint":
      // Neighbours beyond 2^53: a reader that goes through a double makes them equal.
      return 9007199254740993n + BigInt(n);
    case "decimal":
      return (column.scale ?? 6) === 0 ? String(n + 1) : `${n + 1}.5`;
    case "string":
      return keyText(n);
    case "date":
    case "timestamp":
    case "local_timestamp":
      return writeTime(column, 1_577_836_800n * SECOND + BigInt(n) * DAY, undefined);
    case "binary":
      return Buffer.from(`key-${n}`).toString("base64");
    case "json":
      return { id: n };
  }
}

/** A moment as the column writes it. Without `random` always in UTC and as short as possible. */
export function writeTime(column: Column, micros: bigint, random: Random | undefined): Json {
  const unit = column.type === "date" ? floorTo(micros, DAY) : micros;
  if (column.format === "epoch_seconds") return plainInteger(floorTo(unit, SECOND) / SECOND);
  if (column.format === "epoch_milliseconds") return plainInteger(floorTo(unit, 1000n) / 1000n);
  if (column.type === "date") return writeDate(unit);
  const decimals = random?.pick([0, 3, 6] as const) ?? 0;
  const zone = column.type === "local_timestamp" ? "none" : (random?.pick(ZONES) ?? "Z");
  return writeIso(unit, { zone, decimals });
}

/** As a JavaScript number where that is exact. */
export function plainInteger(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A listed or stated value in the column's own type: `"1"` is 1 in a column of integers. */
export function typedLiteral(column: Column, value: string | number | boolean): Json {
  const text = String(value);
  if (column.type === "boolean") return text === "true" || text === "1";
  if (column.type === "integer" || column.type === "bigint")
    return /^-?\d+$/.test(text) ? plainInteger(BigInt(text)) : text;
  if (column.type === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  return column.type === "string" || column.type === "decimal" ? text : value;
}

function enumerated(column: Column, random: Random, ordinal: number): Json {
  const values = column.values ?? [];
  const chosen = ordinal < values.length ? values[ordinal] : random.pick(values);
  return typedLiteral(column, chosen as string | number | boolean);
}

/** Between 2015 and 2024, at a whole second, millisecond or microsecond. */
function makeInstant(random: Random): bigint {
  const seconds = BigInt(random.int(1_420_070_400, 1_718_000_000)) * SECOND;
  return seconds + random.pick([0n, BigInt(random.int(1, 999)) * 1000n, BigInt(random.int(1, 999_999))]);
}

function makeDecimal(column: Column, random: Random, awkward: number | undefined): string {
  const scale = column.scale ?? 6;
  const whole = Math.max(0, (column.precision ?? scale + 15) - scale);
  const join = (integer: string, fraction: string) => `${integer || "0"}${fraction === "" ? "" : `.${fraction}`}`;
  const extremes = [
    join("9".repeat(whole), "9".repeat(scale)),
    `-${join("1".repeat(whole), "2".repeat(scale))}`,
    join("", scale === 0 ? "" : "1".padStart(scale, "0")),
    "0",
  ];
  if (awkward !== undefined) return extremes[awkward % extremes.length] ?? "0";
  const lead = whole === 0 ? "" : random.text(1, "123456789") + random.text(random.int(0, whole - 1), "0123456789");
  const text = join(lead, random.text(scale, "0123456789"));
  return random.chance(0.3) && /[1-9]/.test(text) ? `-${text}` : text;
}

function makeNested(random: Random, shape: number): Json {
  if (shape % 4 === 3) return [1, "zwei", null, { drei: [3.5] }];
  return {
    label: random.pick(WORDS),
    count: random.int(-10, 10_000),
    big: 9007199254740993n + BigInt(random.int(0, 99)),
    note: shape % 2 === 0 ? null : 'ünï "quoted"',
    tags: Array.from({ length: random.int(0, 3) }, () => random.pick(WORDS)),
    inner: { empty: {}, list: [], flag: random.chance(0.5) },
  };
}

/** Every seventh needs escaping in a path, as names and external ids of real sources do. */
function keyText(n: number): string {
  if (n % 7 === 3) return `k${n}/ä b%+&?#=`;
  return `${WORDS[n % WORDS.length]}-${String(n).padStart(4, "0")}`;
}
