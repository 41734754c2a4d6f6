/** Patterns of file names: which files are a table's, and which parts of their names become columns. */

const PLACEHOLDER = /\*\*\/|\*\*|\*|\{([A-Za-z][A-Za-z0-9_]*)(:digits)?\}/g;
/** Digits, and what stands between them in dates and times. */
const DIGITS = "[0-9](?:[0-9TZ_.:-]*[0-9Z])?";

/** Names of the captured parts, in order. */
export function capturedParts(pattern: string): string[] {
  return [...pattern.matchAll(PLACEHOLDER)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** A regular expression that fits whole names; Python names groups with `?P<…>`. */
export function patternSource(pattern: string, language: "python" | "javascript"): string {
  const open = language === "python" ? "(?P<" : "(?<";
  let source = "";
  let from = 0;
  for (const match of pattern.matchAll(PLACEHOLDER)) {
    source += escaped(pattern.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) source += `${open}${match[1]}>${match[2] === undefined ? "[^/]+?" : DIGITS})`;
    else source += { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*" }[match[0]];
  }
  return source + escaped(pattern.slice(from));
}

/** Tells whether a name fits, and gives its captured parts. */
export function matcherOf(pattern: string): (name: string) => Record<string, string> | undefined {
  const expression = new RegExp(`^(?:${patternSource(pattern, "javascript")})$`, "su");
  return (name) => {
    const match = expression.exec(name);
    return match === null ? undefined : { ...match.groups };
  };
}

/** What the names of all files of a pattern begin with. */
export function prefixOf(pattern: string): string {
  return pattern.slice(0, pattern.search(/\*|\{[A-Za-z]/) >>> 0);
}

/** How many folders may lie below the folder that all its files have in common; undefined: any number. */
export function levelsOf(pattern: string): number | undefined {
  if (pattern.includes("**")) return undefined;
  return pattern.slice(prefixOf(pattern).lastIndexOf("/") + 1).split("/").length - 1;
}

/** A name of a pattern's files, with these values in the place of its variable parts. */
export function nameOf(pattern: string, value: (part: string, digits: boolean) => string): string {
  return pattern.replace(PLACEHOLDER, (text, name: string | undefined, digits: string | undefined) => {
    if (name !== undefined) return value(name, digits !== undefined);
    return text === "**/" ? "" : value(text, false);
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, (character) => (character === "/" ? "/" : `\\${character}`));
}
