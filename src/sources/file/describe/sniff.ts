/** The dialect of delimited text, from the beginnings of its files. */
import type { Encoding } from "../../../artifacts/kinds/file.ts";
import { type CsvFormat, csvRows, headerNames } from "../formats/csv.ts";
import { DATE, LOCAL_TIMESTAMP, NUMBER, TIMESTAMP } from "../formats/values.ts";

const DELIMITERS = [",", ";", "\t", "|"] as const;
const ROWS = 200;

/** The encoding of bytes that may be cut within a character. */
export function sniffEncoding(bytes: Buffer): Encoding {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return "utf-16";
  const pairs = bytes.subarray(0, 4096);
  const zeros = [0, 1].map((side) => pairs.filter((byte, index) => byte === 0 && index % 2 === side).length);
  if ((zeros[1] ?? 0) > pairs.length / 5) return "utf-16-le";
  if ((zeros[0] ?? 0) > pairs.length / 5) return "utf-16-be";
  if (isUtf8(bytes)) return "utf-8";
  return bytes.some((byte) => byte >= 0x80 && byte < 0xa0) ? "cp1252" : "latin-1";
}

/** What bytes of several files have in common: UTF-8 only if all are. */
export function commonEncoding(samples: readonly Buffer[]): Encoding {
  const found = samples.filter(({ length }) => length > 0).map(sniffEncoding);
  return (
    found.find((encoding) => encoding !== "utf-8" && encoding !== "latin-1") ??
    found.find((encoding) => encoding !== "utf-8") ??
    "utf-8"
  );
}

/** Undefined when there is nothing in it. */
export async function sniffDialect(head: Buffer, encoding: Encoding): Promise<CsvFormat | undefined> {
  const candidates = await Promise.all(
    DELIMITERS.map(async (delimiter) => {
      const rows = await firstRows(head, { delimiter, quote: '"', encoding });
      const widths = rows.map((row) => row.length);
      const width = mostCommon(widths);
      const even = widths.filter((one) => one === width).length / Math.max(1, widths.length);
      return { delimiter, rows, width, score: width > 1 ? even * 100 + Math.min(width, 50) : 0 };
    }),
  );
  const [best] = candidates.toSorted((a, b) => b.score - a.score);
  if (best === undefined || best.rows.length === 0) return undefined;
  return {
    format: "csv",
    delimiter: best.score === 0 ? "," : best.delimiter,
    quote: '"',
    encoding,
    header: hasHeader(best.rows),
    nulls: [],
  };
}

/** Rows of a beginning; the last one may be cut and is left out where there are others. */
async function firstRows(
  head: Buffer,
  dialect: { delimiter: string; quote: string; encoding: Encoding },
): Promise<string[][]> {
  const rows: string[][] = [];
  try {
    for await (const row of csvRows(only(head), dialect)) {
      rows.push(row);
      if (rows.length > ROWS) break;
    }
  } catch {
    // A beginning that ends within a quotation or a character: what came before it is good.
  }
  return rows.length > 2 ? rows.slice(0, -1) : rows;
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Names are no numbers or dates, are not repeated, and are unlike what stands below them. */
function hasHeader([first = [], ...rest]: readonly string[][]): boolean {
  const filled = first.filter((text) => text.trim() !== "");
  if (filled.length === 0 || filled.some(isTyped)) return false;
  if (new Set(headerNames(first)).size < first.length) return true;
  const below = first.map((_, index) => rest.map((row) => row[index] ?? "").filter((text) => text !== ""));
  if (below.some((values) => values.length > 0 && values.every(isTyped))) return true;
  // Text over text: a name is written like one, and does not come again as a value.
  return first.every(
    (text, index) => /^[\p{L}_][\p{L}\p{N} _./#()-]*$/u.test(text.trim()) && !below[index]?.includes(text),
  );
}

function isTyped(text: string): boolean {
  return (
    [NUMBER, DATE, TIMESTAMP, LOCAL_TIMESTAMP].some((pattern) => pattern.test(text.trim())) || /^\d/.test(text.trim())
  );
}

function isUtf8(bytes: Buffer): boolean {
  for (const cut of [0, 1, 2, 3]) {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, Math.max(0, bytes.length - cut)));
      return true;
    } catch {
      // Perhaps it was only cut within a character.
    }
  }
  return false;
}

function mostCommon(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const one of numbers) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].toSorted(([a, x], [b, y]) => y - x || b - a)[0]?.[0] ?? 0;
}
