/** Whether a child table's records belong to the parent they were asked for with. */
import { canonical } from "../../answers/canonical.ts";
import { confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import { lookedAt, type Page, recordsIn, type TableProbe } from "./table-probe.ts";

/** Are the records those of the parent that was named? */
export async function askParent(probe: TableProbe): Promise<Found | undefined> {
  const { table, pages, others } = probe;
  const { parent } = table.read;
  const [first] = pages;
  if (parent === undefined || first === undefined) return undefined;
  const asked = lookedAt(probe);
  const listings = [first, ...others].filter(({ records }) => records.length > 0);
  const own = (page: Page) => recordsIn(table, page.looked) ?? [];
  let carried = 0;
  for (const page of listings) {
    for (const [index, record] of own(page).entries()) {
      for (const { column } of parent.bind) {
        const [has, named] = [record[column] ?? null, page.records[index]?.[column] ?? null];
        if (has === null) continue;
        carried += 1;
        if (canonicalText(has) === canonicalText(named)) continue;
        const says = `Asked for with ${column} ${canonical(named)}, ${table.name} gives a record whose own ${column} is ${canonical(has)}.`;
        return refutes(says, asked, { instead: `another column of ${parent.table}, or another placeholder` });
      }
    }
  }
  const counts = `Records of ${listings.length === 1 ? `one row of ${parent.table}` : `${listings.length} rows of ${parent.table}`} were read`;
  if (carried > 0) return confirms(`${counts}, and each names the row it was asked for with.`, asked);
  const [one, two] = listings.map((page) => canonical(own(page)));
  if (two === undefined) return confirms(`${counts}.`, asked);
  if (one === two)
    return silent(
      `${counts}, and they are the very same ones: whether the path tells parents apart does not show.`,
      asked,
    );
  return confirms(`${counts}, and they differ.`, asked);
}

/** An id may be a number in one place and its digits in another. */
function canonicalText(value: Parameters<typeof canonical>[0]): string {
  return typeof value === "string" ? value : canonical(value);
}
