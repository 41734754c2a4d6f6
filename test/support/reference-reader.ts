/**
 * A naive reader of REST sources, written from the contracts in `reading.ts` alone. It shares no code with the stand-in
 * or with generated connectors, so that rows it loses or doubles are somebody's mistake.
 */
import type { RestBlueprint as Blueprint, Column, RestTable as Table } from "../../src/artifacts/blueprint.ts";
import type { Advance } from "../../src/artifacts/reading.ts";
import { parseTagged, type Tagged } from "./exact-json.ts";

export type TaggedRow = { [column: string]: Tagged };
export type Asker = (url: URL) => Promise<Response>;

export interface Reading {
  rows: TaggedRow[];
  /** Requests it took. */
  requests: number;
}

interface Task {
  table: Table;
  baseUrl: string;
  ask: Asker;
  parents: readonly TaggedRow[];
  /** Value of the advance parameter, if any. */
  since?: string;
}

/** Reads a table whole, or since a cursor value, once per parent row. */
export async function readTable(task: Task): Promise<Reading> {
  const { parent } = task.table.read;
  const reading: Reading = { rows: [], requests: 0 };
  if (parent === undefined) await readListing(task, { path: task.table.read.path, bound: {} }, reading);
  for (const row of parent === undefined ? [] : task.parents) {
    const bound: TaggedRow = {};
    let { path } = task.table.read;
    for (const bind of parent?.bind ?? []) {
      const value = row[bind.parent_column] ?? null;
      bound[bind.column] = value;
      path = path.replace(`{${bind.placeholder}}`, () => encodeURIComponent(plainText(value)));
    }
    await readListing(task, { path, bound }, reading);
  }
  return reading;
}

/** The list of deleted keys, as rows of key columns. */
export async function readFeed(task: Omit<Task, "parents">): Promise<TaggedRow[]> {
  const { deletes } = task.table;
  if (deletes.kind !== "feed") return [];
  const url = new URL(`${task.baseUrl}/${deletes.path.replace(/^\//, "")}`);
  if (deletes.param !== undefined && task.since !== undefined) url.searchParams.set(deletes.param, task.since);
  const { body } = await askJson(task.ask, url);
  const records = at(body, deletes.records) as TaggedRow[];
  return records.map((record) =>
    Object.fromEntries(Object.entries(deletes.keys).map(([column, field]) => [column, record[field] ?? null])),
  );
}

/** Reads every table in order; parents come first. */
export async function readAll(
  blueprint: Blueprint,
  source: { baseUrl: string; ask: Asker },
): Promise<Map<string, Reading>> {
  const readings = new Map<string, Reading>();
  for (const table of blueprint.tables) {
    const parents = readings.get(table.read.parent?.table ?? "")?.rows ?? [];
    const { advance } = table;
    const since = advance.kind === "cursor" && advance.start !== undefined ? { since: advance.start } : {};
    readings.set(table.name, await readTable({ table, ...source, parents, ...since }));
  }
  return readings;
}

export function isFlagged(table: Table, row: TaggedRow): boolean {
  const { deletes } = table;
  if (deletes.kind !== "flag") return false;
  const value = row[deletes.column] ?? null;
  if (deletes.values.length > 0) return deletes.values.includes(plainText(value));
  return value !== null && value !== false;
}

/** What to ask for after these rows were seen, by the contract: lookback and one unit taken off. */
export function nextSince(table: Table, rows: readonly TaggedRow[]): string | undefined {
  const { advance } = table;
  if (advance.kind !== "cursor") return undefined;
  const column = table.columns.find((candidate) => candidate.name === advance.column) as Column;
  if (advance.format === "string" || advance.format === "integer") return undefined;
  let highest: bigint | undefined;
  for (const row of rows) {
    const micros = microsOf(column, advance, row[advance.column] ?? null);
    if (highest === undefined || micros > highest) highest = micros;
  }
  if (highest === undefined) return undefined;
  const unit = { iso8601: 1n, date: 86_400_000_000n, epoch_seconds: 1_000_000n, epoch_milliseconds: 1000n }[
    advance.format
  ];
  const micros = highest - BigInt(advance.lookback) * 1_000_000n - (advance.inclusive ? 0n : unit);
  if (advance.format === "epoch_seconds") return String(floor(micros, unit) / unit);
  if (advance.format === "epoch_milliseconds") return String(floor(micros, unit) / unit);
  const text = new Date(Number(floor(micros, 1000n) / 1000n)).toISOString();
  if (advance.format === "date") return text.slice(0, 10);
  return text.replace("Z", `${String(micros - floor(micros, 1000n)).padStart(3, "0")}Z`);
}

export function plainText(value: Tagged): string {
  return typeof value === "string" ? value.slice(1) : String(value);
}

