/** How pages are asked for: one class per style that the source uses, one constant for what tables have in common. */

import type { RestBlueprint as Blueprint, RestRead, RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { Pagination } from "../../../artifacts/reading.ts";
import { type Expression, expression, pythonCall, pythonLiteral } from "../../../python/python-literal.ts";
import { type Use, useOf } from "../../http/python/use.ts";
import {
  type CursorView,
  cursorView,
  type OffsetView,
  offsetView,
  type PageView,
  pageView,
  type StyleView,
} from "./paging-styles.ts";

type Style = Pagination["style"];

const CLASSES = {
  page: { name: "PageNumbers", constant: "BY_NUMBER", method: "_by_number" },
  offset: { name: "Offsets", constant: "BY_OFFSET", method: "_by_offset" },
  cursor: { name: "PageCursors", constant: "BY_CURSOR", method: "_by_cursor" },
  next_url: { name: "NextAddresses", constant: "BY_ADDRESS", method: "_by_next_address" },
  link_header: { name: "LinkHeaders", constant: "BY_LINK", method: "_by_link_header" },
} as const;

/** Names of constants that this part may define, which no table may take. */
export const PAGING_CONSTANTS = ["PAGING", ...Object.values(CLASSES).map((style) => style.constant)];

export interface PagingView {
  /** `whole` stands for no paging at all. */
  styles: Record<Exclude<Style, "none"> | "whole", boolean>;
  /** Names of the classes in use. */
  paging_types: string[];
  /** Whether tables differ in how they are paged, so that each has to say how. */
  paging_field: boolean;
  /** Type hint of that field. */
  paging_hint: string;
  paging_constants: { name: string; value: string }[];
  style_calls: { pattern: string; call: string }[];
  /** No table is paged. */
  only_whole: boolean;
  pages_progress: boolean;
  links: boolean;
  /** Whether a request states how its answer is read: with Link headers there are two ways. */
  reader_stated: boolean;
  paging_parameter: string;
  /**
   * Whether some or all tables go on from what was read, and the pages of some of these shift: there a record that was
   * passed over is lost.
   */
  steady: Use;
  /** Whether the pages of some or all tables shift, where any has to be steady. */
  shifting: Use;
  steady_parameters: string;
  steady_doc: string;
  any_keyless: boolean;
  /** What the pages of a style come with: how they were asked for. */
  page_hint: string;
  request_of: { page: string; offset: string; cursor: string; link: string };
  read_argument: string;
  read_parameter: string;
  page: PageView;
  offset: OffsetView;
  cursor: CursorView;
  next_url: StyleView;
  link_header: StyleView;
}

/** The pagination that a table is really read with: one object has no pages. */
export function effectivePagination(read: RestRead): Pagination {
  return read.single ? { style: "none" } : read.pagination;
}

/** The size of a page, as a parameter that goes with the others. */
export function sizeParams(pagination: Pagination): { [param: string]: string } {
  if (pagination.style === "none") return {};
  const [param, size] =
    pagination.style === "offset"
      ? [pagination.limit_param, pagination.limit]
      : [pagination.size_param, pagination.size];
  return param === undefined || size === undefined ? {} : { [param]: String(size) };
}

/** Table -> expression for its paging, for tables that have to say how they are paged. */
export function pagingOf(blueprint: Blueprint): { view: PagingView; expressionOf: (table: Table) => Expression } {
  const all = blueprint.tables.map((table) => effectivePagination(table.read));
  const counts = new Map<string, { pagination: Pagination; count: number }>();
  for (const pagination of all) {
    const key = settings(pagination);
    const entry = counts.get(key) ?? { pagination, count: 0 };
    counts.set(key, { ...entry, count: entry.count + 1 });
  }
  const field = counts.size > 1;
  const constants = constantsFor([...counts.values()], field);
  const view = { ...viewOf({ all, field, constants }), ...shiftingView(blueprint.tables, field) };
  return {
    view,
    expressionOf: (table) => {
      const pagination = effectivePagination(table.read);
      const constant = constants.find((candidate) => candidate.key === settings(pagination));
      return constant === undefined ? construct(pagination) : expression(constant.name);
    },
  };
}

interface Constant {
  key: string;
  name: string;
  value: string;
}

/** Settings that several tables share get a name, at most one per style. */
function constantsFor(entries: readonly { pagination: Pagination; count: number }[], field: boolean): Constant[] {
  const found = new Map<string, Constant>();
  for (const { pagination, count } of [...entries].sort((a, b) => b.count - a.count)) {
    if (pagination.style === "none" || found.has(pagination.style) || (field && count === 1)) continue;
    const name = field ? CLASSES[pagination.style].constant : "PAGING";
    const value = pythonLiteral(construct(pagination));
    found.set(pagination.style, { key: settings(pagination), name, value });
  }
  return [...found.values()];
}

function construct(pagination: Pagination): Expression {
  if (pagination.style === "none") return expression("None");
  return pythonCall(CLASSES[pagination.style].name, argumentsOf(pagination));
}

function argumentsOf(pagination: Exclude<Pagination, { style: "none" }>) {
  switch (pagination.style) {
    case "page":
      return {
        param: pagination.page_param,
        first: pagination.start,
        total_pages: pagination.total_pages,
        has_more: pagination.has_more,
      };
    case "offset":
      return { param: pagination.offset_param, total: pagination.total, has_more: pagination.has_more };
    case "cursor":
      return {
        param: pagination.cursor_param,
        next: pagination.next,
        has_more: pagination.has_more,
        alone: pagination.cursor_only || undefined,
      };
    case "next_url":
      return { next: pagination.next };
    case "link_header":
      return { rel: pagination.rel };
  }
}

/** What tells one way of paging from another. The size is not part of it: it is a parameter like others. */
function settings(pagination: Pagination): string {
  return pythonLiteral(construct(pagination));
}

type ShiftingView = Pick<
  PagingView,
  | "shifting"
  | "steady"
  | "steady_parameters"
  | "steady_doc"
  | "any_keyless"
  | "page_hint"
  | "request_of"
  | "style_calls"
>;

/** Whether records move between the pages when others come and go. A cursor stays where it is; an address may hold a number. */
export function shifts(read: RestRead): boolean {
  return !["none", "cursor"].includes(effectivePagination(read).style);
}

function shiftingView(tables: readonly Table[], field: boolean): ShiftingView {
  const advances = ({ advance }: Table) => advance.kind !== "full";
  const steady = tables.some((table) => advances(table) && shifts(table.read)) && useOf(tables, advances);
  const shifting = steady !== false && useOf(tables, ({ read }) => shifts(read));
  const with_ = (request: string) => (shifting ? `, ${request}` : "");
  const used = new Set(tables.map(({ read }) => effectivePagination(read).style));
  return {
    shifting,
    steady,
    steady_parameters: shifting ? `, key: tuple[str, ...]${steady === "some" ? ", steady: bool" : ""}` : "",
    steady_doc: steady ? steadyWords(steady) : "        `key` names the columns that tell a record from others.",
    any_keyless: tables.some(({ primary_key }) => primary_key.length === 0),
    page_hint: shifting ? `tuple[list[dict], Request${shifting === "some" ? " | None" : ""}]` : "list[dict]",
    request_of: {
      page: with_("(self.base_url + path, {**params, param: number})"),
      offset: with_("(self.base_url + path, {**params, param: offset})"),
      cursor: with_("None"),
      link: with_("(url, asked)"),
    },
    style_calls: styleCalls(used, { field, shifting }),
  };
}

function steadyWords(steady: Use): string {
  const lead = "        `key` names the columns that tell a record from others.";
  return steady === "some"
    ? `${lead} Of a \`steady\`\n        listing, which is not read again, none is passed over when others go from it meanwhile.`
    : `${lead} None is passed\n        over when others go from the listing meanwhile: it is not read again.`;
}

function styleCalls(used: ReadonlySet<Style>, { field, shifting }: { field: boolean; shifting: Use }) {
  const argument = field ? ", paging" : "";
  const whole = "self.whole(path, params, records)";
  return [
    ...PAGED.filter((style) => used.has(style)).map((style) => ({
      pattern: `${CLASSES[style].name}()`,
      call: `self.${CLASSES[style].method}(path, params, records${argument})`,
    })),
    ...(used.has("none") ? [{ pattern: "None", call: shifting ? `[(${whole}, None)]` : `[${whole}]` }] : []),
  ];
}

const PAGED = ["page", "offset", "cursor", "next_url", "link_header"] as const;

function viewOf(options: {
  all: readonly Pagination[];
  field: boolean;
  constants: readonly Constant[];
}): Omit<PagingView, keyof ShiftingView> {
  const { all, field, constants } = options;
  const used = new Set(all.map((pagination) => pagination.style));
  const paged = PAGED.filter((style) => used.has(style));
  const types = paged.map((style) => CLASSES[style].name);
  const hint = types.length > 1 ? "Paging" : (types[0] ?? "None");
  const links = used.has("link_header");
  const name = field ? "paging" : "PAGING";
  const styleView = (style: (typeof paged)[number]): StyleView => ({
    name,
    parameter: field ? `, paging: ${CLASSES[style].name}` : "",
  });
  return {
    styles: {
      whole: used.has("none"),
      page: used.has("page"),
      offset: used.has("offset"),
      cursor: used.has("cursor"),
      next_url: used.has("next_url"),
      link_header: links,
    },
    paging_types: types,
    paging_field: field,
    paging_hint: used.has("none") && types.length > 0 ? `${hint} | None` : hint,
    paging_constants: constants.map(({ name: constant, value }) => ({ name: constant, value })),
    only_whole: paged.length === 0,
    pages_progress: paged.length > 0,
    links,
    reader_stated: links,
    paging_parameter: field ? `, paging: ${used.has("none") && types.length > 0 ? `${hint} | None` : hint}` : "",
    read_argument: links ? ", read_json" : "",
    read_parameter: links ? ", read: Callable[[requests.Response], Any]" : "",
    page: pageView(all, styleView("page")),
    offset: offsetView(all, styleView("offset")),
    cursor: cursorView(all, styleView("cursor")),
    next_url: styleView("next_url"),
    link_header: styleView("link_header"),
  };
}
