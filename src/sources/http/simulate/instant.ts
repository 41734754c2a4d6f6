/** Points in time as whole microseconds since 1970 in UTC, and their text in ISO 8601. `Date` stops at milliseconds. */

export const SECOND = 1_000_000n;
export const DAY = 86_400n * SECOND;

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A date, or a date and time with or without a zone (without: UTC). Undefined when the text is none of these. */
export function parseIso(text: string): bigint | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? "0"));
  const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  const written = new Date(at).toISOString();
  // Date.UTC rolls the 31st of February over to March: what comes back differs then.
  if (!written.startsWith(`${match[1]}-${match[2]}-${match[3]}T${match[4] ?? "00"}:${match[5] ?? "00"}`))
    return undefined;
  if (second !== new Date(at).getUTCSeconds()) return undefined;
  const fraction = BigInt((match[7] ?? "").padEnd(6, "0").slice(0, 6));
  return BigInt(at) * 1000n + fraction - zoneOffset(match[8]);
}

/** `YYYY-MM-DD`. */
export function writeDate(micros: bigint): string {
  return new Date(Number(floorTo(micros, DAY) / 1000n)).toISOString().slice(0, 10);
}

/**
 * `zone` is minutes east of UTC, "Z", or "none" for a time without a zone. `decimals` is the least number of decimals;
 * more are written where the value needs them.
 */
export function writeIso(micros: bigint, style: { zone: number | "Z" | "none"; decimals?: 0 | 3 | 6 }): string {
  const minutes = typeof style.zone === "number" ? style.zone : 0;
  const local = micros + BigInt(minutes) * 60n * SECOND;
  const whole = floorTo(local, SECOND);
  const head = new Date(Number(whole / 1000n)).toISOString().slice(0, 19);
  return head + fractionText(local - whole, style.decimals ?? 0) + zoneText(style.zone);
}

/** The greatest multiple of `unit` that is not above `value`; also below zero. */
export function floorTo(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  return value - (rest < 0n ? rest + unit : rest);
}

function zoneOffset(zone: string | undefined): bigint {
  if (zone === undefined || zone === "Z") return 0n;
  const minutes = BigInt(zone.slice(1, 3)) * 60n + BigInt(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * 60n * SECOND;
}

function fractionText(micros: bigint, least: 0 | 3 | 6): string {
  const all = micros.toString().padStart(6, "0");
  const needed = micros === 0n ? 0 : micros % 1000n === 0n ? 3 : 6;
  const decimals = Math.max(needed, least);
  return decimals === 0 ? "" : `.${all.slice(0, decimals)}`;
}

function zoneText(zone: number | "Z" | "none"): string {
  if (zone === "Z") return "Z";
  if (zone === "none") return "";
  const size = Math.abs(zone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${zone < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
