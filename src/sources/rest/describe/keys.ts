/** Primary keys: what is said to be a key, what a detail endpoint takes, what is named like one. In this order of trust. */

import { singular, snake } from "../../http/describe/names.ts";
import { isObject, type Located } from "../../http/describe/pointer.ts";
import type { DescribedColumn } from "./columns.ts";
import { at, type Claimed, documented, type Listing, unproven } from "./draft.ts";
import { placeholdersOf } from "./operations.ts";

const KEY_TYPES = new Set(["string", "integer", "bigint"]);
const UNIQUE_WORDS = /\b(globally )?unique(ly)?\b|\bprimary key\b/i;
const IDENTIFIER_WORDS = /\bidentif(ier|ies|y)\b|\bprimary key\b|\bunique\b/i;

export function findKey(listing: Listing): Claimed<string[]> {
  return statedKey(listing) ?? detailKey(listing) ?? namedKey(listing) ?? uniqueKey(listing) ?? noKey(listing);
}

/**
 * The column whose value goes into a placeholder that stands for a record of `resource`: `{id}`, `{order_id}`,
 * `{orderId}`, `{order}` and `{code}` of `/orders`.
 */
export function columnForPlaceholder(
  placeholder: string,
  resource: string,
  columns: readonly string[],
): string | undefined {
  const bySnake = new Map(columns.map((name) => [snake(name), name]));
  const plain = snake(placeholder);
  const one = singular(resource);
  const exact = bySnake.get(plain) ?? columns.find((name) => squash(name) === squash(placeholder));
  if (exact !== undefined) return exact;
  // `{id}` may stand for what the record calls `order_id`.
  const qualified = bySnake.get(`${one}_${plain}`);
  if (qualified !== undefined) return qualified;
  const tail = /_(id|gid|uuid|guid|code|slug|key|name|number|no|sku|symbol|handle)$/.exec(plain)?.[1];
  if (tail !== undefined) {
    const found = bySnake.get(tail) ?? bySnake.get(`${one}_${tail}`);
    if (found !== undefined) return found;
  }
  if (plain === one || /^id(_or_.*)?$|^identifier$/.test(plain)) {
    return ["id", "gid", "uuid", `${one}_id`].map((name) => bySnake.get(name)).find((name) => name !== undefined);
  }
  return undefined;
}

/** `x-primary-key: [a, b]` or `x-primary-key: a` on the record, `x-primary-key: true` on properties. */
function statedKey(listing: Listing): Claimed<string[]> | undefined {
  const names = new Set(listing.columns.map(({ column }) => column.name));
  for (const [keyword, node] of listing.records.shape.extensions) {
    if (!/^x-(primary-?key|key|keys|id-?field|unique-?key)$/i.test(keyword)) continue;
    const key = (Array.isArray(node.value) ? node.value : [node.value]).map(String);
    if (key.length > 0 && key.every((name) => names.has(name))) return { value: key, claim: documented([at(node)]) };
  }
  const marked = listing.columns.flatMap(({ column, shape }) =>
    [...shape.extensions]
      .filter(
        ([keyword, node]) => /^x-(primary-?key|is-?key|key|unique|is-?unique)$/i.test(keyword) && node.value === true,
      )
      .map(([keyword, node]) => ({ name: column.name, node, unique: /unique/i.test(keyword) })),
  );
  const keys = marked.filter((mark) => !mark.unique);
  const chosen = keys.length > 0 ? keys : marked.slice(0, 1);
  if (chosen.length === 0) return undefined;
  return { value: chosen.map((mark) => mark.name), claim: documented(chosen.map((mark) => at(mark.node))) };
}

/** The list's records are addressed one by one with a placeholder, so what goes into it tells them apart. */
function detailKey(listing: Listing): Claimed<string[]> | undefined {
  const { detail } = listing;
  if (detail === undefined) return undefined;
  const usable = usableColumns(listing);
  const placeholder = placeholdersOf(detail.path).at(-1) ?? "";
  const own = usable.find(({ column }) => isId(column.name, listing));
  const name = columnForPlaceholder(
    placeholder,
    listing.resource,
    usable.map(({ column }) => column.name),
  );
  const matched = usable.find(({ column }) => column.name === name);
  // With both an id and a slug that addresses records, the id is the key: slugs are edited.
  const chosen = own ?? matched;
  if (chosen === undefined || matched === undefined) return undefined;
  const parameter = detail.parameters.find((one) => one.in === "path" && one.name === placeholder);
  const note = `${detail.path} addresses one record by it`;
  return {
    value: [chosen.column.name],
    claim: documented([at(chosen.node), at(parameter?.node ?? detail.node)], note),
  };
}

function namedKey(listing: Listing): Claimed<string[]> | undefined {
  const chosen = usableColumns(listing).find(({ column }) => isId(column.name, listing));
  if (chosen === undefined) return undefined;
  const name = chosen.column.name;
  const said = saysUnique(chosen, IDENTIFIER_WORDS);
  if (said !== undefined) return { value: [name], claim: documented([at(said)], "described as an identifier") };
  const reason = `${name} is named like a key; the description does not say that it is unique.`;
  return { value: [name], claim: unproven(reason, [at(chosen.node)]) };
}

function uniqueKey(listing: Listing): Claimed<string[]> | undefined {
  const unique = usableColumns(listing).filter((column) => saysUnique(column, UNIQUE_WORDS) !== undefined);
  const [chosen] = unique;
  if (chosen === undefined || unique.length > 1) return undefined;
  return { value: [chosen.column.name], claim: documented([at(chosen.node)], "described as unique") };
}

function noKey(listing: Listing): Claimed<string[]> {
  const reason = "No field is said to be, addressed as, or named like a key; rows are told apart by all their values.";
  return { value: [], claim: unproven(reason, [at(listing.records.shape.sources[0])]) };
}

/** `id`, `_id`, `gid`, `uuid`, `guid`, and the same with the resource's name before it. */
function isId(name: string, listing: Listing): boolean {
  const one = singular(listing.resource);
  const lastWord = one.slice(one.lastIndexOf("_") + 1);
  const bare = ["id", "gid", "uuid", "guid"];
  const names = [...bare, ...bare.flatMap((id) => [`${one}_${id}`, `${lastWord}_${id}`])];
  // `leagueid` is written without a mark between the words.
  return names.some((id) => squash(id) === squash(name));
}

function squash(name: string): string {
  return snake(name).replaceAll("_", "");
}

/** Columns that may be keys, the plainest id first. */
function usableColumns(listing: Listing): DescribedColumn[] {
  const usable = listing.columns.filter(({ column, shape }) => KEY_TYPES.has(column.type) && !shape.nullable);
  const rank = ({ column }: DescribedColumn): number => {
    const order = ["id", "gid", "uuid", "guid"].indexOf(snake(column.name));
    return order < 0 ? 4 : order;
  };
  return usable
    .map((column) => ({ column, rank: rank(column) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ column }) => column);
}

function saysUnique({ node, shape }: DescribedColumn, words: RegExp): Located | undefined {
  const source = [node, ...shape.sources].find(
    (place) => place !== undefined && isObject(place.value) && words.test(String(place.value.description ?? "")),
  );
  return source;
}
