/** Values as text, in the forms DuckDB gives them, and text as values. Dates and times are microseconds since the epoch. */

/** Integers and microseconds: a number where it is exact, else a bigint. */
export type Whole = number | bigint;

export function toWhole(value: bigint): Whole {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** An integer's text as a value; undefined for anything else. */
export function parseWhole(text: string): Whole | undefined {
  return /^[+-]?\d+$/.test(text) ? toWhole(BigInt(text.startsWith("+") ? text.slice(1) : text)) : undefined;
}

/**
 * A number as DuckDB casts it to VARCHAR, but a whole one without `.0`. It is the shortest text that reads back the
 * same; DuckDB's own is a digit longer now and then.
 */
export function floatText(value: number, bits: 32 | 64): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value === 0 ? 0 : value);
  const [mantissa = "", exponentText = "0"] = (bits === 32 ? shortestFloat(value) : value).toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = plainNumber(`${mantissa}e${exponent}`) ?? mantissa;
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** The double whose text is the shortest that reads back as this 32-bit float. */
export function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return Number(value.toPrecision(9));
}

/** A number in plain digits: no exponent, no needless zeros, no `-0`. Undefined for what is not a finite number. */
export function plainNumber(text: string): string | undefined {
  const match = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match ?? [];
  if (match === null || whole + fraction === "") return undefined;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > 10_000) return undefined;
  const point = whole.length + exponent;
  const digits = (whole + fraction).padEnd(Math.max(point, 0), "0");
  const padded = point < 0 ? "0".repeat(-point) + digits : digits;
  const at = Math.max(point, 0);
  const left = padded.slice(0, at).replace(/^0+/, "") || "0";
  const right = padded.slice(at).replace(/0+$/, "");
  const plain = right === "" ? left : `${left}.${right}`;
  return sign === "-" && plain !== "0" ? `-${plain}` : plain;
}

/** Whether a 64-bit float has every digit of a number's text. */
export function keepsDigits(text: string): boolean {
  const plain = plainNumber(text);
  return plain !== undefined && plainNumber(String(Number(text))) === plain;
}

/** `2024-02-29`. */
export function dateText(micros: Whole): string {
  return isoText(micros).slice(0, 10);
}

/** `2024-02-29T12:30:00.123456`, the fraction without its trailing zeros. */
export function isoText(micros: Whole): string {
  const total = BigInt(micros);
  const rest = ((total % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((total - rest) / 1000n)).toISOString().slice(0, -1);
  const fraction = `${text.slice(-3)}${String(rest).padStart(3, "0")}`.replace(/0+$/, "");
  return fraction === "" ? text.slice(0, -4) : `${text.slice(0, -3)}${fraction}`;
}

/** `2024-02-29 12:30:00.123456`: DuckDB's text of a TIMESTAMP. */
export function timestampText(micros: Whole): string {
  return isoText(micros).replace("T", " ");
}

const MOMENT =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([Zz]|UTC|[+-]\d\d(?::?\d\d)?)?)?\s*$/;

/** Microseconds of an ISO 8601 date or time; digits beyond are cut. `zoned` tells whether it named a zone. */
export function parseMoment(text: string): { micros: Whole; zoned: boolean; dateOnly: boolean } | undefined {
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const micros = BigInt(date.getTime()) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
  return {
    micros: toWhole(micros - BigInt(zoneMinutes(zone)) * 60_000_000n),
    zoned: zone !== undefined,
    dateOnly: match[4] === undefined,
  };
}

/** DuckDB's text of a BLOB: printable ASCII as it is, the rest and quotes and backslashes as `\xHH`. */
export function blobText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const printable = byte >= 32 && byte <= 126 && byte !== 0x5c && byte !== 0x27 && byte !== 0x22;
    text += printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || /^(z|utc)$/i.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(":", "") || "0");
  return zone.startsWith("-") ? -minutes : minutes;
}
