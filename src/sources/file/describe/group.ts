/** Which files belong together: names that differ only in dates, numbers and ids are one table's. */
import type { FileFormat, FileRead } from "../../../artifacts/kinds/file.ts";
import type { StoredFile } from "../stores/store.ts";

export interface Group {
  /** Name of the table. */
  name: string;
  pattern: string;
  format: FileFormat["format"];
  compression: FileRead["compression"];
  files: StoredFile[];
}

const FORMATS: { readonly [extension: string]: FileFormat["format"] } = {
  csv: "csv",
  tsv: "csv",
  tab: "csv",
  txt: "csv",
  psv: "csv",
  json: "json",
  ndjson: "ndjson",
  jsonl: "ndjson",
  parquet: "parquet",
  pq: "parquet",
};
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Dates, times and counters, with what stands between their parts. */
const DIGITS =
  /(?<![A-Za-z0-9])v?\d(?:[\d_.:-]*\d)?(?:T\d[\d_.:-]*\d)?Z?(?![A-Za-z0-9])|(?<=[A-Za-z_-])\d{4,}(?![A-Za-z0-9])/g;

/** What a name tells of a file; undefined for a kind of file that is not read. */
export function formatOf(name: string): Pick<Group, "format" | "compression"> | undefined {
  const plain = name.replace(/\.gz$/i, "");
  const format = FORMATS[/\.([A-Za-z0-9]+)$/.exec(plain)?.[1]?.toLowerCase() ?? ""];
  return format && { format, compression: plain === name ? "none" : "gzip" };
}

/** Groups of files, and names of those that are of no known format. */
export function groupFiles(files: readonly StoredFile[]): { groups: Group[]; unknown: string[] } {
  const unknown: string[] = [];
  const byPattern = new Map<string, Group>();
  for (const file of files) {
    const found = formatOf(file.name);
    if (found === undefined) {
      unknown.push(file.name);
      continue;
    }
    const pattern = generalized(file.name);
    const group = byPattern.get(pattern);
    if (group === undefined) byPattern.set(pattern, { name: stemOf(pattern), pattern, ...found, files: [file] });
    else group.files.push(file);
  }
  const taken = new Set<string>();
  const groups = [...byPattern.values()].map((group) => {
    let { name } = group;
    if (taken.has(name)) name = `${name}_${group.format}`;
    for (let n = 2; taken.has(name); n++) name = `${group.name}_${n}`;
    taken.add(name);
    return { ...group, name };
  });
  return { groups, unknown };
}

/** The name with its variable parts captured: `orders_2026-01.csv` as `orders_{date:digits}.csv`. */
function generalized(name: string): string {
  const taken = new Set<string>();
  const capture = (wanted: string) => {
    let part = wanted;
    for (let n = 2; taken.has(part); n++) part = `${wanted}_${n}`;
    taken.add(part);
    return `{${part}:digits}`;
  };
  const segments = name.split("/");
  return segments
    .map((segment, index) => {
      const [, key, value] = /^([A-Za-z][A-Za-z0-9_]*)=(.*)$/.exec(segment) ?? [];
      // As tools of the Hadoop family part tables by folders.
      if (index < segments.length - 1 && key !== undefined && value !== undefined) {
        taken.add(key);
        return `${key}={${key}}`;
      }
      const extension =
        index === segments.length - 1 ? (/((?:\.(?:snappy|zstd|gz|[A-Za-z]+\d?))+)$/.exec(segment)?.[1] ?? "") : "";
      const stem = segment.slice(0, segment.length - extension.length);
      const plain = stem.replace(UUID, "*");
      return (
        plain.replace(DIGITS, (text) =>
          text.startsWith("v") ? text : capture(looksLikeDate(text) ? "date" : "part"),
        ) + extension
      );
    })
    .join("/");
}

function looksLikeDate(text: string): boolean {
  return /^(19|20)\d\d/.test(text);
}

/** What is static in the last part of a pattern, or in the folder above it. */
function stemOf(pattern: string): string {
  for (const segment of pattern.split("/").toReversed()) {
    const plain = segment
      .replace(/(\.[A-Za-z0-9]+)+$/, "")
      .replace(/[A-Za-z0-9_]+=\{[^}]*\}/g, "")
      .replace(/\{[^}]*\}|\*/g, "");
    const name = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "_")
      .replace(/^_+|_+$/g, "");
    if (/\p{L}/u.test(name) && name !== "part" && name !== "data") return name;
  }
  return "files";
}
