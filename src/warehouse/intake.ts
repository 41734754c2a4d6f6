/**
 * From operations to folds: finds each value's column, makes columns as they come, converts values to the types of
 * their columns, and identifies rows. It never waits; where a type must widen first it says so and is called again.
 */
import { createHash } from "node:crypto";
import { canonicalWire } from "./canonical.ts";
import {
  type Catalog,
  type ColumnState,
  ensureColumn,
  ensureTable,
  findTable,
  isHashed,
  keySlots,
  type TableState,
} from "./catalog.ts";
import { ConnectorFault } from "./fault.ts";
import { type Fold, foldDelete, foldTruncate, foldUpdate, foldUpsert, type Key } from "./fold.ts";
import { joinTypes, NATURAL_TYPE, type StoredType } from "./types.ts";
import { type Converter, converter, MISFIT, type Value } from "./values.ts";
import type { Operation, Row, WireType, WireValue } from "./warehouse.ts";

/** A column whose type must change before the operation can be taken. */
export interface Widening {
  table: TableState;
  column: ColumnState;
  to: StoredType;
}

export interface Intake {
  /** Folds one operation in, or says what must widen first. Throws `ConnectorFault`. */
  take(operation: Operation): Widening | undefined;
  schemaChanges: number;
  rows: Record<string, number>;
}

type RowOperation = Exclude<Operation, { kind: "truncate" }>;

/** What was found out about rows of one form: it holds as long as the table's version does. */
interface Plan {
  version: number;
  types: readonly WireType[];
  slots: number[];
  set: ReadonlySet<number>;
  converters: (Converter | undefined)[];
  /** Where in the row each column of the key is; -1 where it is not. */
  keyAt: number[];
  key: ColumnState[];
}

/** What is remembered of a table while a sync runs. */
interface TableIntake {
  table: TableState;
  plans: Map<readonly string[], Plan>;
  /** The order of columns seen -> its one list: rows given as maps share it, too. */
  forms: Map<string, readonly string[]>;
  /** Columns of the first upsert, sorted. */
  firstColumns: string | undefined;
  checked: Set<readonly string[]>;
  /** Columns that come from now on are changes to a table that is known. */
  known: boolean;
  /** What people were told of already. */
  warned: Set<string>;
}

/** Forms of rows that are kept; beyond, they are prepared again. */
const MAX_FORMS = 1000;

