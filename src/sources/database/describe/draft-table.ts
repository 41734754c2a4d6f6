/** One table of the blueprint, with what its fields rest on. */
import { type Claim, type Column, type ColumnType, claimKey } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import type { Deletes } from "../../../artifacts/reading.ts";
import { UserError } from "../../../errors.ts";
import { nearest } from "../../../system/nearest.ts";
import type { DatabaseTable } from "../complete.ts";
import { columnType, type TypedColumn } from "../engines/types.ts";
import type { Session } from "../live/session.ts";
import { type DatabaseAdvance, findAdvance, nullsIn, snake } from "./advance.ts";
import { type CatalogueTable, nameOf, tableLines } from "./catalogue.ts";
import type { Chosen } from "./choose.ts";
import { documented, type EvidenceBook, unproven } from "./evidence.ts";
import { lookAtValues } from "./values.ts";

export interface Drafted {
  table: DatabaseTable;
  claims: Record<string, Claim>;
  /** Columns that are left out. */
  skipped: { name: string; reason: string }[];
}

export interface DraftContext {
  engine: Engine;
  book: EvidenceBook;
  /** Without one nothing is known of the rows: the catalogue comes from a file. */
  session: Pick<Session, "rows"> | undefined;
  incremental: "auto" | "none";
}

export async function draftTable(chosen: Chosen, context: DraftContext): Promise<Drafted> {
  const { table, name } = chosen;
  const { book } = context;
  const lines = tableLines(table);
  const section = book.catalogue([lines.head, ...lines.columns.values()]);
  const types = await typesOf(chosen, context);
  const columns = table.columns
    .filter(({ readable }) => readable)
    .map((column): Column => {
      const { note: _, ...typed } = types.get(column.name) ?? { type: "string" as const };
      return {
        name: column.name,
        ...typed,
        nullable: column.nullable,
        ...(column.comment === undefined ? {} : { description: column.comment }),
        ...(column.values === undefined || typed.type !== "string" ? {} : { values: column.values }),
      };
    });
  const key = await keyOf(chosen, { columns, context });
  const advance = await advanceOf(chosen, { columns, key: key.value, context });
  const deletes = deletesOf(chosen, { columns, advance: advance.value, book, section });
  const notes = [...types.values()].flatMap(({ note }) => note ?? []);
  const read: DatabaseTable["read"] = {
    kind: "database",
    ...(table.schema === undefined ? {} : { schema: table.schema }),
    relation: table.relation,
    batch: portionOf(table),
    types: Object.fromEntries(
      table.columns.filter(({ readable }) => readable).map((column) => [column.name, column.type]),
    ),
  };
  const security = table.rowSecurity
    ? "row-level security is on: the user sees the rows that policies show it, and no others"
    : "";
  const keyed = key.value.map((column) => columns.findIndex((one) => one.name === column));
  return {
    table: {
      name,
      ...(table.comment === undefined ? {} : { description: table.comment }),
      primary_key: key.value,
      columns: columns.map((column, index) => (keyed.includes(index) ? { ...column, nullable: false } : column)),
      read,
      advance: advance.value,
      deletes: deletes.value,
    },
    claims: {
      [claimKey(name, "read")]: documented([section], security),
      [claimKey(name, "primary_key")]: key.claim,
      [claimKey(name, "columns")]: documented([section], notes.join("; ")),
      [claimKey(name, "advance")]: advance.claim,
      [claimKey(name, "deletes")]: deletes.claim,
    },
    skipped: table.columns
      .filter(({ readable }) => !readable)
      .map((column) => ({
        name: `${nameOf(table)}.${column.name}`,
        reason: "The user may not select this column: grant SELECT on it to have it read.",
      })),
  };
}

/** The catalogue's types, bent by what is really there, and by what the spec states. */
async function typesOf(
  { table, stated }: Chosen,
  { engine, session }: DraftContext,
): Promise<Map<string, TypedColumn>> {
  const types = new Map(
    table.columns.filter(({ readable }) => readable).map((column) => [column.name, columnType(engine, column.type)]),
  );
  const looked = session === undefined ? undefined : await lookAtValues(session, { engine, table, types });
  for (const [column, typed] of looked?.types ?? []) types.set(column, typed);
  for (const [column, type] of Object.entries(stated?.table.columns ?? {})) {
    const known = types.get(column);
    if (known === undefined) throw unknownColumn(table, column);
    types.set(column, restated(known, type));
  }
  return types;
}

function restated(known: TypedColumn, type: ColumnType): TypedColumn {
  const size = type === "decimal" && known.type === "decimal" ? { precision: known.precision, scale: known.scale } : {};
  return {
    type,
    ...(size as Partial<TypedColumn>),
    note: known.type === type ? (known.note ?? "") : `taken as ${type} because the spec says so`,
  };
}

interface KeyQuestion {
  columns: readonly Column[];
  context: DraftContext;
}

