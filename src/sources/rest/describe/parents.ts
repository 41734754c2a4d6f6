/**
 * Ties listings with placeholders to the listings whose records fill them: `/orders/{order_id}/items` to `/orders`.
 * Parents are settled before their children, so chains of any length work and circles cannot arise.
 */
import type { Parent } from "../../../artifacts/reading.ts";
import { singular, snake } from "../../http/describe/names.ts";
import type { Block, Listing } from "./draft.ts";
import { columnForPlaceholder } from "./keys.ts";
import { isVerb, template, trimmed } from "./listings.ts";
import { placeholdersOf } from "./operations.ts";
import { identityOf } from "./schema.ts";

/** Sets `parent` where it is known; listings that stay without get a block for each open placeholder. */
export function linkParents(listings: readonly Listing[]): void {
  // By the path first; by the resource's name only where no path says it.
  for (const find of [parentByPath, parentByName]) {
    for (let changed = true; changed; ) {
      changed = false;
      const settled = indexSettled(listings);
      for (const child of listings.filter((listing) => !isSettled(listing))) {
        child.parent = find(child, settled);
        changed ||= child.parent !== undefined;
      }
    }
  }
  const byPath = firstBy(listings, (listing) => template(listing.path));
  for (const child of listings.filter((listing) => !isSettled(listing))) {
    for (const name of placeholdersOf(child.path)) child.blocks.push(openPlaceholder(name, child, byPath));
  }
  markRepeats(listings.filter((listing) => listing.blocks.length === 0));
}

/** Listings that may be parents: they can be read, and their own placeholders are filled. */
interface Settled {
  byPath: Map<string, Listing>;
  byResource: Map<string, Listing[]>;
}

function indexSettled(listings: readonly Listing[]): Settled {
  const settled = listings.filter((listing) => listing.blocks.length === 0 && isSettled(listing));
  const byResource = new Map<string, Listing[]>();
  for (const listing of settled) {
    const name = singular(listing.resource);
    byResource.set(name, [...(byResource.get(name) ?? []), listing]);
  }
  return { byPath: firstBy(settled, (listing) => template(listing.path)), byResource };
}

function firstBy(listings: readonly Listing[], key: (listing: Listing) => string): Map<string, Listing> {
  return new Map(listings.toReversed().map((listing) => [key(listing), listing]));
}

function isSettled(listing: Listing): boolean {
  return placeholdersOf(listing.path).length === 0 || listing.parent !== undefined;
}

function parentByPath(child: Listing, settled: Settled): Listing["parent"] {
  const names = placeholdersOf(child.path);
  const last = names.at(-1) ?? "";
  const prefix = listPath(child.path, last);
  if (prefix === undefined) return undefined;
  const parent = settled.byPath.get(template(prefix));
  if (parent === undefined) return undefined;
  const column = placeholderColumn(last, parent);
  // The parent's own placeholders stand at the same places, perhaps under other names.
  const inherited = placeholdersOf(parent.path).map((name) =>
    parent.parent?.bind.find((bind) => bind.placeholder === name),
  );
  if (column === undefined || inherited.some((bind) => bind === undefined)) return undefined;
  const pairs = inherited.map((bind, index) => ({
    placeholder: names[index] ?? "",
    parent_column: bind?.column ?? "",
  }));
  const bind = nameColumns([...pairs, { placeholder: last, parent_column: column }], { child, parent });
  return { listing: parent, bind, inferred: undefined };
}

/** `/sections/{id}/tasks` where no `/sections` is listed, but `/projects/{id}/sections` is. */
function parentByName(child: Listing, settled: Settled): Listing["parent"] {
  const [name, ...more] = placeholdersOf(child.path);
  if (name === undefined || more.length > 0) return undefined;
  const prefix = listPath(child.path, name);
  const resource = prefix?.split("/").findLast((segment) => segment !== "");
  if (resource === undefined) return undefined;
  const named = (settled.byResource.get(singular(snake(resource))) ?? []).filter((one) => placeholderColumn(name, one));
  const parent = cheapest(named);
  const column = parent && placeholderColumn(name, parent);
  if (parent === undefined || column === undefined) return undefined;
  const bind = nameColumns([{ placeholder: name, parent_column: column }], { child, parent });
  const inferred = `No endpoint lists ${prefix}; ${parent.operation.path} lists records of that name, and their ${column} is taken.`;
  return { listing: parent, bind, inferred };
}

