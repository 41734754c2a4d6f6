/** Text on a terminal: nothing that commands it, and no wider than it is. */
import { stripVTControlCharacters } from "node:util";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Without escape sequences, control characters and changes of direction; line breaks and tabs stay. */
export function plain(text: string): string {
  return stripVTControlCharacters(text.replaceAll(/\r\n?/g, "\n")).replaceAll(CONTROLS, "");
}

/** Plain, and on one line. */
export function oneLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, " ").trim();
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes; combining marks, joiners and colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.includes("\x1b") ? stripVTControlCharacters(text) : text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** At most so many columns, the last an ellipsis where something was cut. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

export interface Wrapper {
  push(text: string): void;
  /** Writes what is held back. */
  flush(): void;
  /** Column of the cursor, 0 at the start of a line. */
  column(): number;
  /** Text that waits for the end of its word. */
  held(): string;
}

/**
 * Wraps text that arrives in pieces, word by word. Continued lines are indented as their first one, or by `hang`; code between fences and
 * rows of tables are left as they are.
 */
export function createWrapper(write: (text: string) => void, width: () => number, hang?: number): Wrapper {
  let word = "";
  let blank = "";
  let at = 0;
  let line = "";
  let fenced = false;
  const put = (text: string) => {
    write(text);
    at += widthOf(text);
  };
  const endWord = () => {
    if (word === "") return;
    const whole = fenced || line.startsWith("|");
    if (!whole && at > 0 && line.trim() !== "" && at + widthOf(blank) + widthOf(word) > width()) {
      write("\n");
      at = 0;
      put(hang === undefined ? indentOf(line) : " ".repeat(hang));
    } else put(blank);
    put(word);
    line += blank + word;
    blank = "";
    word = "";
  };
  const endLine = () => {
    endWord();
    if (line.trimStart().startsWith("```")) fenced = !fenced;
    write("\n");
    at = 0;
    line = "";
    blank = "";
  };
  return {
    push: (text) => {
      for (const character of text) {
        if (character === "\n") endLine();
        else if (character === " " || character === "\t") {
          endWord();
          blank += character === "\t" ? "  " : " ";
        } else word += character;
      }
    },
    flush: endWord,
    column: () => at,
    held: () => word,
  };
}

/** Of a line and of the item of a list that it begins. */
function indentOf(line: string): string {
  return " ".repeat(/^ *(?:[-*+] +|\d{1,3}[.)] +)?/.exec(line)?.[0].length ?? 0);
}

/** A whole text, wrapped. */
export function wrap(text: string, width: number, hang?: number): string {
  let out = "";
  const wrapper = createWrapper(
    (piece) => {
      out += piece;
    },
    () => width,
    hang,
  );
  wrapper.push(text);
  wrapper.flush();
  return out;
}
