/**
 * Values for every type of every engine, chosen to break careless readers: the ends of each range, NaN and infinity where
 * there is such, unicode, empty text, times with and without fractions. Written as a destination must have them.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { DAY, floorTo, SECOND, writeDate, writeIso } from "../../http/simulate/instant.ts";
import type { Random } from "../../http/simulate/random.ts";
import type { Json } from "../../record.ts";
import { split } from "../engines/postgresql-types.ts";

/** A column with the type that it has in the stand-in. */
export interface SimulatedColumn {
  column: Column;
  engine: Engine;
  /** As in CREATE TABLE. */
  declared: string;
}

const TEXTS = [
  "",
  "Zoë Ångström",
  "日本語のテキスト",
  "🙂 👩‍🚀 emoji",
  'a "quote", a \\ and a \'',
  "two\nlines\tand a tab",
  "null",
  " space around ",
  "O'Brien; -- %s {x} $1",
  "line\u2028separator",
  "0123",
  "long ".repeat(200).trim(),
] as const;
const WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor"] as const;
const DOUBLES = [0, -273.15, 0.1, 1e-7, 2.5000000000000004, -1.5e300, 9007199254740991] as const;
const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;
/** 1969, a leap day, a fraction of a microsecond's size. */
const INSTANTS = [-14182940n * SECOND, 951782400n * SECOND, 1709164800n * SECOND + 1n] as const;

/** Highest value of an integer type by its name; the lowest is one beyond its negative. */
const INTEGER_LIMITS: Readonly<Record<string, bigint>> = {
  tinyint: 127n,
  smallint: 32767n,
  mediumint: 8388607n,
  int: 2147483647n,
  integer: 2147483647n,
  bigint: 9223372036854775807n,
};

/** A value that is not null. Every other row has the next of the awkward ones; row 0 is plain. */
export function makeValue(simulated: SimulatedColumn, random: Random, place: { ordinal: number; index: number }): Json {
  const { column } = simulated;
  const { values = [] } = column;
  const awkward = place.ordinal % 2 === 1 ? (place.ordinal - 1) / 2 + place.index : undefined;
  if (values.length > 0) return values[(place.ordinal + place.index) % values.length] ?? null;
  const pick = <T>(items: readonly T[], plain: () => T): T =>
    awkward === undefined ? plain() : (items[awkward % items.length] as T);
  switch (column.type) {
    case "boolean":
      return random.chance(0.5);
    case "integer":
    case "bigint": {
      const { low, high } = integerRange(simulated);
      return whole(
        pick([low, high, 0n, high - 1n], () =>
          low <= 0n && high > 100n
            ? BigInt(random.int(1, 100))
            : low + (BigInt(random.int(1, 100)) % (high - low + 1n)),
        ),
      );
    }
    case "number":
      return pick(numbersOf(simulated), () => random.int(-1000, 1000) / 4);
    case "decimal":
      return makeDecimal(
        simulated,
        pick([0, 1, 2, 3], () => 4),
        random,
      );
    case "string":
      return makeText(simulated, { random, awkward });
    case "date":
    case "timestamp":
    case "local_timestamp": {
      const instants =
        /^timestamp/.test(simulated.declared) && simulated.engine === "mysql" ? INSTANTS.slice(1) : INSTANTS;
      return writeMoment(
        simulated,
        pick(
          instants,
          () => BigInt(random.int(1_420_070_400, 1_718_000_000)) * SECOND + BigInt(random.int(0, 999_999)),
        ),
      );
    }
    case "binary":
      return makeBytes(simulated, random).toString("base64");
    case "json":
      return simulated.declared.endsWith("[]")
        ? makeList(simulated.declared, random)
        : makeNested(random, awkward ?? 0);
  }
}

