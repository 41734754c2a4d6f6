/** What the method of each style of paging does, by what the tables that are paged in it have. */
import type { Pagination } from "../../../artifacts/reading.ts";
import { type Use, useOf } from "../../http/python/use.ts";

export interface StyleView {
  /** What the settings are called inside the paging method. */
  name: string;
  /** How the method takes them. */
  parameter: string;
}

export interface PageView extends StyleView {
  total_pages: Use;
  has_more: Use;
  total_guard: string;
  more_guard: string;
  until: string;
}

export interface OffsetView extends StyleView {
  total: Use;
  has_more: Use;
  total_guard: string;
  more_guard: string;
  until: string;
}

export interface CursorView extends StyleView {
  has_more: Use;
  more_guard: string;
  alone: Use;
}

/** By number. */
export function pageView(all: readonly Pagination[], base: StyleView): PageView {
  const own = all.filter((pagination) => pagination.style === "page");
  const total = useOf(own, (pagination) => pagination.total_pages !== undefined);
  const more = useOf(own, (pagination) => pagination.has_more !== undefined);
  return {
    ...base,
    total_pages: total,
    has_more: more,
    total_guard: guard(total, `${base.name}.total_pages`),
    more_guard: guard(more, `${base.name}.has_more`),
    until: total || more ? ", or the API says that it was the last" : "",
  };
}

/** By the number of records to leave out. */
export function offsetView(all: readonly Pagination[], base: StyleView): OffsetView {
  const own = all.filter((pagination) => pagination.style === "offset");
  const total = useOf(own, (pagination) => pagination.total !== undefined);
  const more = useOf(own, (pagination) => pagination.has_more !== undefined);
  return {
    ...base,
    total,
    has_more: more,
    total_guard: guard(total, `${base.name}.total`),
    more_guard: guard(more, `${base.name}.has_more`),
    until: total || more ? ", or the API says that it was the last" : "",
  };
}

/** By the cursor of the page before. */
export function cursorView(all: readonly Pagination[], base: StyleView): CursorView {
  const own = all.filter((pagination) => pagination.style === "cursor");
  const more = useOf(own, (pagination) => pagination.has_more !== undefined);
  return {
    ...base,
    has_more: more,
    more_guard: guard(more, `${base.name}.has_more`),
    alone: useOf(own, (pagination) => pagination.cursor_only),
  };
}

/** An empty path would find the whole answer, so tables without a path must not look. */
function guard(use: Use, path: string): string {
  return use === "some" ? ` if ${path} else None` : "";
}
