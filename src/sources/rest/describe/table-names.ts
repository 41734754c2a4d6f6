/** Names of tables: the last static segment of the path, with more of the path before it only where needed. */

import { singular, snake } from "../../http/describe/names.ts";
import type { Listing } from "./draft.ts";
import { isVerb, staticSegments } from "./listings.ts";

/** A unique name per listing, in order. Listings that are taken choose before those that are left out. */
export function nameTables(listings: readonly Listing[], reserved: ReadonlySet<string>): Map<Listing, string> {
  const names = new Map<Listing, string>();
  const used = new Set([...reserved].map((name) => name.toLowerCase()));
  const taken = listings.filter((listing) => listing.blocks.length === 0);
  for (const group of [taken, listings.filter((listing) => listing.blocks.length > 0)]) {
    for (const naming of lengthen(group.map(makeNaming), used)) {
      names.set(naming.listing, unique(naming.name, used));
    }
  }
  return names;
}

interface Naming {
  listing: Listing;
  words: string[];
  /** How many of the words, from the end, make up the name. */
  length: number;
  name: string;
}

function makeNaming(listing: Listing): Naming {
  const words = wordsOf(listing);
  return { listing, words, length: 1, name: join(words.slice(-1)) };
}

/** Everybody who shares a name takes one more word, until nobody does or the words are used up. */
function lengthen(namings: Naming[], used: ReadonlySet<string>): Naming[] {
  for (let changed = true; changed; ) {
    changed = false;
    const byName = new Map<string, Naming[]>();
    for (const naming of namings) byName.set(naming.name, [...(byName.get(naming.name) ?? []), naming]);
    for (const [name, rivals] of byName) {
      if (rivals.length < 2 && !used.has(name)) continue;
      const staying = used.has(name) ? undefined : plainest(rivals);
      for (const naming of rivals) {
        if (naming === staying || naming.length >= naming.words.length) continue;
        naming.length += 1;
        naming.name = join(naming.words.slice(-naming.length));
        changed = true;
      }
    }
  }
  return namings;
}

/** `/items` stays `items` beside `/orders/{id}/items`: it is the only one without a placeholder. */
function plainest(rivals: readonly Naming[]): Naming | undefined {
  const plain = rivals.filter((naming) => !naming.listing.path.includes("{"));
  return plain.length === 1 ? plain[0] : undefined;
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
