/**
 * One table of the blueprint from a listing, from what the spec states of it, or from both. What the spec states goes
 * first, field by field. Columns that come from a parent are added later, when all tables are known.
 */
import type { RestAdvance as Advance, Column } from "../../../artifacts/blueprint.ts";
import type { Pagination, Parent } from "../../../artifacts/reading.ts";
import { UserError } from "../../../errors.ts";
import { nearest } from "../../../system/nearest.ts";
import { firstSentence } from "../../http/describe/names.ts";
import { MONEY } from "./columns.ts";
import { deletesOf, selectionOf } from "./deletes.ts";
import {
  at,
  type Block,
  type Claimed,
  type DraftClaim,
  type DraftTable,
  documented,
  type Listing,
  unproven,
} from "./draft.ts";
import { type AdvanceResult, findAdvance } from "./incremental.ts";
import { findKey } from "./keys.ts";
import { placeholdersOf } from "./operations.ts";
import { findPagination, type PagingResult } from "./pagination.ts";
import { asRecorded, unseenWithout } from "./recorded-claims.ts";
import { type StatedTable, statedAt } from "./stated-tables.ts";

export interface TableFacts {
  name: string;
  listing: Listing | undefined;
  stated: StatedTable | undefined;
  /** Name of the table of each listing. */
  names: ReadonlyMap<Listing, string>;
  /** `none` makes every table read everything at each sync. */
  incremental: "auto" | "none";
}

export function draftTable(facts: TableFacts): DraftTable {
  const { name, listing, stated } = facts;
  const paging = paginationOf(facts);
  const columns = columnsOf(facts);
  const parent = parentOf(facts);
  const key = keyOf(facts, parent?.value);
  const advance = advanceOf(facts, { isChild: parent !== undefined, columns: columns.value });
  const params = { ...listing?.params, ...paging.params, ...stated?.table.params };
  const sent = { pagination: paging.value, advance: advance.value, params };
  const partial = paging.partial ?? advance.partial ?? selectionOf(listing) ?? unseenWithout(listing, sent);
  const deletes = deletesOf({ listing, stated }, { advance: advance.value, columns: columns.value, partial });
  const path = stated?.table.path ?? listing?.path ?? "/";
  const description =
    listing === undefined ? "" : listing.operation.summary || firstSentence(listing.operation.description);
  const table: DraftTable = {
    name,
    ...(description === "" ? {} : { description }),
    primary_key: key.value,
    columns: columns.value.map((column) => (key.value.includes(column.name) ? { ...column, nullable: false } : column)),
    read: {
      kind: "rest",
      path,
      params,
      records: stated?.table.records ?? listing?.records.path ?? "",
      single: false,
      pagination: paging.value,
      ...(parent === undefined ? {} : { parent: parent.value }),
    },
    advance: advance.value,
    deletes: deletes.value,
    listing,
    stated,
    claims: {
      "read.path": pathClaim(facts),
      "read.records": recordsClaim(facts),
      "read.pagination": paging.claim,
      ...(parent === undefined ? {} : { "read.parent": parent.claim }),
      primary_key: key.claim,
      columns: columns.claim,
      advance: advance.claim,
      deletes: deletes.claim,
    },
    blocks: (listing?.blocks ?? []).filter(
      (block) => !isLifted(block, { path, params, stated, parent: parent?.value }),
    ),
    custom: paging.custom === undefined ? [] : [paging.custom],
    partial,
  };
  return { ...table, ...asRecorded(table) };
}

function isLifted(
  block: Block,
  {
    path,
    params,
    stated,
    parent,
  }: { path: string; params: Record<string, string>; stated: StatedTable | undefined; parent: Parent | undefined },
): boolean {
  switch (block.kind) {
    case "parameter":
      return block.name === "" ? stated?.table.params !== undefined : params[block.name] !== undefined;
    case "placeholder":
      return !path.includes(`{${block.name}}`) || parent?.bind.some((bind) => bind.placeholder === block.name) === true;
    case "columns":
      return stated?.table.columns !== undefined;
    case "choice":
      return stated !== undefined;
    case "server":
      return false;
  }
}

