/**
 * Takes secrets out of recorded traffic before anything of it is kept: by the names of headers, parameters, cookies,
 * variables and fields, by well-known forms, and then by value wherever a value found that way comes again.
 */
import { createRedactor } from "../../../system/secrets.ts";
import { isObject } from "./pointer.ts";
import { isSecretName, isSecretPair, type SecretPlace } from "./secret-names.ts";

const MASK = "****";
/** Shorter cookies hold settings, and their values are ordinary words. */
const MIN_COOKIE = 8;

const PLACES: Readonly<Record<string, SecretPlace>> = {
  header: "header",
  headers: "header",
  _postman_headers: "header",
  query: "query",
  queryString: "query",
  params: "query",
  urlencoded: "query",
  formdata: "query",
  cookie: "cookie",
  cookies: "cookie",
  auth: "auth",
  variable: "variable",
  variables: "variable",
};

const FORMS =
  /\beyJ[\w-]{5,}\.[\w-]{8,}\.[\w-]*|\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bglpat-[\w-]{15,}|\bPMA[KT]-[\w-]{10,}|\bya29\.[\w-]{10,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const SCHEME = /\b(Bearer|Basic|Token|ApiKey|Api-Key|Digest|JWT|OAuth)(\s+)((?=[\w+/=.~:-]*\d)[\w+/=.~:-]{8,})/gi;

/** Values that were found secret by their name or form. */
interface Hoard {
  values: Set<string>;
  /** Names of variables that stand where a secret belongs. */
  variables: Set<string>;
}

/** A copy without secrets. `root` is parsed JSON: a Postman collection or a HAR document. */
export function scrub<T>(root: T): T {
  const hoard: Hoard = { values: new Set(), variables: new Set() };
  let named: unknown = root;
  // Once more where a place named a variable: it may have been passed by then.
  for (let before = -1; before !== hoard.variables.size; ) {
    before = hoard.variables.size;
    named = byName(root, "field", hoard);
  }
  const redactor = createRedactor([...hoard.values]);
  return (hoard.values.size === 0 ? named : byValue(named, redactor.redact)) as T;
}

/** An address without the credentials in its query and before its host. */
export function maskedAddress(address: string): string {
  return scrubText(address, { values: new Set(), variables: new Set() });
}

function byName(value: unknown, place: SecretPlace, hoard: Hoard): unknown {
  if (typeof value === "string") return scrubText(place === "header" ? headerLines(value, hoard) : value, hoard);
  if (Array.isArray(value)) return value.map((item) => byName(item, place, hoard));
  if (!isObject(value)) return value;
  const pair =
    "value" in value ? [value.key, value.name, value.id].find((name) => typeof name === "string") : undefined;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => {
    const name = key === "value" && typeof pair === "string" ? pair : key;
    const text = typeof member === "number" ? String(member) : member;
    const own = key !== "value" && (pair !== undefined || place === "cookie") ? "field" : place;
    const marked = key === "value" && (value.type === "secret" || (place === "variable" && hoard.variables.has(name)));
    const aside = pair !== undefined && /^(key|name|id|type|description)$/.test(key);
    if (typeof text === "string" && !aside && (marked || secret(name, { text, place: own, number: text !== member }))) {
      return [key, masked(text, { name, place: own, hoard })];
    }
    return [key, byName(member, PLACES[key] ?? (place === "auth" ? "auth" : inherited(value, place)), hoard)];
  });
  return Object.fromEntries(members);
}

/** A number is a secret in a pair or an auth block (a PIN), hardly as the field of a record. */
function secret(name: string, facts: { text: string; place: SecretPlace; number: boolean }): boolean {
  const { text, place, number } = facts;
  if (number && place === "field" && !/pass|pin|otp/i.test(name)) return false;
  return text !== "" && isSecretPair(name, text, place);
}

/** A pair's other members (`description`) stand where the pair does. */
function inherited(owner: object, place: SecretPlace): SecretPlace {
  return "value" in owner ? place : "field";
}

