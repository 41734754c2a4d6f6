/** Tables made plain before they become Markdown: a grid of cells, each on one line. Nothing of a cell may get lost. */
import type { Cheerio, CheerioAPI, load } from "cheerio/slim";

/** A node of a parsed page: text, comment, element or the document. */
export type AnyNode = Exclude<Parameters<typeof load>[0], string | readonly unknown[] | Buffer>;
type Element = Extract<AnyNode, { tagName: string }>;

/** Rows and columns that one cell may reach over; more is a mistake in the page. */
const MAX_SPAN = 100;

export function plainTables($: CheerioAPI, scope: Cheerio<AnyNode>): void {
  scope.find("table").each((_, table) => {
    if (isLayout($(table))) asDivisions($, table);
  });
  // From the inside out: a table in a cell becomes lines of that cell.
  for (const table of scope.find("table").toArray().reverse()) {
    if ($(table).closest("td, th").length > 0) $(table).replaceWith(asLines($, table));
    else $(table).replaceWith(asGrid($, table));
  }
}

function isLayout(table: Cheerio<Element>): boolean {
  if (/^(presentation|none)$/.test(table.attr("role") ?? "")) return true;
  if (table.find("table").length === 0) return table.find("td, th").length < 2;
  return table.find("h1, h2, h3").length > 0 || rowsOf(table).length === 1;
}

function asDivisions($: CheerioAPI, table: Element): void {
  const own = $(table)
    .find("thead, tbody, tfoot, tr, td, th")
    .filter((_, part) => $(part).closest("table").is(table));
  for (const part of [...own.toArray(), table]) part.tagName = "div";
}

function rowsOf(table: Cheerio<Element>): Cheerio<Element> {
  return table.find("tr").filter((_, row) => table.find(row).closest("table").is(table));
}

function cellsOf($: CheerioAPI, row: Element): Element[] {
  return $(row).children("td, th").toArray();
}

function asLines($: CheerioAPI, table: Element): string {
  const lines = rowsOf($(table)).map((_, row) =>
    cellsOf($, row)
      .map((cell) => oneLine($, cell))
      .filter((text) => text !== "")
      .join("; "),
  );
  return `<br>${lines.toArray().join("<br>")}`;
}

/** Cells that span rows or columns are repeated, so that every value stands under its heading. */
function asGrid($: CheerioAPI, table: Element): string {
  const caption = $(table).children("caption").text().trim();
  const grid: string[][] = [];
  let headed = false;
  rowsOf($(table)).each((index, row) => {
    const cells = cellsOf($, row);
    if (index === 0)
      headed = cells.length > 0 && ($(row).parent().is("thead") || cells.every((cell) => $(cell).is("th")));
    grid[index] ??= [];
    for (const cell of cells) place({ $, grid, index, cell });
  });
  const width = Math.max(0, ...grid.map((row) => row.length));
  const rows = grid.filter((row) => row.some((text) => text !== undefined));
  const line = (row: string[], tag: string) =>
    `<tr>${Array.from({ length: width }, (_, column) => `<${tag}>${row[column] ?? ""}</${tag}>`).join("")}</tr>`;
  if (rows.length === 0) return "";
  const [first, ...rest] = rows;
  const head = headed && first !== undefined ? `<thead>${line(first, "th")}</thead>` : "";
  const body = (headed ? rest : rows).map((row) => line(row, "td")).join("");
  return `${caption === "" ? "" : `<p>${escaped(caption)}</p>`}<table>${head}<tbody>${body}</tbody></table>`;
}

interface Placing {
  $: CheerioAPI;
  grid: string[][];
  index: number;
  cell: Element;
}

function place({ $, grid, index, cell }: Placing): void {
  const html = oneLine($, cell);
  const span = (name: string) => Math.min(MAX_SPAN, Math.max(1, Number($(cell).attr(name)) || 1));
  const row = grid[index] ?? [];
  let column = 0;
  while (row[column] !== undefined) column += 1;
  for (let down = 0; down < span("rowspan"); down++) {
    grid[index + down] ??= [];
    // A cell over several columns is a heading of them: said once, it is not taken for a value of each.
    for (let right = 0; right < span("colspan"); right++)
      (grid[index + down] ?? [])[column + right] = right === 0 ? html : "";
  }
}

/** The cell's content with line breaks in the place of blocks, as HTML. */
function oneLine($: CheerioAPI, cell: Element): string {
  const inner = $(cell);
  inner.find("pre").each((_, pre) => {
    const lines = $(pre).text().replace(/\n+$/, "").split("\n");
    $(pre).replaceWith(`<br>${lines.map((line) => `<code>${escaped(line)}</code>`).join("<br>")}<br>`);
  });
  inner.find("li").each((_, item) => {
    $(item).replaceWith(`<br>- ${$(item).html() ?? ""}`);
  });
  inner.find("h1, h2, h3, h4, h5, h6").each((_, heading) => {
    $(heading).replaceWith(`<br><strong>${$(heading).html() ?? ""}</strong><br>`);
  });
  // Innermost last in the document's order: backwards, so that what is put in place holds none of them any more.
  for (const blockElement of inner
    .find("p, div, ul, ol, dl, dt, dd, blockquote, section, details, summary, hr")
    .toArray()
    .reverse()) {
    $(blockElement).replaceWith(`<br>${$(blockElement).html() ?? ""}<br>`);
  }
  return (inner.html() ?? "")
    .replace(/\s+/g, " ")
    .replace(/(?:\s*<br\s*\/?>\s*)+/g, "<br>")
    .replace(/^<br>|<br>$/g, "")
    .trim();
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
