/** Quotations of a description: short, exact, and checkable by a program against the stored text. */
import { isObject, valueAt } from "./pointer.ts";

/** Longest quotation that evidence may hold. */
export const MAX_QUOTATION = 300;

/**
 * What a description says in a value: text as it stands, anything else as compact JSON. At most `limit` characters are
 * made, so that a value of megabytes, or one that contains itself through YAML anchors, costs nothing.
 */
export function textOf(value: unknown, limit: number): string {
  if (typeof value === "string") return cut(value, limit);
  const out: string[] = [];
  let room = limit;
  const put = (piece: string): boolean => {
    out.push(piece.slice(0, room));
    room -= piece.length;
    return room > 0;
  };
  write(value, put);
  return cut(out.join(""), limit);
}

/** A quotation of at most 300 characters: the beginning, or the part around `excerpt` where the text holds it. */
export function quote(value: unknown, excerpt?: string): string {
  if (typeof value === "string" && excerpt !== undefined) {
    const at = value.indexOf(excerpt);
    if (at > MAX_QUOTATION - excerpt.length) {
      const lead = Math.max(0, Math.floor((MAX_QUOTATION - excerpt.length) / 2));
      return cut(value.slice(Math.max(0, at - lead)).replace(/^[\uDC00-\uDFFF]/, ""), MAX_QUOTATION);
    }
  }
  return textOf(value, MAX_QUOTATION);
}

/** Whether `quotation` is what the parsed description says at `pointer`. The check every citation must pass. */
export function isQuoted(root: unknown, pointer: string, quotation: string): boolean {
  const value = valueAt(root, pointer);
  if (value === undefined) return false;
  return typeof value === "string" ? value.includes(quotation) : textOf(value, MAX_QUOTATION) === quotation;
}

/** Writes compact JSON piece by piece, equal to `JSON.stringify`, until `put` says that there is no more room. */
function write(value: unknown, put: (piece: string) => boolean): boolean {
  if (Array.isArray(value)) {
    if (!put("[")) return false;
    for (const [index, item] of value.entries()) {
      if (index > 0 && !put(",")) return false;
      if (!write(item === undefined ? null : item, put)) return false;
    }
    return put("]");
  }
  if (isObject(value)) {
    if (!put("{")) return false;
    let first = true;
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      if (!put(`${first ? "" : ","}${JSON.stringify(key)}:`)) return false;
      first = false;
      if (!write(item, put)) return false;
    }
    return put("}");
  }
  return put(JSON.stringify(value) ?? "null");
}

/** Cuts without leaving half of a surrogate pair. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, "");
}