/** The n-th value of a column that must not repeat; distinct for distinct n as far as the type has as many. */
export function keyValue(simulated: SimulatedColumn, n: number): Json {
  const { column } = simulated;
  const { values = [] } = column;
  if (values.length > 0) return values[n % values.length] ?? null;
  switch (column.type) {
    case "boolean":
      return n % 2 === 1;
    case "integer":
    case "bigint": {
      const { high } = integerRange(simulated);
      // Neighbours beyond 2^53, where there is room: a reader that goes by way of a double makes them one.
      return whole(high > 2n ** 60n ? 9007199254740993n + BigInt(n) : BigInt(n + 1));
    }
    case "number":
      return n + 1;
    case "decimal":
      return (column.scale ?? 0) > 0 ? `${n + 1}.5` : String(n + 1);
    case "string":
      return keyText(simulated, n);
    case "date":
    case "timestamp":
    case "local_timestamp":
      return writeMoment(simulated, 1_577_836_800n * SECOND + BigInt(n) * DAY);
    case "binary":
      return keyBytes(simulated, n).toString("base64");
    case "json":
      return { id: n };
  }
}

/** Microseconds since 1970 as the column holds them. */
export function writeMoment(simulated: SimulatedColumn, micros: bigint): string {
  const { type } = simulated.column;
  const kept = floorTo(micros, momentGrain(simulated));
  if (type === "date") return writeDate(kept);
  return writeIso(kept, { zone: type === "timestamp" ? "Z" : "none", decimals: 0 });
}

/** The least difference between two times in the column, in microseconds. */
export function momentGrain({ column, engine, declared }: SimulatedColumn): bigint {
  if (column.type === "date") return DAY;
  const digits = Number(/\((\d)\)/.exec(declared)?.[1] ?? (engine === "mysql" ? 0 : 6));
  // Text has to sort as its times do, so SQLite's are all written alike.
  return engine === "sqlite" ? SECOND : 10n ** BigInt(6 - digits);
}

export function integerRange({ declared, column, engine }: SimulatedColumn): { low: bigint; high: bigint } {
  const base = /^[a-z]+/.exec(declared.toLowerCase())?.[0] ?? "";
  const unsigned = /unsigned/i.test(declared);
  if (engine === "mysql" && base === "bit")
    return { low: 0n, high: 2n ** BigInt(/\((\d+)\)/.exec(declared)?.[1] ?? 1) - 1n };
  if (engine === "mysql" && base === "year") return { low: 1901n, high: 2155n };
  if (base === "oid") return { low: 0n, high: 4294967295n };
  if (base === "numeric" && column.type === "bigint") return { low: -(10n ** 30n), high: 10n ** 30n };
  const high = engine === "sqlite" ? (INTEGER_LIMITS.bigint ?? 0n) : (INTEGER_LIMITS[base] ?? 2147483647n);
  return unsigned ? { low: 0n, high: high * 2n + 1n } : { low: -high - 1n, high };
}

