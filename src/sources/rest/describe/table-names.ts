/** Names of tables: the last static segment of the path, with more of the path before it only where needed. */
import type { Listing } from "./draft.ts";
import { isVerb, staticSegments } from "./listings.ts";
import { singular, snake } from "./names.ts";

/** A unique name per listing, in order. Listings that are taken choose before those that are left out. */
export function nameTables(listings: readonly Listing[], reserved: ReadonlySet<string>): Map<Listing, string> {
  const names = new Map<Listing, string>();
  const used = new Set([...reserved].map((name) => name.toLowerCase()));
  const taken = listings.filter((listing) => listing.blocks.length === 0);
  for (const group of [taken, listings.filter((listing) => listing.blocks.length > 0)]) {
    const words = new Map(group.map((listing) => [listing, wordsOf(listing)]));
    const length = new Map(group.map((listing) => [listing, 1]));
    const nameOf = (listing: Listing): string => join((words.get(listing) ?? []).slice(-(length.get(listing) ?? 1)));
    // Everybody who shares a name takes one more word, until nobody does or the words are used up.
    for (let round = 0; round < MAX_WORDS; round++) {
      const clashes = group.filter((listing) => {
        const name = nameOf(listing);
        return used.has(name) || group.some((other) => other !== listing && nameOf(other) === name);
      });
      const longer = clashes.filter((listing) => (length.get(listing) ?? 1) < (words.get(listing)?.length ?? 1));
      if (longer.length === 0) break;
      for (const listing of keepShortest(longer, { clashes, used, nameOf, words }))
        length.set(listing, (length.get(listing) ?? 1) + 1);
    }
    for (const listing of group) names.set(listing, unique(nameOf(listing), used));
  }
  return names;
}

const MAX_WORDS = 12;

interface Naming {
  clashes: Listing[];
  used: ReadonlySet<string>;
  nameOf: (listing: Listing) => string;
  words: Map<Listing, string[]>;
}

/** `/items` stays `items` beside `/orders/{id}/items`: the one without further words cannot give way. */
function keepShortest(longer: Listing[], naming: Naming): Listing[] {
  return longer.filter((listing) => {
    const name = naming.nameOf(listing);
    const rivals = naming.clashes.filter((other) => other !== listing && naming.nameOf(other) === name);
    const depth = naming.words.get(listing)?.length ?? 0;
    const plain = !listing.path.includes("{") && !naming.used.has(name);
    return !(
      plain && rivals.every((other) => other.path.includes("{") && (naming.words.get(other)?.length ?? 0) > depth)
    );
  });
}

/** `/v1/orders/{id}/items/list` -> `v1`, `order`, `items_list`: verbs stay with what they are about. */
function wordsOf(listing: Listing): string[] {
  const segments = staticSegments(listing.path);
  const words: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const word = snake(segment);
    if (word === "") continue;
    const before = words.at(-1);
    if (isVerb(segment) && index === segments.length - 1 && before !== undefined)
      words[words.length - 1] = `${before}_${word}`;
    else words.push(word);
  }
  return words;
}

/** All but the last word in the singular: `order_items`. A leading digit is not allowed in names. */
function join(words: readonly string[]): string {
  const name = [...words.slice(0, -1).map(singular), ...words.slice(-1)].join("_") || "records";
  return /^\d/.test(name) ? `_${name}` : name;
}

function unique(name: string, used: Set<string>): string {
  let free = name;
  for (let count = 2; used.has(free); count++) free = `${name}_${count}`;
  used.add(free);
  return free;
}
