/** The shape of a saved state: where in it values are, and of which kinds. The values themselves move with every sync. */

/** Keys that are data (ids of parents, names of files) and not names. */
const ANY = "*";
/** More names than this in one object are data, too. */
const MANY = 25;

/** Place -> kinds of values found there, `orders.cursor` -> `time`; an empty state has none. Throws for what is no JSON. */
export function stateShape(json: string): Record<string, string> {
  const found = new Map<string, Set<string>>();
  walk(JSON.parse(json), "", found);
  return Object.fromEntries(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([place, kinds]) => [place, [...kinds].sort().join(" or ")]),
  );
}

function walk(value: unknown, place: string, found: Map<string, Set<string>>): void {
  if (Array.isArray(value)) {
    note(found, place, value.length === 0 ? "empty list" : "list");
    for (const item of value) walk(item, `${place}[]`, found);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0 && place !== "") note(found, place, "empty");
    const data = entries.length > MANY || entries.some(([key]) => !/^[A-Za-z_]\w*$/.test(key));
    for (const [key, inner] of entries) walk(inner, join(place, data ? ANY : key), found);
  } else {
    note(found, place, kindOf(value));
  }
}

function note(found: Map<string, Set<string>>, place: string, kind: string): void {
  found.set(place, (found.get(place) ?? new Set()).add(kind));
}

function join(place: string, key: string): string {
  return place === "" ? key : `${place}.${key}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "whole number" : "number";
  if (typeof value !== "string") return typeof value;
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)) return "time";
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return "date";
  return /^-?\d+$/.test(value) ? "digits" : "text";
}