function microsOf(column: Column, advance: Advance & { kind: "cursor" }, value: Tagged): bigint {
  const text = plainText(value);
  const epoch = column.format ?? (/^-?\d+$/.test(text) ? advance.format : undefined);
  if (epoch === "epoch_seconds") return BigInt(text) * 1_000_000n;
  if (epoch === "epoch_milliseconds") return BigInt(text) * 1000n;
  const match = /^([\d-]+)(?:T([\d:]+)(?:\.(\d+))?(.*))?$/.exec(text);
  if (match === null) throw new Error(`not a time: ${text}`);
  const [, day, time = "00:00:00", fraction = "", zone = "Z"] = match;
  return BigInt(Date.parse(`${day}T${time}${zone || "Z"}`)) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function floor(value: bigint, unit: bigint): bigint {
  return value - (((value % unit) + unit) % unit);
}

interface Listing {
  path: string;
  bound: TaggedRow;
}

async function readListing(task: Task, listing: Listing, into: Reading): Promise<void> {
  const { advance } = task.table;
  if (advance.kind !== "steps") {
    const since: [string, string][] =
      advance.kind === "cursor" && task.since !== undefined ? [[advance.param, task.since]] : [];
    const sorting = advance.kind === "cursor" ? Object.entries(advance.sort_params) : [];
    await readPages(task, { ...listing, params: [...since, ...sorting] }, into);
    return;
  }
  let empty = 0;
  for (let from = advance.start; empty < advance.empty_steps; from += advance.step) {
    const params: [string, string][] = [
      [advance.from_param, String(from)],
      [advance.to_param, String(from + advance.step - 1)],
    ];
    const before = into.rows.length;
    await readPages(task, { ...listing, params }, into);
    empty = into.rows.length === before ? empty + 1 : 0;
  }
}

async function readPages(
  task: Task,
  listing: Listing & { params: readonly [string, string][] },
  into: Reading,
): Promise<void> {
  const { read } = task.table;
  const fixed = [...Object.entries(read.params), ...listing.params, ...sizeParam(task.table)];
  let url: URL | undefined = new URL(`${task.baseUrl}${listing.path}`);
  for (const [name, value] of [...fixed, ...firstPosition(task.table)]) url.searchParams.set(name, value);
  let seen = 0;
  for (let page = 0; url !== undefined; page++) {
    if (page > 1000) throw new Error(`no end of ${url}`);
    const answer: Answered = await askJson(task.ask, url);
    into.requests += 1;
    const found = at(answer.body, read.records);
    const records = (read.single ? (found === null ? [] : [found]) : found) as TaggedRow[];
    for (const record of records) into.rows.push({ ...record, ...listing.bound });
    seen += records.length;
    url = nextPage(task.table, {
      url,
      answer,
      count: records.length,
      page,
      seen,
      base: `${task.baseUrl}${listing.path}`,
    });
  }
}

function sizeParam(table: Table): [string, string][] {
  const { pagination } = table.read;
  if (pagination.style === "none") return [];
  const [param, size] =
    pagination.style === "offset"
      ? [pagination.limit_param, pagination.limit]
      : [pagination.size_param, pagination.size];
  return param === undefined || size === undefined ? [] : [[param, String(size)]];
}

function firstPosition(table: Table): [string, string][] {
  const { pagination } = table.read;
  if (pagination.style === "page") return [[pagination.page_param, String(pagination.start)]];
  if (pagination.style === "offset") return [[pagination.offset_param, "0"]];
  return [];
}

interface Answered {
  body: Tagged;
  headers: Headers;
}

/** The address of the next page, or undefined at the stated end; without a stated end, after an empty page. */
function nextPage(
  table: Table,
  done: { url: URL; answer: Answered; count: number; page: number; seen: number; base: string },
): URL | undefined {
  const { pagination } = table.read;
  const { body } = done.answer;
  const next = new URL(done.url);
  if ("has_more" in pagination && pagination.has_more !== undefined && at(body, pagination.has_more) !== true)
    return undefined;
  switch (pagination.style) {
    case "none":
      return undefined;
    case "page": {
      const stated =
        pagination.total_pages === undefined ? undefined : Number(plainText(at(body, pagination.total_pages)));
      if (stated !== undefined ? done.page + 1 >= stated : done.count === 0) return undefined;
      next.searchParams.set(pagination.page_param, String(pagination.start + done.page + 1));
      return next;
    }
    case "offset": {
      const stated = pagination.total === undefined ? undefined : Number(plainText(at(body, pagination.total)));
      if (stated !== undefined ? done.seen >= stated : done.count === 0) return undefined;
      next.searchParams.set(pagination.offset_param, String(done.seen));
      return next;
    }
    case "cursor": {
      const cursor = textAt(body, pagination.next);
      if (cursor === undefined) return undefined;
      const fresh = pagination.cursor_only ? new URL(done.base) : next;
      fresh.searchParams.set(pagination.cursor_param, cursor);
      return fresh;
    }
    case "next_url": {
      const address = textAt(body, pagination.next);
      return address === undefined ? undefined : new URL(address, done.url);
    }
    case "link_header": {
      const links = (done.answer.headers.get("link") ?? "").split(/,\s*(?=<)/);
      const link = links.find((candidate) => candidate.includes(`rel="${pagination.rel}"`));
      const address = /<([^>]*)>/.exec(link ?? "")?.[1];
      return address === undefined ? undefined : new URL(address, done.url);
    }
  }
}

function textAt(body: Tagged, path: string): string | undefined {
  const value = at(body, path);
  const text = value === null ? "" : plainText(value);
  return text === "" ? undefined : text;
}

function at(body: Tagged, path: string): Tagged {
  let place: Tagged = body;
  for (const step of path === "" ? [] : path.split(".")) {
    place = typeof place === "object" && place !== null && !Array.isArray(place) ? (place[step] ?? null) : null;
  }
  return place;
}

async function askJson(ask: Asker, url: URL): Promise<Answered> {
  const response = await ask(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} for ${url}: ${text}`);
  return { body: parseTagged(text), headers: response.headers };
}
