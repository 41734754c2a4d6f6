/** Finds the list of records in an answer: the answer itself, or an array of objects inside an envelope. */
import { sameThing, snake } from "../../http/describe/names.ts";
import { type SchemaRef, type Shape, shapeOf } from "./schema.ts";

export interface Records {
  /** Dotted path; "" is the answer itself. */
  path: string;
  /** Schema of the array. */
  list: SchemaRef;
  /** Schema of one record. */
  item: SchemaRef;
  /** One record, one level deep. Without properties the fields are not described. */
  shape: Shape;
}

/** Names that lists of records go by, whatever the records are. */
const LIST_NAMES = new Set(
  (
    "data items results result records record value values entries list rows content contents hits elements objects " +
    "resources collection docs documents members member features page_items list_items"
  ).split(" "),
);
/** Names of objects in which the list lies deeper. */
const WRAPPER_NAMES = new Set(
  "data result results response payload body contents content d embedded hits page".split(" "),
);
/** Lists that accompany records. */
const ASIDE =
  /^(errors?|warnings|messages|links|meta|metadata|included|facets|filters|aggregations|sort|headers|tags?)$/;
/** What envelopes carry beside the list. */
const ENVELOPE =
  /^(meta.*|.*pag(e|es|ing|inator|ination)|pag(e|ing|ination)_.*|next.*|prev.*|first|last|links?|has_.*|more|.*cursor.*|.*token|total.*|.*total|count|.*_count|num_.*|limit|offset|skip|(page_|per_)?(size|page)|status.*|success|ok|code|errors?|warnings|messages?|request_id|time(stamp)?|took|kind|etag|object|type|url|uri|self|href|(api_?)?version|copyright|attribution|licen[cs]e|disclaimer|terms|last_updated|included|jsonapi|facets|filters|aggregations|sort|query|truncated|incomplete_results|is_last|generated_at|odata_.*|hydra_.*|context|results?_.*)$/;
const MAX_DEPTH = 3;

interface Candidate extends Omit<Records, "shape"> {
  score: number;
  depth: number;
}

/**
 * `resource` is what the path is about; `detail` tells that the path ends in a placeholder, where an object is rather
 * one record with lists of its own than an envelope. Without a list, says why.
 */
export function findRecords(
  answer: SchemaRef,
  path: { resource: string; detail: boolean },
): Records | { reason: string } {
  const shape = shapeOf(answer);
  if (shape.broken[0] !== undefined && shape.types.size === 0)
    return { reason: `its schema is incomplete: ${shape.broken[0]}` };
  if (shape.types.has("array") && shape.types.has("object")) {
    return { reason: "answers a list or an object, and the description does not say when which" };
  }
  if (shape.types.has("array")) return checked("", answer, shape.items);
  const found: Candidate[] = [];
  const scalars: string[] = [];
  search(shape, { at: "", depth: 1, ...path }, { found, scalars });
  found.sort((a, b) => b.score - a.score || a.depth - b.depth);
  const [best, next] = found;
  if (best === undefined) return { reason: withoutList(shape, { scalars, detail: path.detail }) };
  if (next !== undefined && next.score === best.score && next.depth === best.depth) {
    return {
      reason: `answers several lists (${found.map((list) => list.path).join(", ")}), none of them clearly the records`,
    };
  }
  return checked(best.path, best.list, best.item);
}

interface Place {
  at: string;
  depth: number;
  resource: string;
  detail: boolean;
}

function search(shape: Shape, place: Place, out: { found: Candidate[]; scalars: string[] }): void {
  const names = [...shape.properties.keys()];
  const isRecord = names.some(
    (name) => /^(_?id|uuid|gid)$/.test(snake(name)) || snake(name) === `${place.resource}_id`,
  );
  for (const [name, ref] of shape.properties) {
    const plain = snake(name);
    if (name.includes(".") || ASIDE.test(plain)) continue;
    const path = place.at === "" ? name : `${place.at}.${name}`;
    const value = shapeOf(ref);
    const enveloped = names.every((other) => other === name || isEnvelope(other, shape));
    if (value.types.has("array") && value.items !== undefined) {
      const item = shapeOf(value.items);
      if (!isRecordShape(item)) {
        out.scalars.push(`${path}: ${typesOf(item)}`);
        continue;
      }
      const score = scoreOf(plain, { enveloped, resource: place.resource });
      const enough = place.detail ? score >= 2 && enveloped : score >= 1;
      if (enough && !isRecord) out.found.push({ path, list: ref, item: value.items, score, depth: place.depth });
    } else if (place.depth < MAX_DEPTH && !isRecord && value.properties.size > 0) {
      if (WRAPPER_NAMES.has(plain) || enveloped) search(value, { ...place, at: path, depth: place.depth + 1 }, out);
    }
  }
}

function isEnvelope(name: string, shape: Shape): boolean {
  const plain = snake(name);
  if (ENVELOPE.test(plain) || ASIDE.test(plain) || name.startsWith("_") || name.startsWith("@")) return true;
  // Several lists in one answer: which of them holds the records is decided by name, or not at all.
  const ref = shape.properties.get(name);
  return ref !== undefined && shapeOf(ref).types.has("array");
}

function scoreOf(name: string, facts: { enveloped: boolean; resource: string }): number {
  if (sameThing(name, facts.resource)) return 3;
  if (LIST_NAMES.has(name)) return 2;
  return facts.enveloped ? 1 : 0;
}

function isRecordShape(item: Shape): boolean {
  return item.types.has("object") || (item.types.size === 0 && item.properties.size > 0);
}

function checked(path: string, list: SchemaRef, item: SchemaRef | undefined): Records | { reason: string } {
  if (item === undefined) return { reason: "answers a list of which nothing more is said" };
  const shape = shapeOf(item);
  if (shape.types.size > 0 && !isRecordShape(shape))
    return { reason: `answers a list of ${typesOf(shape)}, not of records` };
  if (shape.broken[0] !== undefined && shape.properties.size === 0) {
    return { reason: `the schema of its records is incomplete: ${shape.broken[0]}` };
  }
  return { path, list, item, shape };
}

function withoutList(shape: Shape, facts: { scalars: string[]; detail: boolean }): string {
  if (facts.detail && shape.properties.size > 0) return "answers one record, not a list";
  if (facts.scalars.length > 0) return `answers lists of plain values (${facts.scalars.join("; ")}), not of records`;
  if (shape.types.size > 0 && !shape.types.has("object"))
    return `answers a single ${[...shape.types].join(" or ")}, not a list`;
  if (shape.properties.size > 0) return "answers a single object, not a list";
  if (shape.mapOf !== undefined && shape.mapOf !== true) return "answers a map with free keys, not a list";
  return "its answer is not described: any JSON is allowed";
}

function typesOf(shape: Shape): string {
  const types = [...shape.types].filter((type) => type !== "null");
  return types.length === 0
    ? "unknown values"
    : types.map((type) => (type === "array" ? "lists" : `${type}s`)).join(" or ");
}