function pathClaim({ listing, stated }: TableFacts): DraftClaim {
  if (stated?.table.path !== undefined) return documented([statedAt(stated, "path"), at(listing?.operation.node)]);
  return documented([at(listing?.operation.node)]);
}

function recordsClaim({ listing, stated }: TableFacts): DraftClaim {
  if (stated?.table.records !== undefined) return documented([statedAt(stated, "records")]);
  if (listing === undefined)
    return unproven("The spec does not say where the records are; the answer itself is taken as the list.");
  const { answer } = listing.operation;
  const whole = "schema" in answer ? at(answer.schema) : undefined;
  return documented([whole, "pointer" in listing.records.list ? at(listing.records.list) : undefined]);
}

function paginationOf({ listing, stated }: TableFacts): PagingResult {
  const given = stated?.table.pagination;
  if (given !== undefined && stated)
    return { value: given, claim: documented([statedAt(stated, "pagination")]), params: {} };
  if (listing !== undefined) return findPagination(listing);
  const value: Pagination = { style: "none" };
  return {
    value,
    claim: unproven("The spec does not say how the answer is paged; one answer is taken to hold all rows."),
    params: {},
  };
}

function parentOf({ listing, stated, names }: TableFacts): Claimed<Parent> | undefined {
  if (stated?.table.parent !== undefined)
    return { value: stated.table.parent, claim: documented([statedAt(stated, "parent")]) };
  const found = listing?.parent;
  if (listing === undefined || found === undefined) return undefined;
  const own = placeholdersOf(stated?.table.path ?? listing.path);
  const described = placeholdersOf(listing.path);
  // A stated path that fills the placeholders needs no parent; one that names them otherwise keeps it.
  if (own.length < described.length) return undefined;
  const bind = found.bind.map((one) => ({
    ...one,
    placeholder: own[described.indexOf(one.placeholder)] ?? one.placeholder,
  }));
  const value = { table: names.get(found.listing) ?? "", bind };
  const parameters = listing.operation.parameters.filter((one) => one.in === "path" && described.includes(one.name));
  const cite = [at(found.listing.operation.node), ...parameters.map((one) => at(one.node))];
  if (found.inferred !== undefined) return { value, claim: unproven(found.inferred, cite) };
  return {
    value,
    claim: documented(
      cite,
      `${found.listing.operation.path} lists the records that ${listing.operation.path} is about`,
    ),
  };
}

/** A child's key is its parent's values and its own key: its own may repeat from parent to parent. */
function keyOf({ listing, stated }: TableFacts, parent: Parent | undefined): Claimed<string[]> {
  const given = stated?.table.primary_key;
  if (given !== undefined && stated) return { value: given, claim: documented([statedAt(stated, "primary_key")]) };
  if (listing === undefined) {
    return { value: [], claim: unproven("The spec states no primary key; rows are told apart by all their values.") };
  }
  const own = findKey(listing);
  if (parent === undefined || own.value.length === 0) return own;
  const value = [...new Set([...parent.bind.map((bind) => bind.column), ...own.value])];
  const more = "with the parent's values, as ids may repeat from parent to parent";
  if (own.claim.status === "unproven")
    return { value, claim: { ...own.claim, reason: `${own.claim.reason} Taken ${more}.` } };
  return { value, claim: { ...own.claim, note: [own.claim.note, more].filter(Boolean).join("; ") } };
}

function columnsOf({ name, listing, stated }: TableFacts): Claimed<Column[]> {
  const given = Object.entries(stated?.table.columns ?? {});
  const columns = new Map<string, Column>((listing?.columns ?? []).map(({ column }) => [column.name, column]));
  for (const [column, type] of given) {
    const { precision, scale, format, values, shape, ...rest } = columns.get(column) ?? {
      name: column,
      nullable: true,
    };
    const kept = type === "json" && shape !== undefined ? { shape } : {};
    columns.set(column, { ...rest, ...kept, type, ...(type === "decimal" ? MONEY : {}) });
  }
  const bound = new Set(
    stated?.table.parent?.bind.map((bind) => bind.column) ?? listing?.parent?.bind.map((bind) => bind.column),
  );
  const missing = (stated?.table.primary_key ?? []).filter((key) => !columns.has(key) && !bound.has(key));
  if (listing !== undefined && columns.size > 0 && missing[0] !== undefined)
    throw noColumn(missing[0], { name, columns: [...columns.keys()] });
  for (const key of missing) columns.set(key, { name: key, type: "string", nullable: false });
  return { value: [...columns.values()], claim: columnsClaim({ listing, stated, missing, given: given.length > 0 }) };
}

