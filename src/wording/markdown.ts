/**
 * Markdown from values. Names and descriptions come from sources, so nothing they hold may become structure: no
 * heading, no link, no HTML, no broken table row.
 */

/** Prose: one line, with what Markdown or HTML would read as markup taken literally. */
export function prose(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*[\]<>~]/g, "\\$&")
    .replace(/(^|[^A-Za-z0-9])_|_(?=$|[^A-Za-z0-9])/g, (found) => found.replace("_", "\\_"))
    .replace(/&(?=#|[A-Za-z])/g, "&amp;")
    .replace(/^([#+\-=]|\d+[.)])/, (found) => found.replace(/[#+\-=.)]$/, "\\$&"));
}

/** Prose that a sentence goes on after: without the full stop it may end with. */
export function clause(text: string): string {
  return prose(text).replace(/\.$/, "");
}

/** A code span that holds any text on one line, backticks included. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "(empty)";
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  if (longest === 0) return `\`${line}\``;
  const fence = "`".repeat(longest + 1);
  return `${fence} ${line} ${fence}`;
}

/** Code spans separated by commas, or the word for none. */
export function codes(texts: readonly string[], none = "none"): string {
  return texts.length === 0 ? none : texts.map(code).join(", ");
}

/** A fenced block whose fence is longer than any run of backticks in the text. */
export function block(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n+$/, "")}\n${fence}`;
}

/** A table of cells that are Markdown already. Pipes are escaped here, also inside code spans, as GFM asks. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Items as a bulleted list; items are Markdown already. */
export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item.replace(/\n(?=.)/g, "\n  ")}`).join("\n");
}

export function numbered(items: readonly string[]): string {
  return items.map((item, index) => `${index + 1}. ${item.replace(/\n(?=.)/g, "\n   ")}`).join("\n");
}

/** An address a reader may follow, as a link; anything else as code. Only http and https are ever links. */
export function address(text: string): string {
  return /^https?:\/\/[^\s<>"'`|\\]+$/.test(text) ? `<${text}>` : code(text);
}

/** The document's text: its opening, then each section in the required order. */
export function assemble(opening: string, sections: readonly { title: string; body: string }[]): string {
  const parts = sections.map(({ title, body }) => `## ${title}\n\n${body.trim()}`);
  return `${[opening.trim(), ...parts].join("\n\n")}\n`;
}

function cell(text: string): string {
  return text.replace(/\n/g, " ").replace(/\|/g, "\\|");
}