export function createIntake(catalog: Catalog, foldOf: (table: TableState) => Fold): Intake {
  const tables = new Map<string, TableIntake>();
  const intake: Intake = { take, schemaChanges: 0, rows: {} };
  return intake;

  function take(operation: Operation): Widening | undefined {
    if (operation.kind === "truncate") {
      const table = findTable(catalog, operation.table);
      if (table !== undefined) foldTruncate(foldOf(table));
      return undefined;
    }
    // Nothing can be changed or deleted in a table that has no rows yet.
    if (operation.kind !== "upsert" && findTable(catalog, operation.table) === undefined) return undefined;
    const known = tables.get(operation.table) ?? openTable(operation.table);
    return takeRow(known, operation);
  }

  function openTable(source: string): TableIntake {
    const isNew = findTable(catalog, source) === undefined;
    const table = ensureTable(catalog, source);
    if (isNew) intake.schemaChanges++;
    const opened: TableIntake = {
      table,
      plans: new Map(),
      forms: new Map(),
      firstColumns: undefined,
      checked: new Set(),
      known: !isNew,
      warned: new Set(),
    };
    tables.set(source, opened);
    return opened;
  }

  function takeRow(known: TableIntake, { kind, row: given }: RowOperation): Widening | undefined {
    const { table } = known;
    const full = given instanceof Map ? toRow(known, given) : given;
    const row = kind === "delete" ? keyOnly(table, full) : full;
    const plan = known.plans.get(row.names) ?? addPlan(known, row.names);
    if (plan.types !== row.types || plan.version !== table.version) {
      const widening = prepare(known, plan, row);
      if (widening !== undefined) return widening;
    }
    const cells = new Array<Value | null>(plan.slots.length);
    for (let i = 0; i < row.values.length; i++) {
      const value = row.values[i] ?? null;
      const convert = value === null ? undefined : plan.converters[i];
      const cell = convert === undefined ? value : convert(value as Value);
      if (cell === MISFIT) {
        const column = table.columns[plan.slots[i] as number] as ColumnState;
        if (column.type !== undefined) return misfit(table, column, value as Value);
        settle(known, column, "VARCHAR");
        return takeRow(known, { kind, table: table.name, row });
      }
      cells[i] = cell;
    }
    fold(known, { kind, row, plan, cells });
    return undefined;
  }

  function fold(
    known: TableIntake,
    { kind, row, plan, cells }: { kind: RowOperation["kind"]; row: Row; plan: Plan; cells: (Value | null)[] },
  ): void {
    const { table } = known;
    const hashed = isHashed(plan.key[0]);
    if (hashed && kind === "update") {
      warnOnce(known, "update", `an update of table ${table.name} has no effect: the table has no key`);
      return;
    }
    if (hashed) cells[cells.length - 1] = rowHash(row);
    const folded = { key: keyOf(table, plan, cells), slots: plan.slots, cells };
    const target = foldOf(table);
    if (kind === "delete") foldDelete(target, keyCells(plan, folded.key, cells));
    else if (kind === "update") foldUpdate(target, folded, plan.set);
    else foldUpsert(target, folded);
    if (kind === "upsert" && !known.checked.has(row.names)) checkColumns(known, row.names);
    if (kind !== "delete") intake.rows[table.name] = (intake.rows[table.name] ?? 0) + 1;
    known.known = true;
  }

  function addPlan(known: TableIntake, names: readonly string[]): Plan {
    const { table } = known;
    const slots = names.map((name) => ensureColumn(catalog, table, name));
    const key = keySlots(table);
    if (isHashed(table.columns[key[0] as number])) slots.push(key[0] as number);
    const plan = { version: -1, types: [], slots, set: new Set(slots), converters: [], keyAt: [], key: [] };
    if (known.plans.size >= MAX_FORMS) known.plans.clear();
    known.plans.set(names, plan);
    return plan;
  }

  /** Settles the column types and finds the converters for a row's types. */
  function prepare(known: TableIntake, plan: Plan, row: Row): Widening | undefined {
    const { table } = known;
    for (let i = 0; i < row.types.length; i++) {
      const wire = row.types[i] as WireType;
      const column = table.columns[plan.slots[i] as number] as ColumnState;
      if (wire === "unspecified" || (wire === "decimal" && column.type !== undefined) || column.declared) continue;
      const natural = NATURAL_TYPE[wire];
      const to = column.type === undefined ? natural : joinTypes(column.type, natural);
      if (to === column.type) continue;
      if (column.type !== undefined) return { table, column, to };
      settle(known, column, to);
    }
    plan.key = keySlots(table).map((slot) => table.columns[slot] as ColumnState);
    plan.keyAt = keySlots(table).map((slot) => plan.slots.lastIndexOf(slot));
    plan.converters = row.types.map((wire, i) => {
      const column = table.columns[plan.slots[i] as number] as ColumnState;
      if (column.type === undefined) return () => MISFIT;
      return converter(NATURAL_TYPE[wire], column.type, () => warnRounded(known, column));
    });
    plan.types = row.types;
    plan.version = table.version;
    return undefined;
  }

  function settle(known: TableIntake, column: ColumnState, type: StoredType): void {
    column.type = type;
    known.table.version++;
    if (known.known && !column.listed) intake.schemaChanges++;
  }

  function checkColumns(known: TableIntake, names: readonly string[]): void {
    known.checked.add(names);
    const columns = [...names].sort();
    const text = JSON.stringify(columns);
    known.firstColumns ??= text;
    if (known.firstColumns === text) return;
    const first = JSON.parse(known.firstColumns) as string[];
    const differing = [
      ...columns.filter((name) => !first.includes(name)),
      ...first.filter((name) => !columns.includes(name)),
    ];
    const list = differing.slice(0, 5).join(", ");
    warnOnce(
      known,
      "columns",
      `upserts of table ${known.table.name} have differing columns (${list}): an upsert replaces the row, so a column it leaves out becomes null`,
    );
  }

  function warnRounded(known: TableIntake, column: ColumnState): void {
    const text = `values of column ${column.name} of table ${known.table.name} were rounded to ${column.type}`;
    warnOnce(known, text, text);
  }

  function warnOnce(known: TableIntake, about: string, text: string): void {
    if (known.warned.has(about)) return;
    known.warned.add(about);
    catalog.warn(text);
  }
}

