/**
 * Finding a quotation in a page. What a model copies differs from the text in white space and in Markdown's marks; letters,
 * digits and the signs that carry meaning must be the same. What is kept is the page's own text, never the model's.
 */

/** Longest quotation that evidence may hold. */
export const MAX_QUOTATION = 300;
/** Shorter ones must be a whole line or table row: a word by itself is found anywhere. */
export const MIN_QUOTATION = 12;

/** A text reduced to what counts, and where each of its characters stands in the original. */
export interface Folded {
  text: string;
  /** Offset in the original of each character. */
  at: Int32Array;
}

export interface Place {
  start: number;
  end: number;
}

export interface Searchable {
  text: string;
  /** Made when first asked for: ordinals at the start of lines kept. */
  folded: () => Folded;
  /** Ordinals left out too. */
  bare: () => Folded;
}

export function searchable(text: string): Searchable {
  let folded: Folded | undefined;
  let bare: Folded | undefined;
  return {
    text,
    folded: () => (folded ??= fold(text, NOISE)),
    bare: () => (bare ??= fold(text, LISTED)),
  };
}

/**
 * What is left out: white space, invisible characters, Markdown's marks, quotation marks and dashes of every kind, targets of
 * links, and the rule under a table's head.
 */
const PARTS = [
  "(?<rule>(?<=\\n)[ \\t]*\\|?[ \\t]*:?-{3,}:?[ \\t]*(?:\\|[ \\t]*:?-{3,}:?[ \\t]*)*\\|?(?=\\n))",
  '(?<target>(?<=\\])\\((?:[^()\\s]|\\([^()\\s]*\\))*(?:\\s+"[^"\\n]*")?\\))',
  "(?<break><br ?/?>)",
  "(?<entity>&(?:#\\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});)",
  "(?<noise>[\\s\\u200B-\\u200D\\u2060\\uFEFF\\u00AD*_`\\\\|#>~\\[\\]\"'\\u2018-\\u201F\\u00AB\\u00BB\\u2039\\u203A\\u2032\\u2033\\-+\\u2010-\\u2015\\u2212\\u2022])",
];
const NOISE = new RegExp(PARTS.join("|"), "gu");
const LISTED = new RegExp([...PARTS, "(?<ordinal>\\d{1,3}[.)](?=\\s)(?<=^[ \\t>]*\\d{1,3}[.)]))"].join("|"), "gmu");

const NOISE_ONLY = new RegExp(PARTS.at(-1) ?? "", "gu");

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "...",
  copy: "©",
  reg: "®",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  laquo: "«",
  raquo: "»",
  times: "×",
  bull: "•",
  rarr: "→",
};

function fold(text: string, marks: RegExp): Folded {
  const out: string[] = [];
  let at = new Int32Array(text.length + 16);
  let length = 0;
  const put = (piece: string, from: number) => {
    out.push(piece);
    if (length + piece.length > at.length) at = grown(at, piece.length);
    for (let index = 0; index < piece.length; index++) at[length++] = from;
  };
  const plain = (from: number, to: number) => {
    const piece = text.slice(from, to);
    // Nearly all text is ASCII, where every character stands for itself.
    if (/^[\x20-\x7E]*$/.test(piece)) {
      out.push(piece);
      if (length + piece.length > at.length) at = grown(at, piece.length);
      for (let index = from; index < to; index++) at[length++] = index;
      return;
    }
    let offset = from;
    for (const char of piece) {
      put(char.normalize("NFKC"), offset);
      offset += char.length;
    }
  };
  let last = 0;
  for (const match of text.matchAll(marks)) {
    plain(last, match.index);
    last = match.index + match[0].length;
    if (match.groups?.entity !== undefined) put(decoded(match[0]), match.index);
  }
  plain(last, text.length);
  return { text: out.join(""), at: at.subarray(0, length) };
}

/** A character may become several. */
function grown(at: Int32Array<ArrayBuffer>, by: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * at.length + by);
  larger.set(at);
  return larger;
}

