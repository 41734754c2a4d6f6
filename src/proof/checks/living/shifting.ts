/** Which lists move under their reader. */
import { parentOf, type Table } from "../../../artifacts/blueprint.ts";

/**
 * Why what goes from a list moves the rows after it between the pages. Cursors, keyset connections and lists in one piece
 * stay where they are; an address may hold anything.
 */
export function shiftingPages(table: Table, tables: readonly Table[]): string | undefined {
  const parent = parentOf(table);
  const above = parent && tables.find(({ name }) => name === parent.table);
  const inherited = above && shiftingPages(above, tables);
  if (table.read.kind === "graphql") return table.read.paging.style === "offset" ? "offsets" : inherited;
  if (table.read.kind !== "rest" || table.read.single) return inherited;
  const { style } = table.read.pagination;
  switch (style) {
    case "page":
      return "page numbers";
    case "offset":
      return "offsets";
    case "next_url":
    case "link_header":
      return "addresses of pages";
    default:
      return inherited;
  }
}