/** The path before a placeholder that is a segment of its own and is followed by more. */
function listPath(path: string, placeholder: string): string | undefined {
  const segments = trimmed(path).split("/");
  const index = segments.lastIndexOf(`{${placeholder}}`);
  return index < 2 ? undefined : segments.slice(0, index).join("/");
}

function placeholderColumn(placeholder: string, parent: Listing): string | undefined {
  const plain = parent.columns.filter(({ column }) => ["string", "integer", "bigint", "date"].includes(column.type));
  return columnForPlaceholder(
    placeholder,
    parent.resource,
    plain.map(({ column }) => column.name),
  );
}

const BARE = /^(id|gid|uuid|guid|key|code|slug|name|number|identifier)$/;

/**
 * Names the columns in which the child keeps its parent's values. A field that the record has under that name is left
 * alone: in `/heroes/{hero_id}/matchups` it is the other hero.
 */
function nameColumns(
  pairs: { placeholder: string; parent_column: string }[],
  { child, parent }: { child: Listing; parent: Listing },
): Parent["bind"] {
  const taken = new Set(child.columns.map(({ column }) => snake(column.name)));
  return pairs.map((pair) => {
    const plain = snake(pair.placeholder);
    const name = BARE.test(plain) ? `${singular(parent.resource)}_${snake(pair.parent_column)}` : plain;
    let column = taken.has(name) ? `parent_${name}` : name;
    while (taken.has(column)) column = `parent_${column}`;
    taken.add(column);
    return { ...pair, column };
  });
}

function openPlaceholder(name: string, child: Listing, byPath: ReadonlyMap<string, Listing>): Block {
  const prefix = listPath(child.path, name);
  const blocked = prefix === undefined ? undefined : byPath.get(template(prefix));
  const why =
    blocked === undefined
      ? `no endpoint lists the values for {${name}}`
      : `${blocked.operation.path}, which lists them, ${blocked.blocks.length > 0 ? "is left out itself" : "has no column for it"}`;
  return { kind: "placeholder", name, reason: `needs a value for {${name}}, and ${why}` };
}

/**
 * Listings of the same records under the same name, as `/tasks`, `/projects/{id}/tasks` and `/tasks/search`: one is
 * enough. The plain listing goes first, then the one with the fewest placeholders, then the earlier one.
 */
function markRepeats(listings: readonly Listing[]): void {
  const groups = new Map<string, Listing[]>();
  for (const listing of listings) {
    const key = `${identityOf(listing.records.item) ?? ""} ${listing.resource}`;
    groups.set(key, [...(groups.get(key) ?? []), listing]);
  }
  const parents = new Set(listings.map((listing) => listing.parent?.listing));
  for (const [key, group] of groups) {
    const best = cheapest(group);
    if (key.startsWith(" ") || best === undefined) continue;
    for (const listing of group) {
      if (listing === best || parents.has(listing) || !repeats(listing)) continue;
      listing.blocks.push({ kind: "choice", reason: `lists the same records as ${best.operation.path}` });
    }
  }
}

/** Without placeholders and under other segments (`/v1/…`, `/archive/…`) the same schema may well be other records. */
function repeats(listing: Listing): boolean {
  return placeholdersOf(listing.path).length > 0 || isVerb(trimmed(listing.path).split("/").at(-1) ?? "");
}

function cheapest(listings: readonly Listing[]): Listing | undefined {
  const cost = (listing: Listing): number =>
    chainLength(listing) + (isVerb(trimmed(listing.path).split("/").at(-1) ?? "") ? 0.5 : 0);
  return [...listings].sort((a, b) => cost(a) - cost(b))[0];
}

function chainLength(listing: Listing): number {
  return listing.parent === undefined ? placeholdersOf(listing.path).length : 1 + chainLength(listing.parent.listing);
}