function columnsClaim(facts: {
  listing: Listing | undefined;
  stated: StatedTable | undefined;
  missing: string[];
  given: boolean;
}): DraftClaim {
  const { listing, stated, missing, given } = facts;
  const fromSpec = given && stated ? statedAt(stated, "columns") : undefined;
  if (listing === undefined) {
    if (missing.length > 0 || !given) {
      const which =
        missing.length > 0
          ? `The type of ${missing.join(", ")} is not stated; text is taken.`
          : "No columns are stated.";
      return unproven(which, [fromSpec]);
    }
    return documented([fromSpec]);
  }
  const guesses = listing.columns.flatMap((column) => column.guessed ?? []);
  const choice = listing.operation.parameters.find(
    (one) => one.in === "query" && /^(opt_|include_)?fields$|^\$?select$/.test(one.name),
  );
  if (choice !== undefined)
    guesses.push(`${choice.name} chooses which fields are sent; without it the source's own choice comes`);
  return documented(
    [fromSpec, ...listing.records.shape.sources.slice(0, 3).map((node) => at(node))],
    guesses.join("; "),
  );
}

function advanceOf(facts: TableFacts, { isChild, columns }: { isChild: boolean; columns: Column[] }): AdvanceResult {
  const { listing, stated, incremental, name } = facts;
  const found = listing === undefined ? undefined : findAdvance(listing);
  const partial = found?.partial === undefined ? {} : { partial: found.partial };
  const full = { kind: "full" as const };
  if (incremental === "none") return { value: full, claim: documented([{ spec: "/incremental" }]), ...partial };
  const given = stated?.table.incremental;
  if (stated !== undefined && given === "none")
    return { value: full, claim: documented([statedAt(stated, "incremental")]), ...partial };
  if (stated !== undefined && given !== undefined && given !== "auto") {
    const value = given === "none" ? full : given;
    if (value.kind !== "full") addCursorColumn(value, { name, columns, described: listing !== undefined });
    return { value, claim: documented([statedAt(stated, "incremental")]) };
  }
  if (found === undefined)
    return { value: full, claim: unproven("The spec does not say how the table advances: all is read at each sync.") };
  if (!isChild || found.value.kind === "full") return found;
  const reason = "Rows are listed per row of the parent, so all are read at each sync.";
  return { value: full, claim: unproven(reason, found.claim.cite ?? []), ...partial };
}

/** A described table must have the column; one that only the spec knows gets it. */
function addCursorColumn(
  advance: Exclude<Advance, { kind: "full" }>,
  { name, columns, described }: { name: string; columns: Column[]; described: boolean },
): void {
  if (columns.some((column) => column.name === advance.column)) return;
  if (described) throw noColumn(advance.column, { name, columns: columns.map((column) => column.name) });
  const type =
    advance.kind === "steps" || advance.format === "integer"
      ? "integer"
      : advance.format === "date"
        ? "date"
        : "timestamp";
  const epoch =
    advance.kind === "cursor" && (advance.format === "epoch_seconds" || advance.format === "epoch_milliseconds");
  const plain = advance.kind === "cursor" && advance.format === "string";
  columns.push({
    name: advance.column,
    type: plain ? "string" : type,
    nullable: true,
    ...(epoch && advance.kind === "cursor" ? { format: advance.format as "epoch_seconds" | "epoch_milliseconds" } : {}),
  });
}

function noColumn(column: string, { name, columns }: { name: string; columns: string[] }): UserError {
  const near = nearest(column, columns);
  return new UserError(`Table ${name} has no column ${column}.`, {
    hint: near === undefined ? `Its columns: ${columns.slice(0, 20).join(", ")}.` : `Did you mean ${near}?`,
  });
}
