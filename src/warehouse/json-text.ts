/**
 * JSON text in a canonical form: keys sorted, numbers in plain digits, no spaces. It works on the text, because
 * `JSON.parse` would round integers beyond 2^53. A key that occurs twice counts with its last value.
 *
 * A fraction with more digits than a 64-bit float has is the text of its digits: some platforms' JSON cannot hold it as a
 * number, and none may round it.
 */
import { keepsDigits, plainNumber } from "./text.ts";

/** Undefined when the text is not JSON. `NaN` and `Infinity`, which Python writes, are taken as they are. */
export function canonicalJsonText(text: string): string | undefined {
  const reader = { text, at: 0 };
  const value = readValue(reader);
  if (value === undefined) return undefined;
  skipSpace(reader);
  return reader.at === text.length ? value : undefined;
}

interface Reader {
  text: string;
  at: number;
}

function readValue(reader: Reader): string | undefined {
  skipSpace(reader);
  switch (reader.text[reader.at]) {
    case "{":
      return readObject(reader);
    case "[":
      return readList(reader);
    case '"':
      return readString(reader);
    default:
      return readAtom(reader);
  }
}

function readObject(reader: Reader): string | undefined {
  const members = new Map<string, string>();
  reader.at++;
  if (take(reader, "}")) return "{}";
  for (;;) {
    skipSpace(reader);
    const key = reader.text[reader.at] === '"' ? readString(reader) : undefined;
    if (key === undefined || !take(reader, ":")) return undefined;
    const value = readValue(reader);
    if (value === undefined) return undefined;
    members.set(key, value);
    if (take(reader, "}")) break;
    if (!take(reader, ",")) return undefined;
  }
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${key}:${value}`).join(",")}}`;
}

function readList(reader: Reader): string | undefined {
  const items: string[] = [];
  reader.at++;
  if (take(reader, "]")) return "[]";
  for (;;) {
    const value = readValue(reader);
    if (value === undefined) return undefined;
    items.push(value);
    if (take(reader, "]")) return `[${items.join(",")}]`;
    if (!take(reader, ",")) return undefined;
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/sy;
const ATOM = /[^\s,\]}]+/y;

function readString(reader: Reader): string | undefined {
  STRING.lastIndex = reader.at;
  const match = STRING.exec(reader.text);
  if (match === null) return undefined;
  reader.at = STRING.lastIndex;
  try {
    return JSON.stringify(JSON.parse(match[0]));
  } catch {
    return undefined;
  }
}

function readAtom(reader: Reader): string | undefined {
  ATOM.lastIndex = reader.at;
  const word = ATOM.exec(reader.text)?.[0] ?? "";
  reader.at += word.length;
  if (/^(?:true|false|null|NaN|-?Infinity)$/.test(word)) return word;
  if (!/^-?\d/.test(word)) return undefined;
  const plain = plainNumber(word);
  if (plain === undefined || /^-?\d+$/.test(word) || keepsDigits(word)) return plain;
  return JSON.stringify(/[eE]/.test(word) ? plain : word);
}

function take(reader: Reader, character: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== character) return false;
  reader.at++;
  return true;
}

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? "")) reader.at++;
}
