/** A first page that the source refuses: what may have been refused is left out, one by one, until there is an answer. */
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { Looked } from "../../http/live/look.ts";
import { complaint, type Found, refutes } from "../../http/probe/finding.ts";
import type { Asker } from "../../http/probe/session.ts";
import type { Listing } from "../live/listing.ts";
import type { TableProbe } from "./table-probe.ts";

export interface Refusal {
  table: () => Table;
  asker: Asker;
  correct: TableProbe["correct"];
  listing: Listing;
  refused: Looked;
}

export interface Cure {
  field: "read.pagination" | "advance";
  question: string;
  found: Found;
  /** The answer that there is then. */
  looked: Looked;
}

/** Undefined when nothing helps. */
export async function cure(refusal: Refusal): Promise<Cure | undefined> {
  return (
    (await withoutSize(refusal)) ??
    (await fromAnotherPage(refusal)) ??
    (await withoutSorting(refusal)) ??
    (await withNothing(refusal))
  );
}

async function again({ asker, listing }: Refusal, params: Record<string, string>): Promise<Looked | undefined> {
  const answer = await asker.ask(asker.address(listing.path, params));
  return answer.exchange.status < 300 && answer.json !== undefined ? answer : undefined;
}

function without(params: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
}

export function sizeParam({ read: { pagination } }: Table): string | undefined {
  if (pagination.style === "none") return undefined;
  return pagination.style === "offset" ? pagination.limit_param : pagination.size_param;
}

/** With the largest size that the refusal names, else with none. */
async function withoutSize(refusal: Refusal): Promise<Cure | undefined> {
  const { listing, refused, table, correct } = refusal;
  const name = sizeParam(table());
  const sent = name === undefined ? undefined : listing.params[name];
  if (name === undefined || sent === undefined || refused.exchange.status === 404) return undefined;
  const named = [
    ...complaint(refused)
      .replace(/^status \d+/, "")
      .matchAll(/\b\d{1,6}\b/g),
  ].map(([digits]) => Number(digits));
  const largest = Math.max(0, ...named.filter((number) => number < Number(sent)));
  for (const size of largest > 0 ? [largest, undefined] : [undefined]) {
    const looked = await again(
      refusal,
      size === undefined ? without(listing.params, [name]) : { ...listing.params, [name]: String(size) },
    );
    if (looked === undefined) continue;
    const works = size === undefined ? "without it there is an answer" : `${size} is answered`;
    const found = refutes(`${name}=${sent} is refused with ${complaint(refused)}; ${works}.`, [refused, looked], {
      instead: size === undefined ? "no size" : `size ${size}`,
      corrected: correct((one) => withSize(one, size)),
    });
    return { field: "read.pagination", question: "Is the page size accepted?", found, looked };
  }
  return undefined;
}

async function fromAnotherPage(refusal: Refusal): Promise<Cure | undefined> {
  const { listing, refused, table, correct } = refusal;
  const { pagination } = table().read;
  if (pagination.style !== "page" || pagination.start > 1) return undefined;
  const { page_param } = pagination;
  const start = 1 - pagination.start;
  const looked = await again(refusal, { ...listing.params, [page_param]: String(start) });
  if (looked === undefined) return undefined;
  const says = `${page_param}=${pagination.start} is refused with ${complaint(refused)}; ${page_param}=${start} is answered.`;
  const corrected = correct((one) => withStart(one, start));
  const found = refutes(says, [refused, looked], { instead: `the first page is ${start}`, corrected });
  return { field: "read.pagination", question: "Which is the first page?", found, looked };
}

async function withoutSorting(refusal: Refusal): Promise<Cure | undefined> {
  const { listing, refused, table, correct } = refusal;
  const { advance } = table();
  const names = advance.kind === "cursor" ? Object.keys(advance.sort_params) : [];
  if (advance.kind !== "cursor" || names.length === 0) return undefined;
  const looked = await again(refusal, without(listing.params, names));
  if (looked === undefined) return undefined;
  const says = `The parameters that sort (${names.join(", ")}) are refused with ${complaint(refused)}; without them there is an answer.`;
  const corrected = correct((one) => ({ ...one, advance: { ...advance, sort_params: {}, order: "unknown" } }));
  const found = refutes(says, [refused, looked], { instead: "no sort_params, order unknown", corrected });
  return { field: "advance", question: "Are the parameters that sort accepted?", found, looked };
}

async function withNothing(refusal: Refusal): Promise<Cure | undefined> {
  const { listing, refused, table } = refusal;
  const { read } = table();
  const left = Object.keys(without(listing.params, Object.keys(read.params)));
  if (left.length === 0) return undefined;
  const looked = await again(refusal, read.params);
  if (looked === undefined) return undefined;
  const says = `The first page with ${left.join(", ")} is refused with ${complaint(refused)}; without them there is an answer.`;
  const field = read.pagination.style === "none" ? "advance" : "read.pagination";
  return {
    field,
    question: "Are the parameters of the first page accepted?",
    found: refutes(says, [refused, looked]),
    looked,
  };
}

/** Without a size there is no parameter to send it in. */
export function withSize(table: Table, size: number | undefined): Table {
  const { pagination } = table.read;
  switch (pagination.style) {
    case "none":
      return table;
    case "offset": {
      const { limit: _, limit_param: name, ...rest } = pagination;
      return withPagination(table, size === undefined || !name ? rest : { ...rest, limit_param: name, limit: size });
    }
    default: {
      const { size: _, size_param: name, ...rest } = pagination;
      return withPagination(table, size === undefined || !name ? rest : { ...rest, size_param: name, size });
    }
  }
}

export function withStart(table: Table, start: number): Table {
  const { pagination } = table.read;
  return pagination.style === "page" ? withPagination(table, { ...pagination, start }) : table;
}

export function withPagination(table: Table, pagination: Table["read"]["pagination"]): Table {
  return { ...table, read: { ...table.read, pagination } };
}