export function whole(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function numbersOf({ engine, declared }: SimulatedColumn): readonly number[] {
  const small = /^(real|float)/i.test(declared) && engine !== "sqlite";
  const finite = small ? [0, -273.25, 0.5, 1048576] : DOUBLES;
  return engine === "postgresql" ? [...finite, ...NOT_FINITE] : finite;
}

function makeDecimal({ column, declared }: SimulatedColumn, kind: number, random: Random): string {
  const { precision = 18, scale = 0 } = column;
  // The ends of 64 bits, in cents.
  if (declared === "money" && kind < 2) return kind === 0 ? "92233720368547758.07" : "-92233720368547758.08";
  const whole = precision - scale;
  const join = (integer: string, fraction: string) => `${integer || "0"}${fraction === "" ? "" : `.${fraction}`}`;
  const extremes = [
    join("9".repeat(whole), "9".repeat(scale)),
    `-${join("1".repeat(whole), "2".repeat(scale))}`,
    join("", scale === 0 ? "" : "1".padStart(scale, "0")),
    "0",
  ];
  return extremes[kind] ?? join(String(random.int(1, whole > 3 ? 999 : 9)), random.text(scale, "0123456789"));
}

function makeText(
  simulated: SimulatedColumn,
  { random, awkward }: { random: Random; awkward: number | undefined },
): string {
  const { declared, engine } = simulated;
  const { base } = split(declared.toLowerCase());
  const hex = (length: number) => random.text(length, "0123456789abcdef");
  const two = (most: number) => String(random.int(0, most)).padStart(2, "0");
  if (base === "uuid") return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  if (base === "inet") return `192.168.${random.int(0, 255)}.${random.int(1, 254)}/24`;
  if (base === "cidr") return `10.${random.int(0, 255)}.0.0/16`;
  if (base === "interval") return `P${random.int(1, 9)}DT${random.int(1, 9)}H${random.int(1, 9)}M0.5S`;
  if (base === "time without time zone") return `${two(23)}:${two(59)}:${two(59)}.000001`;
  if (base === "time with time zone") return `${two(23)}:${two(59)}:${two(59)}+02`;
  if (base === "time") return `${two(23)}:${two(59)}:${two(59)}`;
  if (base === "bit") return random.text(lengthOf(declared) ?? 1, "01");
  if (base === "bit varying") return random.text(Math.min(lengthOf(declared) ?? 9, 9), "01");
  if (base === "numeric")
    return awkward === undefined ? "12.5" : (["NaN", "9".repeat(40), `0.${"1".repeat(30)}`][awkward % 3] ?? "0");
  if (base === "decimal")
    return `${random.int(100, 999)}.${random.text(Number(/,(\d+)\)/.exec(declared)?.[1] ?? 1), "0123456789")}`;
  if (/^set\(/i.test(declared)) return /'([^']*)'/.exec(declared)?.[1] ?? "";
  const plain = `${random.pick(WORDS)} ${random.int(1, 9999)}`;
  return fitted(awkward === undefined ? plain : (TEXTS[awkward % TEXTS.length] ?? plain), { declared, engine });
}

/** Cut to the length that the column holds; CHAR of PostgreSQL comes back filled up with spaces. */
function fitted(text: string, { declared, engine }: { declared: string; engine: Engine }): string {
  const length = /char/i.test(declared) ? lengthOf(declared) : undefined;
  if (length === undefined) return text;
  const cut = [...text].slice(0, length).join("");
  if (!/^(char|character|bpchar)\s*\(/i.test(declared)) return cut;
  return engine === "postgresql" ? cut + " ".repeat(length - [...cut].length) : cut.replace(/ +$/, "");
}

function keyText(simulated: SimulatedColumn, n: number): string {
  const { declared, engine } = simulated;
  const number = String(n).padStart(4, "0");
  if (/^uuid/i.test(declared)) return `00000000-0000-4000-8000-${number.padStart(12, "0")}`;
  const length = lengthOf(declared) ?? 100;
  return fitted(length < 12 ? number.slice(-length) : `${number} ä b%+'"`, { declared, engine });
}

function makeBytes({ declared }: SimulatedColumn, random: Random): Buffer {
  const length = lengthOf(declared);
  const size = /^binary/i.test(declared) ? (length ?? 1) : random.int(1, Math.min(length ?? 24, 24));
  return Buffer.from(Array.from({ length: size }, () => random.int(0, 255)));
}

function keyBytes({ declared }: SimulatedColumn, n: number): Buffer {
  const key = Buffer.from(String(n).padStart(4, "0"));
  if (!/^binary/i.test(declared)) return key;
  return Buffer.concat([key, Buffer.alloc(16)]).subarray(0, lengthOf(declared) ?? 1);
}

function makeList(declared: string, random: Random): Json {
  const { base } = split(declared.replaceAll("[]", ""));
  if (/int/.test(base)) return [random.int(1, 9), null, -1];
  if (/numeric|double|real/.test(base)) return [0.5, 12];
  if (base === "boolean") return [true, false];
  return ["ä", "", 'q"u,o{te}', null];
}

function makeNested(random: Random, shape: number): Json {
  if (shape % 4 === 3) return [1, "zwei", null, { drei: [3.5] }];
  return {
    label: random.pick(WORDS),
    big: 9007199254740993n,
    note: shape % 2 === 0 ? null : 'ünï "quoted"',
    inner: { empty: {}, list: [], flag: random.chance(0.5) },
  };
}

function lengthOf(declared: string): number | undefined {
  const found = /\((\d+)\)/.exec(declared)?.[1];
  return found === undefined ? undefined : Number(found);
}