/** What an entity stands for, or itself where it is none. */
function decoded(entity: string): string {
  const name = entity.slice(1, -1);
  if (!name.startsWith("#")) return (ENTITIES[name] ?? entity).replace(NOISE_ONLY, "");
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  const char = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).normalize("NFKC") : "";
  return char.replace(NOISE_ONLY, "");
}

/** Where the page has the quotation: the same case first, then any. Undefined when it is not there, or says nothing. */
export function findQuotation(page: Searchable, quotation: string): Place | undefined {
  const exact = page.text.indexOf(quotation.trim());
  if (exact >= 0 && quotation.trim() !== "") return { start: exact, end: exact + quotation.trim().length };
  for (const [marks, text] of [
    [NOISE, page.folded],
    [LISTED, page.bare],
  ] as const) {
    const wanted = fold(quotation, marks).text;
    if (!/[\p{L}\p{N}]/u.test(wanted)) return undefined;
    const where = text();
    const index = where.text.indexOf(wanted);
    if (index >= 0) return placeOf(page.text, { where, index, length: wanted.length });
    const loose = lower(where.text).indexOf(lower(wanted));
    if (loose >= 0) return placeOf(page.text, { where, index: loose, length: wanted.length });
  }
  return undefined;
}

/** Lower case that keeps the number of characters, so that places stay where they are. */
function lower(text: string): string {
  const all = text.toLowerCase();
  return all.length === text.length
    ? all
    : [...text].map((char) => (char.toLowerCase().length === char.length ? char.toLowerCase() : char)).join("");
}

function placeOf(text: string, { where, index, length }: { where: Folded; index: number; length: number }): Place {
  const start = where.at[index] ?? 0;
  const last = where.at[index + length - 1] ?? start;
  const next = where.at[index + length];
  // The last character may be an entity, or one that was written with several.
  const entity = /^&[#\w]{1,9};/.exec(text.slice(last, last + 12))?.[0];
  const wide = entity?.length ?? String.fromCodePoint(text.codePointAt(last) ?? 32).length;
  return { start, end: Math.max(last + 1, Math.min(last + wide, next ?? text.length)) };
}

/** Whether the page's line at the place is nothing but the quotation: a table row or a line of code may be short. */
export function isWholeLine(text: string, { start, end }: Place): boolean {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const to = text.indexOf("\n", end);
  return fold(text.slice(from, to < 0 ? text.length : to), NOISE).text === fold(text.slice(start, end), NOISE).text;
}

/** The page's own characters, on one line where it must be made shorter, without targets of links. */
export function asQuoted(text: string, { start, end }: Place): string {
  const own = text.slice(start, end);
  if (own.length <= MAX_QUOTATION) return own;
  return own
    .replace(/(?<=\])\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"\n]*")?\)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The passage of the page that has most in common with a quotation that is not there; undefined when none has. */
export function nearestPassage(page: Searchable, quotation: string): string | undefined {
  const where = page.folded();
  const text = lower(where.text);
  const wanted = lower(fold(quotation, NOISE).text);
  const votes = new Map<number, number>();
  for (let from = 0; from + GRAM <= wanted.length; from += 4) {
    const gram = wanted.slice(from, from + GRAM);
    let index = text.indexOf(gram);
    for (let seen = 0; index >= 0 && seen < 20; seen++) {
      const bucket = Math.round((index - from) / 40);
      votes.set(bucket, (votes.get(bucket) ?? 0) + 1);
      index = text.indexOf(gram, index + 1);
    }
  }
  const best = [...votes].sort((a, b) => b[1] - a[1])[0];
  if (best === undefined || (best[1] < 2 && wanted.length > 3 * GRAM)) return undefined;
  const start = where.at[Math.max(0, best[0] * 40 - 20)] ?? 0;
  const end = where.at[Math.min(where.at.length - 1, best[0] * 40 + wanted.length + 40)] ?? page.text.length;
  const passage = page.text.slice(start, Math.min(end, start + MAX_QUOTATION + 100));
  return passage.replace(/\s+/g, " ").trim();
}

const GRAM = 9;
