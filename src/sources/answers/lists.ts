/** Where an answer holds lists, and what it is made of. */
import type { Json } from "../record.ts";
import { isRecord } from "./exact.ts";

export interface FoundList {
  /** Dotted; "" is the answer itself. */
  path: string;
  length: number;
  /** Whether it holds objects only, and some. */
  records: boolean;
}

const DEPTH = 4;

/** Lists outside records, the outermost first. */
export function listsIn(body: Json): FoundList[] {
  const lists: FoundList[] = [];
  let places: [string, Json][] = [["", body]];
  for (let depth = 0; depth <= DEPTH; depth++) {
    const inner: [string, Json][] = [];
    for (const [path, value] of places) {
      if (Array.isArray(value)) {
        lists.push({ path, length: value.length, records: value.length > 0 && value.every(isRecord) });
      } else if (isRecord(value)) {
        for (const [name, member] of Object.entries(value)) {
          // A name with a full stop in it cannot be part of a dotted path.
          if (!name.includes(".")) inner.push([path === "" ? name : `${path}.${name}`, member]);
        }
      }
    }
    places = inner;
  }
  return lists;
}
