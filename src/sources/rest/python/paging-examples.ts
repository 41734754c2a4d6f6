/** One listing per style of paging: the answers of a small API, and the requests that must ask for them. */
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { Pagination } from "../../../artifacts/reading.ts";
import { type Expression, expression, type PythonValue, pythonLiteral } from "../../../python/python-literal.ts";
import { effectivePagination, type PagingView, shifts } from "./paging.ts";

export interface PagingExample {
  style: Pagination["style"];
  /** Part of the test's name. */
  name: string;
  single: boolean;
  path: string;
  /** Arguments of `Client.pages` after the path and its parameters. */
  arguments: string;
  /** `(status, headers, body)` each. */
  answers: string[];
  /** Query of each request, as lists per parameter. */
  asked: string[];
  /** The answers of a listing from which a record goes while it is read; where none may be passed over. */
  moving: string[] | false;
}

const NAMES: Record<Pagination["style"], string> = {
  none: "in_one_piece",
  page: "by_number",
  offset: "by_offset",
  cursor: "by_cursor",
  next_url: "by_next_address",
  link_header: "by_link_header",
};
/** The first page, the second, and the first when it is asked for again. */
type Pages = readonly [PythonValue, PythonValue, PythonValue];
const STILL: Pages = [[{ id: 1 }, { id: 2 }], [{ id: 3 }], [{ id: 1 }, { id: 2 }]];
/** Record 1 is gone by the time of the second page, so that record 3 stands on the first. */
const MOVING: Pages = [[{ id: 1 }, { id: 2 }], [{ id: 4 }], [{ id: 2 }, { id: 3 }]];
/** Where the test's server is; filled in when the test runs. */
const SELF = "self.address";

export function pagingExamples(
  blueprint: Blueprint,
  options: {
    field: boolean;
    paging: Pick<PagingView, "shifting" | "steady">;
    constantOf: (table: Table) => string;
  },
): PagingExample[] {
  const { shifting, steady } = options.paging;
  const seen = new Set<string>();
  return blueprint.tables.flatMap((table) => {
    const pagination = effectivePagination(table.read);
    // A bare list has no room for the next cursor or address.
    const impossible = table.read.records === "" && (pagination.style === "cursor" || pagination.style === "next_url");
    if (seen.has(pagination.style) || impossible) return [];
    seen.add(pagination.style);
    const path = table.read.parent === undefined ? table.read.path : "/listing";
    const again = steady !== false && shifts(table.read);
    const { answers, asked } = conversation(pagination, { table, path, again, pages: STILL });
    return [
      {
        style: pagination.style,
        name: NAMES[pagination.style],
        single: table.read.single,
        path,
        arguments: [
          pythonLiteral(table.read.records),
          ...(options.field ? [`${options.constantOf(table)}.paging`] : []),
          ...(shifting ? ['("id",)'] : []),
          ...(steady === "some" ? [again ? "True" : "False"] : []),
        ].join(", "),
        answers,
        asked,
        moving: again && conversation(pagination, { table, path, again, pages: MOVING }).answers,
      },
    ];
  });
}

interface Conversation {
  answers: string[];
  asked: string[];
}

interface Listing {
  table: Table;
  path: string;
  pages: Pages;
  /** Whether the page before is asked for again after each. */
  again: boolean;
}

function conversation(pagination: Pagination, at: Listing): Conversation {
  const [first, second, firstAgain] = at.pages;
  const plain = onceOver(pagination, at, [first, second]);
  if (!at.again) return plain;
  const later = onceOver(pagination, at, [firstAgain, second]).answers;
  const order = plain.asked.flatMap((_, index) => (index === 0 ? [0] : [index, index - 1]));
  return {
    answers: order.map(
      (page, index) => (index > 1 && page < (order[index - 1] ?? 0) ? later : plain.answers)[page] ?? "",
    ),
    asked: order.map((page) => plain.asked[page] ?? ""),
  };
}

function onceOver(pagination: Pagination, at: Listing, [first, second]: [PythonValue, PythonValue]): Conversation {
  const page = (records: PythonValue, rest: { [path: string]: PythonValue } = {}, headers: PythonValue = {}) =>
    `(200, ${pythonLiteral(headers)}, ${pythonLiteral(bodyOf(at.table.read.records, records, rest))})`;
  switch (pagination.style) {
    case "none":
      return {
        answers: [at.table.read.single ? page({ id: 1 }) : page(first)],
        asked: ["{}"],
      };
    case "page": {
      const { page_param: param, start } = pagination;
      return {
        answers: [page(first), page(second), page([])],
        asked: [0, 1, 2].map((number) => pythonLiteral({ [param]: [String(start + number)] })),
      };
    }
    case "offset": {
      const { offset_param: param } = pagination;
      return {
        answers: [page(first), page(second), page([])],
        asked: [0, 2, 3].map((offset) => pythonLiteral({ [param]: [String(offset)] })),
      };
    }
    case "cursor":
      return {
        answers: [page(first, { [pagination.next]: "c2" }), page(second, { [pagination.next]: null })],
        asked: ["{}", pythonLiteral({ [pagination.cursor_param]: ["c2"] })],
      };
    case "next_url":
      return {
        answers: [page(first, { [pagination.next]: nextAddress(at.path) }), page(second, { [pagination.next]: null })],
        asked: ["{}", pythonLiteral({ after: ["c2"] })],
      };
    case "link_header":
      return {
        answers: [page(first, {}, { Link: linkHeader(at.path, pagination.rel) }), page(second)],
        asked: ["{}", pythonLiteral({ after: ["c2"] })],
      };
  }
}

function nextAddress(path: string): Expression {
  return expression(`${SELF} + ${pythonLiteral(`${path}?after=c2`)}`);
}

function linkHeader(path: string, rel: string): Expression {
  return expression(`"<" + ${SELF} + ${pythonLiteral(`${path}?after=c2>; rel="${rel}"`)}`);
}

/** An answer with its records and further values, each at a dotted path. */
function bodyOf(recordsPath: string, records: PythonValue, rest: { [path: string]: PythonValue }): PythonValue {
  if (recordsPath === "") return records;
  const body: { [name: string]: PythonValue } = {};
  put(body, recordsPath, records);
  for (const [path, value] of Object.entries(rest)) put(body, path, value);
  return body;
}

function put(body: { [name: string]: PythonValue }, path: string, value: PythonValue): void {
  const names = path.split(".");
  const last = names.pop() ?? path;
  let at = body;
  for (const name of names) {
    const inner = at[name];
    const next: { [name: string]: PythonValue } = isObject(inner) ? inner : {};
    at[name] = next;
    at = next;
  }
  at[last] = value;
}

function isObject(value: PythonValue | undefined): value is { [name: string]: PythonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
