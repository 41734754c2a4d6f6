/**
 * Recorded paths with placeholders: a segment is one where it holds a value that a row of the list before it has, where it
 * has the form of an id, or where it is a short number that differs between otherwise equal paths.
 */
import { singular, snake } from "../../../http/describe/names.ts";
import { isObject } from "../../../http/describe/pointer.ts";
import type { Exchange } from "./har-entries.ts";

export interface TemplatedPath {
  path: string;
  /** `seen`: each value was in a row of the list before it. */
  placeholders: { name: string; seen: boolean; values: string[] }[];
}

const ID_FORM =
  /^(\d{3,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[0-9a-f]*\d)[0-9a-f]{16,}|[0-7][0-9A-HJKMNP-TV-Z]{25}|[A-Za-z]{1,8}[_-](?=[A-Za-z0-9]*\d)[A-Za-z0-9]{4,}|\*{4})$/i;
const SHORT_NUMBER = /^\d{1,2}$/;
/** Numbers after these words are no ids. */
const VERSION_WORD = /^(v|version|api|rest|latest)$/i;
const KEY_NAME = /(^|_)(id|gid|uuid|guid|key|code|slug|number|no|symbol|handle|sku)$/;

type Rows = Map<string, Map<string, string>>;

export function templatePaths(exchanges: readonly Exchange[]): Map<Exchange, TemplatedPath> {
  const done = new Map<Exchange, TemplatedPath>();
  const values: Rows = new Map();
  const byPath = new Map<string, TemplatedPath>();
  // Lists come before what is listed below them.
  for (const exchange of [...exchanges].sort((a, b) => a.segments.length - b.segments.length)) {
    const found = templated(exchange, { exchanges, values });
    const known = byPath.get(found.path) ?? { path: found.path, placeholders: [] };
    known.placeholders = mergePlaceholders(known.placeholders, found.placeholders);
    byPath.set(found.path, known);
    done.set(exchange, known);
    if (exchange.json !== undefined) keepKeys(found.path, { json: exchange.json, values });
  }
  return done;
}

function mergePlaceholders(
  known: TemplatedPath["placeholders"],
  found: TemplatedPath["placeholders"],
): TemplatedPath["placeholders"] {
  return found.map((one) => {
    const before = known.find((other) => other.name === one.name);
    if (before === undefined) return one;
    return { ...one, seen: before.seen && one.seen, values: [...before.values, ...one.values] };
  });
}

function templated(
  exchange: Exchange,
  { exchanges, values }: { exchanges: readonly Exchange[]; values: Rows },
): TemplatedPath {
  const segments: string[] = [];
  const placeholders: TemplatedPath["placeholders"] = [];
  for (const [index, raw] of exchange.segments.entries()) {
    const segment = decoded(raw);
    const before = index === 0 ? "" : (segments[index - 1] ?? "");
    const column = values.get(`/${segments.join("/")}`)?.get(segment);
    const fixed = index === 0 || VERSION_WORD.test(before);
    const differs = SHORT_NUMBER.test(segment) && varies(exchange, { index, exchanges });
    if (column === undefined && (fixed || !(ID_FORM.test(segment) || differs))) {
      segments.push(raw);
      continue;
    }
    const name = placeholderName(before, { column, taken: placeholders.map((one) => one.name) });
    placeholders.push({ name, seen: column !== undefined, values: [segment] });
    segments.push(`{${name}}`);
  }
  return { path: `/${segments.join("/")}`, placeholders };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare per cent sign: the text is meant as it stands.
    return text;
  }
}

function varies(exchange: Exchange, { index, exchanges }: { index: number; exchanges: readonly Exchange[] }): boolean {
  const own = exchange.segments;
  return exchanges.some(
    ({ segments }) =>
      segments.length === own.length &&
      segments[index] !== own[index] &&
      SHORT_NUMBER.test(segments[index] ?? "") &&
      segments.every((segment, at) => at === index || segment === own[at]),
  );
}

/** `/orders/{order_id}`, `/countries/{country_code}`. */
function placeholderName(
  before: string,
  { column, taken }: { column: string | undefined; taken: readonly string[] },
): string {
  const thing = before.startsWith("{") ? "record" : singular(snake(before)) || "record";
  const plain = snake(column ?? "id");
  const name = plain === thing || plain.startsWith(`${thing}_`) ? plain : `${thing}_${plain}`;
  let free = name;
  for (let count = 2; taken.includes(free); count++) free = `${name}_${count}`;
  return free;
}

/** Values of the columns of a list's rows that may be keys, each with its column; the plainest key goes first. */
function keepKeys(path: string, { json, values }: { json: unknown; values: Rows }): void {
  const known = values.get(path) ?? new Map<string, string>();
  for (const row of rowsOf(json)?.rows ?? []) {
    const keys = Object.entries(row).filter(([name]) => KEY_NAME.test(snake(name)));
    keys.sort(([a], [b]) => keyRank(a) - keyRank(b));
    for (const [name, value] of keys) {
      const text = typeof value === "bigint" || typeof value === "string" ? String(value) : "";
      if (text !== "" && !known.has(text)) known.set(text, name);
    }
  }
  values.set(path, known);
}

function keyRank(name: string): number {
  const rank = ["id", "gid", "uuid", "guid"].indexOf(snake(name));
  return rank < 0 ? 4 : rank;
}

/** The list of objects in an answer: the answer itself, or the longest one up to three levels down. */
export function rowsOf(json: unknown): { path: string; rows: Record<string, unknown>[] } | undefined {
  let best: { path: string; rows: Record<string, unknown>[] } | undefined;
  const visit = (value: unknown, path: string, depth: number): void => {
    if (Array.isArray(value)) {
      const rows = value.filter(isObject);
      if (rows.length === value.length && rows.length > (best?.rows.length ?? -1)) best = { path, rows };
    } else if (isObject(value) && depth < 3) {
      for (const [name, member] of Object.entries(value))
        visit(member, path === "" ? name : `${path}.${name}`, depth + 1);
    }
  };
  visit(json, "", 0);
  return best;
}
