/**
 * How names of a connector become names in the warehouse. `fivetran` follows the rules the SDK once carried itself:
 * to ASCII, other characters to `_`, `_` at a change from lower to upper case and between digits and other
 * characters, lower case, no doubled `_`. `source` keeps names as they are.
 */

export type Naming = "fivetran" | "source";

export function tableName(source: string, naming: Naming): string {
  return naming === "source" ? source : fivetranTableName(source);
}

export function columnName(source: string, naming: Naming): string {
  return naming === "source" ? source : fivetranColumnName(source);
}

export function fivetranColumnName(source: string): string {
  return toAscii(source)
    .replace(/\W/g, "_")
    .replace(/([a-z])(?=[A-Z])/g, "$1_")
    .replace(/(\d)(?=\D)|(\D)(?=\d)/g, "$1$2_")
    .toLowerCase()
    .replace(/_+/g, "_");
}

/** As for columns, and underscores before a leading letter are dropped. */
export function fivetranTableName(source: string): string {
  return fivetranColumnName(source).replace(/^_+(?=[a-z])/, "");
}

/**
 * The name a column of a source has in a connector: names that begin with `_fivetran_` belong to the platform, so a
 * source's own column of such a name is kept beside them.
 */
export function unreservedColumnName(source: string): string {
  return source.startsWith("_fivetran_") ? `source_${source}` : source;
}

/** Latin letters that do not decompose into an ASCII letter and a mark. */
const LETTERS: { readonly [letter: string]: string } = {
  ß: "ss",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  ø: "o",
  Ø: "O",
  đ: "d",
  Đ: "D",
  ð: "d",
  Ð: "D",
  ł: "l",
  Ł: "L",
  þ: "th",
  Þ: "TH",
  ı: "i",
};

function toAscii(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{ASCII}]/gu, (letter) => LETTERS[letter] ?? "_");
}
