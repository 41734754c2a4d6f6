/**
 * Evidence from descriptions says where its quotation stands by a JSON pointer. The check here shares no code with what
 * writes such evidence.
 */
import { CORE_SCHEMA, load, mergeTag, YAMLException } from "js-yaml";
import { MAX_QUOTATION } from "./find-quotation.ts";

const MAX_NESTING = 500;
const schema = CORE_SCHEMA.withTags(mergeTag);

/** The parsed description, or undefined when the text is neither JSON nor YAML. */
export function parseDescription(text: string): { root: unknown } | undefined {
  try {
    const json = /^\s*[{[]/.test(text);
    return { root: json ? JSON.parse(text) : load(text, { schema, json: true, maxDepth: MAX_NESTING }) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof YAMLException) return undefined;
    throw error;
  }
}

/** Whether the quotation is part of the text at the pointer (RFC 6901), or the beginning of another value as compact JSON. */
export function saysAt(root: unknown, pointer: string, quotation: string): boolean {
  if (pointer !== "" && !pointer.startsWith("/")) return false;
  let value = root;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  if (value === undefined) return false;
  if (typeof value === "string") return value.includes(quotation);
  return compact(value, MAX_QUOTATION).replace(/[\uD800-\uDBFF]$/, "") === quotation;
}

/** The first characters of a value's JSON. Every level takes at least one, so that a value in itself ends, too. */
function compact(value: unknown, room: number): string {
  if (room <= 0) return "";
  if (typeof value !== "object" || value === null) return (JSON.stringify(value) ?? "null").slice(0, room);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  let out = open;
  for (const [key, item] of Object.entries(value)) {
    if (out.length > room) break;
    if (out !== open) out += ",";
    if (!Array.isArray(value)) out += `${JSON.stringify(key)}:`;
    out += compact(item, room - out.length);
  }
  return `${out}${close}`.slice(0, room);
}
