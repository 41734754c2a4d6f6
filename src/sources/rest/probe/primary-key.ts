/** Whether the declared key tells records apart, and what does if it does not. */

import { canonical, valuesText } from "../../answers/canonical.ts";
import { confirms, type Found, refutes, silent, some } from "../../http/probe/finding.ts";
import type { Record_ } from "../../record.ts";
import { lookedAt, sampleOf, type TableProbe } from "./table-probe.ts";

/** Fewer records than this say little about what is unique. */
const ENOUGH = 10;
const MAX_COLUMNS = 40;

/** Is the key unique and never null? */
export async function askPrimaryKey(probe: TableProbe): Promise<Found> {
  const asked = lookedAt(probe);
  const { primary_key: key } = probe.table;
  // The same record twice is a matter of paging, not of keys.
  const rows = [...new Map(sampleOf(probe).map((row) => [canonical(row), row])).values()];
  const name = key.join(", ");
  if (rows.length === 0) return silent("There is no record to try the key on.", asked);
  const better = rows.length < ENOUGH ? [] : uniqueColumns(rows, probe);
  const instead =
    better.length > 0
      ? { instead: `${better.join(" or ")} ${better.length === 1 ? "is" : "are"} unique in the sample` }
      : {};
  if (key.length === 0) {
    const offer = better.length > 0 ? `; ${better.join(" or ")} would be unique among ${rows.length} records` : "";
    return { ...silent(`No key is declared${offer}.`, asked), ...instead };
  }
  const missing = key.filter((column) => rows.every((row) => row[column] === undefined));
  if (missing.length > 0)
    return refutes(`The key ${some(missing)} is in none of ${rows.length} records.`, asked, instead);
  const texts = rows.map((row) => valuesText(row, key));
  const nulls = texts.filter((text) => text === undefined).length;
  if (nulls > 0) return refutes(`The key ${name} is null in ${nulls} of ${rows.length} records.`, asked, instead);
  const groups = new Map<string, number>();
  for (const text of texts) groups.set(text ?? "", (groups.get(text ?? "") ?? 0) + 1);
  const repeated = [...groups].filter(([, count]) => count > 1);
  const [example] = repeated;
  if (example !== undefined) {
    const says = `The key ${name} is not unique: ${repeated.length} of its values stand for different records, ${example[0]} for ${example[1]}, among ${rows.length}.`;
    return refutes(says, asked, instead);
  }
  return confirms(`The key ${name} is unique and never null in ${rows.length} records.`, asked);
}

/** Single columns that are unique and never null; where there is none, pairs, those with an id first. */
function uniqueColumns(rows: readonly Record_[], { table }: TableProbe): string[] {
  const names = table.columns.map(({ name }) => name).slice(0, MAX_COLUMNS);
  const plain = names
    .filter((name) => rows.every((row) => (row[name] ?? null) !== null && typeof row[name] !== "object"))
    .filter((name) => rows.every((row) => typeof row[name] !== "boolean"))
    .sort((a, b) => rank(a) - rank(b));
  const unique = (columns: string[]) => new Set(rows.map((row) => valuesText(row, columns))).size === rows.length;
  const singles = plain.filter((name) => unique([name]));
  if (singles.length > 0) return singles.slice(0, 3);
  const pairs = plain.flatMap((first, index) => plain.slice(index + 1).map((second) => [first, second]));
  return pairs
    .filter(unique)
    .slice(0, 3)
    .map(([first, second]) => `(${first}, ${second})`);
}

function rank(name: string): number {
  if (/^_?(id|uuid|guid|key|code)$/i.test(name)) return 0;
  return /(_?id|uuid|guid|key|code)$/i.test(name) ? 1 : 2;
}
