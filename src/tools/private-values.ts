/**
 * What stands in the private files beside somebody's code and is a secret: the same value may stand in their notes or in
 * their code, too. Settings and plain addresses are none: redacting them would blank out ordinary text.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { isDirectory, listFiles, readText } from "../system/files.ts";
import { isPrivate } from "./connector-file.ts";
import { NOT_FILES } from "./list-files.ts";

/** Bytes: nobody keeps more than this in a file of keys. */
const LONGEST = 200_000;

/** The secrets in a folder's private files; none where there is no such folder. */
export async function privateValues(directory: string): Promise<string[]> {
  if (!(await isDirectory(directory))) return [];
  const paths = (await listFiles(directory, NOT_FILES)).filter(isPrivate);
  const found: string[] = [];
  // Hidden files are listed to nobody, and this one is where people keep what stands elsewhere, too.
  for (const path of [...paths, ".env"]) {
    const absolute = join(directory, path);
    const size = await stat(absolute).then(
      (file) => (file.isFile() ? file.size : undefined),
      () => undefined,
    );
    if (size === undefined || size > LONGEST) continue;
    const text = await readText(absolute).catch(() => undefined);
    if (text !== undefined) found.push(...secretsAmong(contentOf(path, text)));
  }
  return [...new Set(found)];
}

function contentOf(path: string, text: string): unknown {
  if (/\.(json|ya?ml)$/i.test(path)) {
    try {
      // JSON is YAML, too.
      return parse(text) as unknown;
    } catch {
      return assigned(text);
    }
  }
  return assigned(text);
}

/** `KEY = "value"`, as Python, settings files and shells write it; else the lines, each by itself: a key alone in its file. */
function assigned(text: string): unknown {
  const pairs = text.matchAll(
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*["']?(.*?)["']?,?[ \t]*\r?$/gm,
  );
  const named = Object.fromEntries([...pairs].map(([, key = "", value = ""]) => [key, value]));
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const filled = lines.filter((line) => line !== "");
  return [named, filled.length === 1 && Object.keys(named).length === 0 ? { token: filled[0] } : filled];
}

/** By the names of their keys, and by their looks; parts of an address or of a connection string by themselves, too. */
export function secretsAmong(value: unknown, key = ""): string[] {
  if (typeof value === "string") return secretsOf(value.trim(), key);
  if (Array.isArray(value)) return value.flatMap((item) => secretsAmong(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => secretsAmong(item, name));
}

function secretsOf(value: string, key: string): string[] {
  if (value.length < SHORTEST || isPlain(value) || PLACEHOLDER.test(value)) return [];
  if (value.startsWith("{")) {
    // A service account's key, as text in a value of its own.
    const inner = parsed(value);
    if (inner !== undefined) return [...(IS_SECRET.test(key) ? [value] : []), ...secretsAmong(inner)];
  }
  if (URL.canParse(value) && /^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return ofAddress(value, key);
  const parts = [...value.matchAll(PARTS)].map(([, part = ""]) => part).filter((part) => part.length >= 4);
  if (parts.length > 0) return [value, ...parts];
  return isNamedSecret(value, key) || isRandom(value) ? [value] : [];
}

const SHORTEST = 8;
/** A value of such a key is one, whatever it looks like. */
const IS_SECRET =
  /(pass(word|wd|phrase)?|pwd|secret|token|(api|access|private|account|shared|signing|client)_?-?key|credentials?|sas|dsn|connection_?str(ing)?)$/i;
/** Of such a key it has to look like one: `primary_key` names a column. */
const MAY_BE_SECRET = /pass|secret|token|key|credential|auth|private/i;
const SETTING = /(type|method|mode|kind|name|column|field|header|path|file|id|url|uri|host|scope)s?$/i;
const COMMON = /^(postgres|password|changeme|username|localhost)$/i;
const PLACEHOLDER = /^(<.*>|\{\w*\}|\$\{.*\}|\*+|x+|\.+)$|^your[ _-]|change_?me|placeholder/i;
const PARTS =
  /(?:^|[;\s?&])(?:password|pwd|passwd|accountkey|sharedaccesskey|sharedaccesssignature|secret|token|api_?key)\s*=\s*["']?([^;\s&"']+)/gi;

function isNamedSecret(value: string, key: string): boolean {
  if (COMMON.test(value)) return false;
  return IS_SECRET.test(key) || (MAY_BE_SECRET.test(key) && !SETTING.test(key) && /\d/.test(value));
}

/** Evidently a setting. */
export function isPlain(value: string): boolean {
  return /^(\d{1,9}|true|false|\d{4}-\d\d-\d\d([T ][\d:.]+Z?)?)$/i.test(value.trim());
}

/** What no person would have thought of. */
function isRandom(text: string): boolean {
  if (/^eyJ[\w-]+\.[\w-]+\./.test(text) || /^[0-9a-f]{32,}$/i.test(text)) return true;
  if (!/^[\w+=~-]{20,}$/.test(text)) return false;
  return [/[a-z]/, /[A-Z]/, /\d/].every((some) => some.test(text));
}

/** One that opens something by itself: with a password, a signature, or a path that nobody could guess. */
function ofAddress(address: string, key: string): string[] {
  const url = new URL(address);
  const user = url.password === "" && (isRandom(url.username) || url.username.length >= 16) ? [url.username] : [];
  const query = [...url.searchParams].filter(
    ([name, value]) =>
      value.length >= 4 &&
      (/^(sig|signature|code)$|sig(nature)?$/i.test(name) || isNamedSecret(value, name) || isRandom(value)),
  );
  const opening = [url.password, ...user, ...query.map(([, value]) => value)];
  const path = url.pathname.split("/").filter(isRandom);
  const parts = [...opening, ...path].filter((part) => part !== "");
  const isHook = /hook/i.test(key) && url.pathname.length > SHORTEST;
  if (parts.length === 0) return isHook ? [address] : [];
  return [address, ...new Set(parts.flatMap((part) => [part, decoded(part)]))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