async function keyOf(
  { table, stated }: Chosen,
  { columns, context }: KeyQuestion,
): Promise<{ value: string[]; claim: Claim }> {
  const { book, engine, session } = context;
  const lines = tableLines(table);
  if (stated?.table.primary_key !== undefined) {
    const value = stated.table.primary_key;
    for (const column of value) if (!columns.some(({ name }) => name === column)) throw unknownColumn(table, column);
    return { value, claim: documented([book.spec(`${stated.pointer}/primary_key`, value)]) };
  }
  const usable = table.indexes.filter(({ unique, partial, columns: own }) => unique && !partial && own.length > 0);
  for (const index of usable) {
    const own = index.columns.map((name) => columns.find((column) => column.name === name));
    if (own.some((column) => column === undefined)) continue;
    const loose = own.filter((column) => column?.nullable === true);
    // In SQLite a primary key may hold nulls; an empty place in a key is no key anywhere.
    if (loose.length > 0 && !(index.primary && engine === "sqlite" && session !== undefined)) continue;
    let nulls = 0;
    for (const column of loose)
      nulls += session && column ? await nullsIn(session, { engine, table, column: column.name }) : 0;
    if (nulls > 0) continue;
    const line = lines.indexes[table.indexes.indexOf(index)] ?? lines.head;
    const note = index.primary ? "" : "there is no primary key; this unique index, never null, takes its place";
    return { value: index.columns, claim: documented([book.catalogue([line])], note) };
  }
  const reason = `${nameOf(table)} has no primary key and no unique index without nulls: rows that are alike in all columns are one row at the destination. State primary_key in the spec if some columns tell rows apart.`;
  return { value: [], claim: unproven(reason, [book.catalogue([lines.head])]) };
}

async function advanceOf(
  chosen: Chosen,
  { columns, key, context }: KeyQuestion & { key: string[] },
): Promise<{ value: DatabaseAdvance; claim: Claim }> {
  const { table, stated } = chosen;
  const { book, engine, session } = context;
  const wanted = stated?.table.incremental ?? context.incremental;
  if (wanted === "none") {
    const pointer = stated?.table.incremental === undefined ? "/incremental" : `${stated.pointer}/incremental`;
    return { value: { kind: "full" }, claim: documented([book.spec(pointer, wanted)]) };
  }
  if (wanted === "auto") {
    const found = await findAdvance({ engine, table, columns, primaryKey: key, session });
    const cited = [book.catalogue(found.lines)];
    return {
      value: found.value,
      claim: found.status === "unproven" ? unproven(found.text, cited) : documented(cited, found.text),
    };
  }
  if (wanted.kind !== "column" && wanted.kind !== "full") {
    throw new UserError(
      `${chosen.name} cannot advance by ${wanted.kind}: a database's tables advance by a column, or are read in full.`,
      {
        hint: "Write incremental: { kind: column, column: updated_at }, or incremental: none.",
      },
    );
  }
  const cited = [book.spec(`${stated?.pointer ?? ""}/incremental`, wanted)];
  if (wanted.kind === "full") return { value: wanted, claim: documented(cited) };
  const column = columns.find(({ name }) => name === wanted.column);
  if (column === undefined) throw unknownColumn(table, wanted.column);
  const nulls =
    column.nullable && session !== undefined ? await nullsIn(session, { engine, table, column: column.name }) : 0;
  const note = nulls === 0 ? "" : `${wanted.column} is null in ${nulls} rows: these are read again at each sync`;
  return { value: wanted, claim: documented(cited, note) };
}

/** A column that says by its name that the row is deleted, and holds a time or a truth. */
const FLAG = /^(is_)?(soft_)?deleted(_at|_on|_time|_date)?$/;

function deletesOf(
  { stated }: Chosen,
  {
    columns,
    advance,
    book,
    section,
  }: { columns: readonly Column[]; advance: DatabaseAdvance; book: EvidenceBook; section: string },
): { value: Deletes; claim: Claim } {
  const wanted = stated?.table.deletes;
  if (wanted !== undefined && stated !== undefined) {
    return { value: wanted, claim: documented([book.spec(`${stated.pointer}/deletes`, wanted)]) };
  }
  if (advance.kind === "full") {
    return {
      value: { kind: "absence" },
      claim: documented([section], "the table is read whole at each sync, so a row that is gone from it is deleted"),
    };
  }
  const flag = columns.find(
    ({ name, type, nullable }) =>
      FLAG.test(snake(name)) && (type === "boolean" || (nullable && /^(date|timestamp|local_timestamp)$/.test(type))),
  );
  if (flag !== undefined) {
    const reason = `By its name ${flag.name} tells that a row is deleted. Rows that are deleted from the table itself stay at the destination.`;
    return { value: { kind: "flag", column: flag.name, values: [] }, claim: unproven(reason, [section]) };
  }
  const reason =
    "Nothing in the table tells of deleted rows, and a sync that reads what is new does not see them: they stay at the destination. State incremental: none to have them found by reading all.";
  return { value: { kind: "none" }, claim: unproven(reason, [section]) };
}

/** About this much is held at once. */
const PORTION_BYTES = 8 * 1024 * 1024;
const MAX_PORTION = 10_000;
const MIN_PORTION = 50;

/** Rows per portion: fewer where they are wide. */
function portionOf({ columns }: CatalogueTable): number {
  const bytes = columns.reduce((sum, { width, type }) => sum + (width ?? guessedWidth(type)), 0);
  return Math.max(MIN_PORTION, Math.min(MAX_PORTION, Math.floor(PORTION_BYTES / Math.max(1, bytes) / 100) * 100));
}

function guessedWidth(type: string): number {
  if (/text|json|blob|bytea|clob|xml|\[\]/i.test(type)) return 2_000;
  const length = Number(/(?:char|binary|varying)[^(]*\((\d+)\)/i.exec(type)?.[1] ?? 8);
  return Math.min(length, 2_000);
}

function unknownColumn(table: CatalogueTable, column: string): UserError {
  const names = table.columns.map(({ name }) => name);
  const near = nearest(column, names);
  return new UserError(`${nameOf(table)} has no column ${column}.`, {
    hint: near === undefined ? `Its columns: ${names.slice(0, 20).join(", ")}.` : `Did you mean ${near}?`,
  });
}
