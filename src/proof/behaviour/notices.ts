/** What a person has to know before a new version goes to where an old one has been. */
import type { Behaviour, TableDifference } from "../../artifacts/behaviour.ts";

type Found = Omit<Behaviour, "equal" | "notices">;
type Notice = Behaviour["notices"][number];

/** `described`: the tables that the newer description knows. */
export function notices(found: Found, described: ReadonlySet<string>): Notice[] {
  return [
    ...failures(found),
    ...found.tables.flatMap((table) => ofTable(table, described)),
    ...ofGoingOn(found),
    ...found.tables.flatMap((table) => unnarrowed(found, table)),
  ];
}

function failures({ syncs }: Found): Notice[] {
  return syncs
    .filter(({ version, status }) => version === "after" && status === "failed")
    .map(({ name, reason }) => ({
      kind: "loss",
      text: `the ${name} sync of the new version fails: ${reason?.split("\n")[0] ?? "no reason given"}`,
    }));
}

function ofTable(table: TableDifference, described: ReadonlySet<string>): Notice[] {
  const { name, standing, key, columns, rows } = table;
  const about = (kind: Notice["kind"], text: string): Notice => ({ kind, table: name, text });
  if (standing === "gone")
    return [about("gone", "is not synced any more: its rows stay in the destination, and are not kept up to date")];
  const said: Notice[] = [];
  if (!described.has(name))
    said.push(
      about("unproven", "is no table of the description: nothing is compared with the source, and nothing proven"),
    );
  if (standing !== "changed") return said;
  if (key.before !== undefined && key.after !== undefined && String(key.before) !== String(key.after))
    said.push(
      about(
        "re-sync",
        `its key changes from ${keyInWords(key.before)} to ${keyInWords(key.after)}: rows there keep their old identity`,
      ),
    );
  for (const { name: column, before, after } of columns.retyped)
    said.push(about("re-sync", `${column} changes from ${before} to ${after}`));
  for (const { name: column } of columns.removed)
    said.push(about("gone", `${column} is not sent any more: what is in the destination stays as it is`));
  // Rows after the last sync are what the destination would have; those of before it say the same twice.
  const last = rows.at(-1);
  if (last !== undefined && last.missing > 0)
    said.push(about("loss", `${last.missing} of ${last.before} rows that came before do not come any more`));
  if (last !== undefined && last.different > 0)
    said.push(about("re-sync", `${last.different} rows have other values than before`));
  if (last !== undefined && last.deleted.differing > 0)
    said.push(about("re-sync", `${last.deleted.differing} rows are marked deleted by one version only`));
  return said;
}

function keyInWords(key: readonly string[]): string {
  return key.length === 0 ? "none" : `(${key.join(", ")})`;
}

function ofGoingOn({ goes_on: { outcome, reason, tables }, syncs }: Found): Notice[] {
  if (outcome === "failed")
    return [
      { kind: "re-sync", text: `the new version does not go on from the saved state: ${reason?.split("\n")[0]}` },
    ];
  return [...beginsAnew(syncs), ...otherRows(tables)];
}

/** More is sent than from a state of its own: what was saved is not understood, and read anew. */
function beginsAnew(syncs: Found["syncs"]): Notice[] {
  const going = syncs.find(({ version }) => version === "after going on");
  const own = syncs.find(({ version, name }) => version === "after" && name === going?.name);
  return Object.entries(going?.rows ?? {}).flatMap(([table, sent]): Notice[] => {
    const usual = own?.rows[table] ?? 0;
    const text = `going on from the saved state it sends ${sent} rows, and ${usual} from a state of its own: it reads anew`;
    return own === undefined || sent <= usual ? [] : [{ kind: "cost", table, text }];
  });
}

function otherRows(tables: Found["goes_on"]["tables"]): Notice[] {
  return tables.map(({ name, missing, unexpected, different }) => {
    const parts = [
      missing > 0 ? `${missing} rows are missing` : "",
      unexpected > 0 ? `${unexpected} rows are there that a fresh sync has not` : "",
      different > 0 ? `${different} rows have other values than after a fresh sync` : "",
    ];
    const text = `going on from the saved state, ${parts.filter(Boolean).join(", ")}`;
    return { kind: "re-sync", table: name, text };
  });
}

/** A table whose second sync brought what was new, and now brings everything. */
function unnarrowed({ syncs }: Found, { name, standing }: TableDifference): Notice[] {
  if (standing === "new" || standing === "gone") return [];
  const sent = (version: "before" | "after") =>
    syncs.filter((sync) => sync.version === version && sync.status === "succeeded").map(({ rows }) => rows[name] ?? 0);
  const [[first = 0, second], [, now]] = [sent("before"), sent("after")];
  if (second === undefined || now === undefined || second >= first || now < first) return [];
  return [
    { kind: "cost", table: name, text: `its second sync sends ${now} rows, where it sent ${second} of ${first}` },
  ];
}