function masked(text: string, { name, place, hoard }: { name: string; place: SecretPlace; hoard: Hoard }): string {
  const references = [...text.matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)].map((match) => match[1] ?? "");
  const [, scheme = "", rest = text] =
    /^((?:Bearer|Basic|Token|ApiKey|Api-Key|JWT|Key|OAuth)\s+)(.*)$/is.exec(text) ?? [];
  for (const reference of references) if (!reference.startsWith("$")) hoard.variables.add(reference);
  // A reference tells how the credential is sent; it is no secret itself.
  if (references.length > 0 && rest.replace(/\{\{[^{}]*\}\}/g, "").replace(/[\s:]/g, "") === "") return text;
  if (/cookie/i.test(name) && place === "header") {
    const kept = rest.split(";").map((part) => part.slice(part.indexOf("=") + 1).trim());
    for (const value of /^set/i.test(name) ? kept.slice(0, 1) : kept) keep(value, MIN_COOKIE, hoard);
  } else if (!/^user_?name$/i.test(name)) keep(rest, place === "cookie" ? MIN_COOKIE : 4, hoard);
  if (/^basic\s/i.test(scheme)) keepBasic(rest, hoard);
  return `${scheme}${MASK}`;
}

function keep(value: string, least: number, hoard: Hoard): void {
  const plain = value.trim();
  if (plain.length >= least && !/^\**$/.test(plain) && !/^(true|false|null|none|undefined)$/i.test(plain)) {
    hoard.values.add(plain);
  }
}

function keepBasic(encoded: string, hoard: Hoard): void {
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon > 0) keep(decoded.slice(colon + 1), 4, hoard);
}

/** `Name: value` lines, which is how the second version of Postman's format may write headers. */
function headerLines(text: string, hoard: Hoard): string {
  return text.replace(/^([\w-]+)(:[ \t]*)(.+)$/gm, (whole, ...[name = "", colon = "", value = ""]: string[]) =>
    isSecretName(name, "header") ? `${name}${colon}${masked(value, { name, place: "header", hoard })}` : whole,
  );
}

/** Secrets inside a text: pairs of JSON, of a query or a form, header arguments, credentials in addresses, known forms. */
function scrubText(text: string, hoard: Hoard): string {
  let done = /[{[]/.test(text) && text.includes('"') ? jsonPairs(text, hoard) : text;
  if (done.includes("=")) done = queryPairs(done, hoard);
  done = done.replace(
    /(['"])([\w-]+)(:\s*)([^'"\n]{8,})\1/g,
    (whole, ...[mark = "", name = "", colon = "", value = ""]: string[]) =>
      isSecretPair(name, value, "header") && (/\d/.test(value) || !/\s/.test(value))
        ? `${mark}${name}${colon}${masked(value, { name, place: "header", hoard })}${mark}`
        : whole,
  );
  done = done.replace(
    /(https?:\/\/)([^/\s:@{}]+):([^/\s@{}]+)@/gi,
    (_, ...[scheme = "", user = "", password = ""]: string[]) => {
      keep(password, 4, hoard);
      return `${scheme}${user}:${MASK}@`;
    },
  );
  done = done.replace(SCHEME, (_, ...[scheme = "", space = "", value = ""]: string[]) => {
    keep(value, 8, hoard);
    if (/^basic$/i.test(scheme)) keepBasic(value, hoard);
    return `${scheme}${space}${MASK}`;
  });
  return done.replace(FORMS, (found) => {
    keep(found, 8, hoard);
    return MASK;
  });
}

/** Every string of the text is taken in turn, so that keys and values are never mixed up. */
function jsonPairs(text: string, hoard: Hoard): string {
  const token = /"((?:\\.|[^"\\])*)"(\s*:\s*)?("(?:\\.|[^"\\])*")?/g;
  return text.replace(token, (whole, ...[key = "", colon, value]: (string | undefined)[]) => {
    if (colon === undefined || value === undefined) return whole;
    const plain = unescaped(value);
    if (plain === "" || !isSecretPair(unescaped(`"${key}"`), plain, "field")) return whole;
    const mask = masked(plain, { name: key, place: "field", hoard });
    return mask === plain ? whole : `"${key}"${colon}${JSON.stringify(mask)}`;
  });
}

function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    // Not JSON after all: a text with quotation marks.
    return literal.slice(1, -1);
  }
}

function queryPairs(text: string, hoard: Hoard): string {
  const form = /^[\w.%[\]-]+=[^\s]*$/.test(text);
  const pattern = form ? /(^|[?&#;])([\w.$%[\]-]+)=([^&#\s"'<>]*)/g : /([?&#])([\w.$%[\]-]+)=([^&#\s"'<>`)]*)/g;
  return text.replace(pattern, (whole, ...[mark = "", name = "", value = ""]: string[]) => {
    const plain = decoded(value);
    if (plain === "" || !isSecretPair(decoded(name), plain, "query")) return whole;
    const mask = masked(plain, { name, place: "query", hoard });
    return mask === plain ? whole : `${mark}${name}=${MASK}`;
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

function byValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => byValue(item, redact));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [redact(key), byValue(member, redact)]));
}
