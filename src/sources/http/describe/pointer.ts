/**
 * Places in a description: JSON pointers (RFC 6901) and `$ref`s, followed one at a time when asked for. A description is
 * never dereferenced as a whole: references may run in circles, and the expanded text would be many times its size.
 */

import type { Pagination } from "../../../artifacts/reading.ts";

export type JsonObject = { [key: string]: unknown };

/** A description as it was read. `root` keeps its references. */
export interface DescriptionDocument {
  /** As the person gave it for a file; after redirects for an address. Credentials in its query are masked. */
  address: string;
  text: string;
  /** SHA-256 of `text`, hex. */
  hash: string;
  root: JsonObject;
  /** Set where `root` was made from a document of another format; `text` is that document then. */
  conversion?: Conversion;
}

/** How a converted description hangs together with the document it was made from. */
export interface Conversion {
  from: "postman" | "har";
  /** Where a place of `root` comes from. */
  origin(pointer: string): Origin;
  /** Requests that became no operation, with the reason. */
  leftOut: { name: string; reason: string }[];
  /** What the recorded traffic shows of each path, beyond what the converted description says. */
  recorded: ReadonlyMap<string, Recorded>;
}

/** A place in the document that is stored. */
export interface Origin {
  /** JSON pointer (RFC 6901). */
  pointer: string;
  value: unknown;
  /** The part of `value` that is meant, where `value` is a text that holds more, such as the body of an answer. */
  excerpt?: string;
}

export interface Recorded {
  /** Answers with JSON that the schema was made from. */
  answers: number;
  /** Parameters that every recorded request sends, with the value where it is always the same. */
  always: { name: string; value: string | undefined }[];
  /** Placeholders whose recorded values were seen in the rows of the list before them. */
  bound: readonly string[];
  paging: RecordedPaging | undefined;
}

/** Paging that two recorded requests show, one asking for the page after the other's. */
export interface RecordedPaging {
  value: Pagination;
  /** What `origin` is asked with: for the earlier request or its answer, and for the later request. */
  pointers: readonly string[];
  /** What was seen, one sentence. */
  note: string;
}

/** A value and where it stands. */
export interface Located {
  readonly document: DescriptionDocument;
  readonly pointer: string;
  readonly value: unknown;
}

export interface Broken {
  /** Why the reference leads nowhere, for people. */
  readonly broken: string;
}

/** Longest chain of references to references that is followed. */
const MAX_CHAIN = 64;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function rootOf(document: DescriptionDocument): Located {
  return { document, pointer: "", value: document.root };
}

/** The value below `node`; its `value` is undefined where there is none. References on the way are not followed. */
export function below(node: Located, ...tokens: (string | number)[]): Located {
  let { pointer, value } = node;
  for (const token of tokens) {
    pointer += `/${escapeToken(String(token))}`;
    value = member(value, String(token));
  }
  return { document: node.document, pointer, value };
}

/** The members of an object, or the items of an array, each with its key. */
export function membersOf(node: Located): [string, Located][] {
  if (typeof node.value !== "object" || node.value === null) return [];
  return Object.keys(node.value).map((key) => [key, below(node, key)]);
}

/** The value at an RFC 6901 pointer, or undefined. */
export function valueAt(root: unknown, pointer: string): unknown {
  const tokens = parsePointer(pointer);
  return tokens?.reduce<unknown>(member, root);
}

/** The tokens of a pointer, or undefined when it is not one. */
export function parsePointer(pointer: string): string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * Follows `$ref`s until a value that is none. A reference into another file, to nothing, or in a circle is `Broken`;
 * only the chain itself is followed, so a schema that contains itself is no circle.
 */
export function follow(node: Located): Located | Broken {
  const seen = new Set<string>();
  let current = node;
  while (isObject(current.value) && typeof current.value.$ref === "string") {
    const reference = current.value.$ref;
    if (seen.has(current.pointer) || seen.size >= MAX_CHAIN) {
      return { broken: `the reference ${reference} runs in a circle` };
    }
    seen.add(current.pointer);
    const next = target(current.document, reference);
    if ("broken" in next) return next;
    current = next;
  }
  return current;
}

/** Like `follow`, where a broken reference simply means that nothing is said. */
export function followed(node: Located): Located {
  const end = follow(node);
  return "broken" in end ? { document: node.document, pointer: node.pointer, value: undefined } : end;
}

function target(document: DescriptionDocument, reference: string): Located | Broken {
  if (!reference.startsWith("#")) return { broken: `the reference ${reference} leads into another file` };
  const pointer = decodeFragment(reference.slice(1));
  const value = pointer === undefined ? undefined : valueAt(document.root, pointer);
  if (pointer === undefined || value === undefined) return { broken: `the reference ${reference} leads nowhere` };
  return { document, pointer, value };
}

/** Fragments are percent-encoded on top of the pointer's own escapes. */
function decodeFragment(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    // A bare `%` is not valid percent-encoding, but descriptions have it: then the text is meant as it stands.
    return fragment;
  }
}

function member(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}

export function escapeToken(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}
