/** Finds a value in the text of a JSON document, so that it can be quoted as it stands there. */

export interface TextRange {
  /** Of the value, or of its key where it is a member of an object. */
  start: number;
  /** After the value. */
  end: number;
}

/** The range of the value at `tokens` (keys and indices from the top); undefined where there is none. */
export function placeInJson(text: string, tokens: readonly (string | number)[]): TextRange | undefined {
  let start = skipSpace(text, 0);
  let key: number | undefined;
  for (const token of tokens) {
    const found = typeof token === "number" ? itemOf(text, start, token) : memberOf(text, start, token);
    if (found === undefined) return undefined;
    ({ start, key } = found);
  }
  const end = skipValue(text, start);
  return end === undefined ? undefined : { start: key ?? start, end };
}

interface Found {
  start: number;
  /** Where the member's key starts. */
  key: number | undefined;
}

function itemOf(text: string, open: number, index: number): Found | undefined {
  if (text[open] !== "[") return undefined;
  let at = skipSpace(text, open + 1);
  for (let count = 0; text[at] !== "]"; count++) {
    if (count === index) return { start: at, key: undefined };
    const next = afterValue(text, at);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

function memberOf(text: string, open: number, name: string): Found | undefined {
  if (text[open] !== "{") return undefined;
  let at = skipSpace(text, open + 1);
  let found: Found | undefined;
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const start = keyEnd === undefined ? -1 : skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (keyEnd === undefined || start < 0) return found;
    // Of a key that comes twice the last counts, as it does for parsers.
    if (JSON.parse(text.slice(at, keyEnd)) === name) found = { start, key: at };
    const next = afterValue(text, start);
    if (next === undefined) return found;
    at = next;
  }
  return found;
}

/** Where the next item or member, or the closing bracket, starts. */
function afterValue(text: string, start: number): number | undefined {
  const end = skipValue(text, start);
  if (end === undefined) return undefined;
  const mark = skipSpace(text, end);
  return text[mark] === "," ? skipSpace(text, mark + 1) : mark;
}

function skipValue(text: string, start: number): number | undefined {
  const first = text[start];
  if (first === '"') return skipString(text, start);
  if (first !== "{" && first !== "[") {
    const length = /^[^\s,\]}]+/.exec(text.slice(start, start + 2000))?.[0].length;
    return length === undefined ? undefined : start + length;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"') {
      const end = skipString(text, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if (mark === "{" || mark === "[") depth += 1;
    else if (mark === "}" || mark === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

function skipString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text[at] ?? "x")) at += 1;
  return at;
}