function misfit(table: TableState, column: ColumnState, value: Value): Widening {
  if (column.declared) {
    const shown = value instanceof Uint8Array ? "bytes" : `"${String(value).slice(0, 80)}"`;
    throw new ConnectorFault(
      `${shown} in column ${column.name} of table ${table.name} does not fit its type ${column.type}`,
    );
  }
  return { table, column, to: "VARCHAR" };
}

/** A delete names rows by key; whatever else it carries makes no columns. Without a key all its values count. */
function keyOnly(table: TableState, row: Row): Row {
  const kept = row.names.flatMap((name, i) => (table.columns[table.bySource.get(name) ?? -1]?.key ? [i] : []));
  const hashed = table.columns.some((column) => column.key && isHashed(column));
  if (hashed || kept.length === row.names.length) return row;
  return {
    names: kept.map((i) => row.names[i] as string),
    types: kept.map((i) => row.types[i] as WireType),
    values: kept.map((i) => row.values[i] ?? null),
  };
}

function toRow(known: TableIntake, given: ReadonlyMap<string, WireValue>): Row {
  const order = JSON.stringify([...given.keys()]);
  let names = known.forms.get(order);
  if (names === undefined) {
    names = [...given.keys()];
    if (known.forms.size >= MAX_FORMS) known.forms.clear();
    known.forms.set(order, names);
  }
  const values = [...given.values()];
  return {
    names,
    types: values.map((value) => value?.type ?? "unspecified"),
    values: values.map((value) => value?.value ?? null),
  };
}

/** Throws `ConnectorFault` when a column of the key has no value. */
function keyOf(table: TableState, plan: Plan, cells: readonly (Value | null)[]): Key {
  const single = plan.keyAt.length === 1;
  let compound = "";
  for (let i = 0; i < plan.keyAt.length; i++) {
    const cell = cells[plan.keyAt[i] as number] ?? null;
    if (cell === null) {
      throw new ConnectorFault(
        `a row of table ${table.name} has no value for ${plan.key[i]?.name}, a column of its key`,
      );
    }
    const part = cell instanceof Uint8Array ? Buffer.from(cell).toString("hex") : cell;
    if (single) return part;
    const text = String(part);
    compound += `${text.length}:${text}`;
  }
  return compound;
}

function keyCells(plan: Plan, key: Key, cells: readonly (Value | null)[]) {
  return {
    key,
    slots: plan.keyAt.map((at) => plan.slots[at] as number),
    cells: plan.keyAt.map((at) => cells[at] ?? null),
  };
}

/** Identity of a row without a key: a hash of its values, names in order, nulls left out. */
function rowHash(row: Row): string {
  const parts = row.names.flatMap((name, i) => {
    const value = row.values[i] ?? null;
    const text = value === null ? null : canonicalWire({ type: row.types[i] as WireType, value });
    return text === null ? [] : [JSON.stringify([name, text])];
  });
  return createHash("sha256").update(parts.sort().join()).digest("base64url");
}
