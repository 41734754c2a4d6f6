/** The address of a Postman request: its server, its path with placeholders, and its parameters. */
import { isObject } from "../../../http/describe/pointer.ts";
import type { Pair } from "./credentials.ts";

/** Variables of the collection and of the folders around a request, the innermost first. */
export type Variables = ReadonlyMap<string, { value: string; pointer: string }>;

export interface RequestAddress {
  /** Without a trailing slash; undefined where a variable in it has no value. */
  server: { url: string; pointer: string } | undefined;
  /** Starts with `/`; `:id` and `{{id}}` are `{id}`. */
  path: string;
  placeholders: Pair[];
  query: Pair[];
}

const ID_NAME =
  /(^|[_-])(id|gid|uuid|guid|slug|key|code|number|no|sku|handle|name)$|[a-z](Id|Uuid|Key|Code|Slug|Number|Name)$/;
const ID_VALUE = /^(\d+|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27}|\*{4})$/i;
const VERSION = /^(api_?)?(version|ver|v)$/i;

/** `pointer` is that of the request's `url`, which is a text or an object. Undefined where there is none. */
export function readAddress(url: unknown, pointer: string, variables: Variables): RequestAddress | undefined {
  const parts =
    typeof url === "string" ? { ...splitRaw(url), query: rawQuery(url, pointer) } : structured(url, pointer);
  if (parts === undefined) return undefined;
  const server = serverOf(parts.prefix, { pointer, variables });
  const placeholders: Pair[] = [];
  const segments = parts.segments.map((segment) =>
    pathSegment(segment, { variables, placeholders, stated: parts.stated ?? [], pointer }),
  );
  const path = `/${segments.filter((segment) => segment !== "").join("/")}`;
  const query = parts.query.map((pair) => ({ ...pair, value: fill(pair.value, variables) ?? "" }));
  return { server, path, placeholders, query };
}

/** Text with the variables' values in it; undefined where one has none. */
export function fill(text: string, variables: Variables): string | undefined {
  let done = text;
  // Variables may stand in the values of others; a circle ends here too.
  for (let round = 0; round < 8 && done.includes("{{"); round++) {
    done = done.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => variables.get(name)?.value ?? whole);
  }
  return done.includes("{{") ? undefined : done;
}

interface Parts {
  prefix: string;
  segments: string[];
  query: Pair[];
  stated?: Pair[];
}

function splitRaw(raw: string): { prefix: string; segments: string[] } {
  const bare = raw.replace(/[?#].*$/s, "");
  const [, prefix = "", path = ""] = /^((?:https?:\/\/)?[^/]*)(.*)$/s.exec(bare) ?? [];
  return { prefix, segments: path.split("/") };
}

function rawQuery(raw: string, pointer: string): Pair[] {
  const query = /\?([^#]*)/s.exec(raw)?.[1] ?? "";
  return query.split("&").flatMap((part) => {
    const [name = "", ...value] = part.split("=");
    return name === "" ? [] : [{ name: decoded(name), value: decoded(value.join("=")), pointer }];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    // A bare per cent sign: the text is meant as it stands.
    return text;
  }
}

function structured(url: unknown, pointer: string): Parts | undefined {
  if (!isObject(url)) return undefined;
  const raw = typeof url.raw === "string" ? url.raw : "";
  const host = Array.isArray(url.host) ? url.host.map(String).join(".") : typeof url.host === "string" ? url.host : "";
  const stated = pairsOf(url.variable, `${pointer}/variable`);
  const query = Array.isArray(url.query) ? pairsOf(url.query, `${pointer}/query`) : rawQuery(raw, pointer);
  if (host === "") return raw === "" ? undefined : { ...splitRaw(raw), query, stated };
  const protocol = typeof url.protocol === "string" && url.protocol !== "" ? `${url.protocol}://` : "";
  const port = typeof url.port === "string" && url.port !== "" ? `:${url.port}` : "";
  const path = Array.isArray(url.path) ? url.path : String(url.path ?? "").split("/");
  const segments = path.map((part: unknown) => (isObject(part) ? String(part.value ?? "") : String(part)));
  return { prefix: `${protocol}${host}${port}`, segments, query, stated };
}

/** A list of `{ key, value }`, without those that are switched off. */
export function pairsOf(list: unknown, pointer: string): Pair[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, index) => {
    if (!isObject(entry) || entry.disabled === true) return [];
    const name = entry.key ?? entry.id;
    if (typeof name !== "string" || name === "") return [];
    const description = textOfDescription(entry.description);
    const pair = { name, value: entry.value == null ? "" : String(entry.value), pointer: `${pointer}/${index}` };
    return [description === "" ? pair : { ...pair, description }];
  });
}

/** Postman writes descriptions as a text, or as an object that holds one. */
export function textOfDescription(description: unknown): string {
  const text = isObject(description) ? description.content : description;
  return typeof text === "string" ? text.trim() : "";
}

function serverOf(
  prefix: string,
  { pointer, variables }: { pointer: string; variables: Variables },
): RequestAddress["server"] {
  const filled = fill(prefix, variables);
  if (filled === undefined || filled === "") return undefined;
  // Credentials do not travel in the clear unless somebody says so.
  const url = (/^https?:\/\//i.test(filled) ? filled : `https://${filled}`).replace(/\/+$/, "");
  const name = /\{\{\s*([^{}]+?)\s*\}\}/.exec(prefix)?.[1];
  const variable = name === undefined ? undefined : variables.get(name);
  return { url, pointer: variable === undefined ? pointer : variable.pointer };
}

function pathSegment(
  segment: string,
  facts: { variables: Variables; placeholders: Pair[]; stated: readonly Pair[]; pointer: string },
): string {
  const { variables, placeholders, stated, pointer } = facts;
  const place = (name: string, known: Pair | undefined): string => {
    const plain = name.replace(/[{}]/g, "");
    placeholders.push({ ...(known ?? { value: variables.get(name)?.value ?? "", pointer }), name: plain });
    return `{${plain}}`;
  };
  if (/^:[^:]+$/.test(segment)) {
    const [, name = "", rest = ""] = /^:([\w-]+)(.*)$/.exec(segment) ?? ["", segment.slice(1), ""];
    const known = stated.find((pair) => pair.name === name);
    const value = known === undefined ? undefined : fill(known.value, variables);
    return VERSION.test(name) && value ? `${value}${rest}` : `${place(name, known)}${rest}`;
  }
  return segment.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, name: string) => {
    const value = variables.get(name) === undefined ? undefined : fill(`{{${name}}}`, variables);
    const isId = value === undefined || value === "" || ID_VALUE.test(value) || ID_NAME.test(name);
    return isId && !(VERSION.test(name) && value) ? place(name, undefined) : (value ?? "");
  });
}
