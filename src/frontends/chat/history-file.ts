/** What a person has typed before, for the arrow keys. Kept in the workspace without secrets, readable by its owner alone. */
import { readText, writeAtomically } from "../../system/files.ts";

export const HISTORY_LINES = 500;

export interface TypedHistory {
  /** Newest first; changed in place, for readline works on the same list. */
  entries: string[];
  add(text: string): Promise<void>;
}

/** One entry a line, oldest first; a line break in an entry is written as `\n`. */
export async function openTypedHistory(path: string, redact: (text: string) => string): Promise<TypedHistory> {
  const text = (await readText(path)) ?? "";
  const lines = text.split("\n").filter((line) => line !== "");
  const entries = lines.slice(-HISTORY_LINES).map(decode).reverse();
  return {
    entries,
    add: async (typed) => {
      const entry = redact(typed).trim();
      if (entry === "" || entry === entries[0]) return;
      const known = entries.indexOf(entry);
      if (known >= 0) entries.splice(known, 1);
      entries.unshift(entry);
      entries.splice(HISTORY_LINES);
      await writeAtomically(
        path,
        [...entries]
          .reverse()
          .map((line) => `${encode(line)}\n`)
          .join(""),
        0o600,
      );
    },
  };
}

function encode(entry: string): string {
  return entry.replaceAll("\\", "\\\\").replaceAll("\r", "").replaceAll("\n", "\\n");
}

function decode(line: string): string {
  return line.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}
