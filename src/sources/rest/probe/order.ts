/** The other questions about how a table advances: the order of its rows, the end of ranges, ranges of ids. */

import { complaint, confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import type { Json } from "../../record.ts";
import { compareMarks, DAY, type Mark } from "./cursor-values.ts";
import { filterOf } from "./filter.ts";
import { identities, identity } from "./rows.ts";
import { lookedAt, openingParams, recordsIn, sampleOf, type TableProbe, walk } from "./table-probe.ts";

/** Do rows come in ascending order of the cursor? */
export async function askOrder(probe: TableProbe): Promise<Found | undefined> {
  const filter = filterOf(probe);
  if (filter === undefined || filter.advance.order !== "ascending") return undefined;
  const { advance, rows } = filter;
  const asked = probe.pages.map(({ looked }) => looked);
  if (new Set(rows.map(({ mark }) => mark)).size < 2)
    return silent(`All rows of the sample have one ${advance.column}: no order shows.`, asked);
  const inversions = rows.filter(
    (row, index) => index > 0 && compareMarks((rows[index - 1] as { mark: Mark }).mark, row.mark) > 0,
  );
  const [example] = inversions;
  if (example === undefined)
    return confirms(
      `${rows.length} rows over ${probe.pages.length} pages come in ascending order of ${advance.column}.`,
      asked,
    );
  const before = rows[rows.indexOf(example) - 1];
  const says = `Rows do not come in ascending order of ${advance.column}: ${text(example.record[advance.column])} comes after ${text(before?.record[advance.column])}, and ${inversions.length} of ${rows.length} rows are earlier than the row before them.`;
  const corrected = probe.correct((table) => ({ ...table, advance: { ...advance, order: "unknown" } }));
  return refutes(says, asked, { instead: "order: unknown", corrected });
}

/** Is the upper end of a range honoured? */
export async function askWindow(probe: TableProbe): Promise<Found | undefined> {
  const filter = filterOf(probe);
  if (filter?.advance.window === undefined || filter.rows.length === 0) return undefined;
  const { advance, rows, values } = filter;
  const { window } = filter.advance;
  if (window === undefined) return undefined;
  const like = rows[0]?.record[advance.column] ?? null;
  const marks = rows
    .map(({ mark }) => mark)
    .filter((mark): mark is bigint => typeof mark === "bigint")
    .sort(compareMarks);
  const [first, last] = [marks[0], marks.at(-1)];
  if (first === undefined || last === undefined || !values.timed) return undefined;
  const range = (end: bigint): Record<string, string> => ({
    ...openingParams(probe.table),
    [advance.param]: values.write(end - BigInt(window.days) * DAY, like),
    [window.end_param]: values.write(end, like),
  });
  // Days before the first row: where the end counts, the rows of the sample are not among what comes.
  const early = first - 5n * DAY;
  const looked = await probe.asker.ask(probe.asker.address(probe.listing.path, range(early)));
  const records = recordsIn(probe.table, looked);
  const end = `${window.end_param}=${range(early)[window.end_param]}`;
  if (records === undefined) {
    const says = `A range with ${end} is answered with ${complaint(looked)}.`;
    return [400, 422].includes(looked.exchange.status) ? refutes(says, [looked]) : silent(says, [looked]);
  }
  const late = records.filter((record) => {
    const mark = values.mark(record[advance.column]);
    return typeof mark === "bigint" && mark > early + 2n * DAY;
  });
  if (late.length > 0) {
    const says = `${end} gives ${late.length} of ${records.length} rows whose ${advance.column} is later, ${text(late[0]?.[advance.column])} for one: ${window.end_param} is ignored.`;
    return refutes(says, [looked], { instead: "no window" });
  }
  const at = await walk(probe, range(last), 2);
  const edge = identities(
    probe.table,
    rows.filter(({ mark }) => mark === last).map(({ record }) => record),
  );
  const there = at.pages.flatMap((page) => page.records).some((record) => edge.has(identity(probe.table, record)));
  const edges = there
    ? "; a row exactly at the end is given"
    : at.ended
      ? "; a row exactly at the end is left out"
      : "";
  return confirms(`${end} gives no later row${edges}.`, [looked, ...at.pages.map((page) => page.looked)]);
}

/** Are ranges of ids honoured, and are both ends of a range in it? */
export async function askSteps(probe: TableProbe): Promise<Found | undefined> {
  const { table, listing, asker, bound } = probe;
  const { advance } = table;
  if (advance.kind !== "steps") return undefined;
  const rows = sampleOf(probe);
  const ids = rows.map((row) => wholeOf(row[advance.column])).filter((id) => id !== undefined);
  const [id] = ids;
  if (id === undefined) {
    const says =
      rows.length === 0
        ? `The first ranges from ${advance.start} on are empty.`
        : `${advance.column} is no whole number in ${rows.length} rows.`;
    return rows.length === 0
      ? silent(says, lookedAt(probe))
      : refutes(says, lookedAt(probe), { instead: "another column, or full" });
  }
  const params = { ...listing.params, [advance.from_param]: String(id), [advance.to_param]: String(id) };
  const looked = await asker.ask(asker.address(listing.path, params));
  const records = recordsIn(table, looked, bound);
  const range = `${advance.from_param}=${id} and ${advance.to_param}=${id}`;
  if (records === undefined) return silent(`${range} are answered with ${complaint(looked)}.`, [looked]);
  const found = records.map((record) => wholeOf(record[advance.column]));
  const outside = found.filter((other) => other !== id).length;
  if (outside > 0)
    return refutes(
      `${range} give ${records.length} rows, ${outside} of them with another ${advance.column}: the range is ignored.`,
      [looked],
      { instead: "full, or other parameters" },
    );
  if (found.length === 0)
    return refutes(
      `${range} give no row, though there is one with that ${advance.column}: an end of the range is left out.`,
      [looked],
      { instead: "a way of reading that does not lose the ends of ranges" },
    );
  return confirms(`${range} give exactly that row: both ends are in the range.`, [looked]);
}

function wholeOf(value: Json | undefined): bigint | undefined {
  return /^-?\d+$/.test(String(value ?? "")) ? BigInt(String(value)) : undefined;
}

function text(value: Json | undefined): string {
  return typeof value === "object" ? "null" : String(value).slice(0, 40);
}
