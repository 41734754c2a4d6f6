/** Matches the tables that a spec states with the listings of the descriptions: by path, else by name. */
import type { RequirementsOf, SpecTableOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { nearest } from "../../../system/nearest.ts";
import type { Listing } from "./draft.ts";
import { template, trimmed } from "./listings.ts";

export interface StatedTable {
  table: SpecTableOf<"rest">;
  /** JSON pointer into the spec. */
  pointer: string;
}

export interface StatedMatches {
  byListing: Map<Listing, StatedTable>;
  /** Tables that no description knows. */
  alone: StatedTable[];
}

/** The tables that the spec states in full, with their pointers. */
export function statedTables(requirements: RequirementsOf<"rest">): StatedTable[] {
  return (requirements.spec.tables ?? []).flatMap((table, index) =>
    typeof table === "string" ? [] : [{ table, pointer: `/tables/${index}` }],
  );
}

/** The pointer of a field of a stated table, as a citation. */
export function statedAt(stated: StatedTable, field: string): { spec: string } {
  return { spec: `${stated.pointer}/${field}` };
}

/** The listing at a stated path: the same template, else one whose placeholders the stated path fills. */
export function listingAt(path: string, listings: readonly Listing[]): Listing | undefined {
  const same = listings.find((listing) => template(listing.path) === template(path));
  return same ?? listings.find((listing) => fills(path, listing.path));
}

/** Throws `UserError` for a table without a path that no description has under that name. */
export function matchByName(stated: readonly StatedTable[], names: ReadonlyMap<Listing, string>): StatedMatches {
  const matches: StatedMatches = { byListing: new Map(), alone: [] };
  for (const one of stated) {
    const { table } = one;
    const listing =
      table.path === undefined
        ? [...names].find(([, name]) => name.toLowerCase() === table.name.toLowerCase())?.[0]
        : listingAt(table.path, [...names.keys()]);
    if (listing !== undefined && !matches.byListing.has(listing)) matches.byListing.set(listing, one);
    else if (table.path !== undefined) matches.alone.push(one);
    else throw unknownTable(table.name, [...names.values()]);
  }
  return matches;
}

export function unknownTable(name: string, known: readonly string[]): UserError {
  const near = nearest(name, known);
  const all = known.length > 0 ? `Known: ${known.slice(0, 20).join(", ")}${known.length > 20 ? ", …" : ""}. ` : "";
  return new UserError(`No description has a table named ${name}.`, {
    hint: near === undefined ? `${all}A table that is not described needs a path.` : `Did you mean ${near}?`,
  });
}

function fills(path: string, pattern: string): boolean {
  const [own, wanted] = [trimmed(path).split("/"), trimmed(pattern).split("/")];
  return (
    own.length === wanted.length &&
    wanted.every((segment, index) => /^\{[^{}]*\}$/.test(segment) || segment === own[index])
  );
}
