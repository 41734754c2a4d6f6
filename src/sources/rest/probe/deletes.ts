/** Whether deleted rows show where the blueprint says. */
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import { atPath, isRecord } from "../../answers/exact.ts";
import { listsIn } from "../../answers/lists.ts";
import { complaint, confirms, type Found, refutes, silent, some } from "../../http/probe/finding.ts";
import { lookedAt, sampleOf, type TableProbe } from "./table-probe.ts";

type Feed = Extract<Table["deletes"], { kind: "feed" }>;

/** Are the flag, or the list of deleted keys, there? What is gone without a trace cannot be asked for. */
export async function askDeletes(probe: TableProbe): Promise<Found | undefined> {
  const { deletes } = probe.table;
  if (deletes.kind === "feed") return await askFeed(probe, deletes);
  if (deletes.kind !== "flag") return undefined;
  const rows = sampleOf(probe);
  if (rows.length === 0) return silent("There is no record to look for the flag in.", lookedAt(probe));
  const having = rows.filter((row) => row[deletes.column] !== undefined).length;
  if (having === 0) {
    return silent(
      `The flag ${deletes.column} is in none of ${rows.length} records: it may be sent for deleted rows only, or be no field at all.`,
      lookedAt(probe),
    );
  }
  const values = [...new Set(rows.map((row) => String(row[deletes.column] ?? null)))];
  return confirms(
    `The flag ${deletes.column} is in ${having} of ${rows.length} records, with the values ${some(values, 4)}.`,
    lookedAt(probe),
  );
}

async function askFeed({ asker, correct }: TableProbe, feed: Feed): Promise<Found> {
  const looked = await asker.ask(asker.address(feed.path, {}));
  const { status } = looked.exchange;
  if (looked.elsewhere !== undefined || status >= 300 || looked.json === undefined) {
    const says = `The list of deleted rows at ${feed.path} answers with ${complaint(looked)}${looked.json === undefined && status < 300 ? ", which is no JSON" : ""}.`;
    return status >= 500 || status === 401 || status === 403
      ? silent(says, [looked])
      : refutes(says, [looked], { instead: "another path, or none" });
  }
  const list = atPath(looked.json, feed.records);
  if (!Array.isArray(list)) {
    const lists = listsIn(looked.json);
    const [only] = lists;
    const says = `At \`${feed.records}\` in the answer of ${feed.path} there is no list${lists.length > 0 ? `; lists are at ${some(lists.map(({ path }) => `\`${path}\``))}` : ""}.`;
    if (only === undefined || lists.length > 1) return refutes(says, [looked]);
    const corrected = correct((table) => ({ ...table, deletes: { ...feed, records: only.path } }));
    return refutes(says, [looked], { instead: `records: "${only.path}"`, corrected });
  }
  if (list.length === 0) return silent(`The list of deleted rows at ${feed.path} is empty.`, [looked]);
  const wanted = [...Object.values(feed.keys), ...(feed.column === undefined ? [] : [feed.column])];
  const missing = wanted.filter((field) => !list.every((entry) => isRecord(entry) && (entry[field] ?? null) !== null));
  if (missing.length > 0) {
    const [entry] = list;
    const fields = entry !== undefined && isRecord(entry) ? `; its fields are ${some(Object.keys(entry))}` : "";
    return refutes(`Entries of ${feed.path} do not all have ${some(missing)}${fields}.`, [looked], {
      instead: "the fields that entries have",
    });
  }
  return confirms(`${feed.path} lists ${list.length} deleted rows, each with ${some(wanted)}.`, [looked]);
}
