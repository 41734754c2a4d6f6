/**
 * What the warehouse knows of its tables beyond what DuckDB does: names in the connector, keys, which types were
 * declared. Kept as one JSON text in the file, changed in the same transaction as the tables themselves.
 */
import { z } from "zod";
import { ConnectorFault } from "./fault.ts";
import { columnName, type Naming, tableName } from "./naming.ts";
import { identifierKey } from "./sql.ts";
import { joinTypes, MAX_DECIMAL_DIGITS, NATURAL_TYPE, type StoredType } from "./types.ts";
import type { DeclaredColumn, DeclaredTable } from "./warehouse.ts";

export const SYNCED_COLUMN = "_fivetran_synced";
export const DELETED_COLUMN = "_fivetran_deleted";
export const ID_COLUMN = "_fivetran_id";

export interface ColumnState {
  name: string;
  /** Names that the connector gave it; more than one only after a collision. */
  sources: string[];
  /** Undefined until declared or seen with a value. */
  type: StoredType | undefined;
  /** The type was declared: values are cast to it, and it never widens by itself. */
  declared: boolean;
  /** Named in `schema()`: it exists even if it never has a value. */
  listed: boolean;
  key: boolean;
  /** Not the table's own: what serves as key of a table without one, a hash of the row unless rows bring it (`sources`). */
  generated: boolean;
  /** Type that the column has in the file now; undefined when it is not there. */
  stored: StoredType | undefined;
}

export interface TableState {
  name: string;
  sources: string[];
  /** A column's index is its slot, for as long as the catalog is loaded. */
  columns: ColumnState[];
  stored: boolean;
  /** Changes whenever a column's type or the key does, so that whoever prepared for them prepares again. */
  version: number;
  bySource: Map<string, number>;
}

export interface Catalog {
  naming: Naming;
  tables: Map<string, TableState>;
  bySource: Map<string, TableState>;
  /** Told of what people should know. */
  warn: (text: string) => void;
}

const columnSchema = z.object({
  name: z.string(),
  sources: z.array(z.string()),
  type: z.string().nullable(),
  declared: z.boolean(),
  listed: z.boolean(),
  key: z.boolean(),
  generated: z.boolean(),
});
const catalogSchema = z.object({
  version: z.literal(1),
  naming: z.enum(["fivetran", "source"]),
  tables: z.array(z.object({ name: z.string(), sources: z.array(z.string()), columns: z.array(columnSchema) })),
});

export function newCatalog(naming: Naming): Catalog {
  return { naming, tables: new Map(), bySource: new Map(), warn: () => {} };
}

export function readCatalog(json: string): Catalog {
  const { naming, tables } = catalogSchema.parse(JSON.parse(json));
  const catalog = newCatalog(naming);
  for (const { name, sources, columns } of tables) {
    const table: TableState = { name, sources, columns: [], stored: true, version: 0, bySource: new Map() };
    for (const column of columns) {
      const type = (column.type ?? undefined) as StoredType | undefined;
      for (const source of column.sources) table.bySource.set(source, table.columns.length);
      table.columns.push({ ...column, type, stored: type ?? "VARCHAR" });
    }
    catalog.tables.set(identifierKey(name), table);
    for (const source of sources) catalog.bySource.set(source, table);
  }
  return catalog;
}

/** The catalog's text, of what is or is about to be in the file. */
export function writeCatalog(catalog: Catalog): string {
  const tables = [...catalog.tables.values()].map(({ name, sources, columns }) => ({
    name,
    sources,
    columns: columns.filter(exists).map(({ stored: _stored, type, ...column }) => ({ ...column, type: type ?? null })),
  }));
  return JSON.stringify({ version: 1, naming: catalog.naming, tables });
}

/** Whether a column belongs in the file: one that never had a value and was not declared does not. */
export function exists(column: ColumnState): boolean {
  return column.type !== undefined || column.listed;
}

/** The table that the connector calls so; undefined before it was declared or had a row. */
export function findTable(catalog: Catalog, source: string): TableState | undefined {
  return catalog.bySource.get(source);
}

/** The same, made if need be: without a key until declared otherwise. */
export function ensureTable(catalog: Catalog, source: string): TableState {
  const known = catalog.bySource.get(source);
  if (known !== undefined) return known;
  const name = tableName(source, catalog.naming);
  let table = catalog.tables.get(identifierKey(name));
  if (table === undefined) {
    table = { name, sources: [], columns: [], stored: false, version: 0, bySource: new Map() };
    catalog.tables.set(identifierKey(name), table);
  } else {
    catalog.warn(`tables "${table.sources[0]}" and "${source}" are both named "${table.name}" and become one`);
  }
  table.sources.push(source);
  catalog.bySource.set(source, table);
  return table;
}

/** The slot of a column, made if need be. Throws `ConnectorFault` for names that the platform keeps for itself. */
export function ensureColumn(catalog: Catalog, table: TableState, source: string): number {
  const known = table.bySource.get(source);
  if (known !== undefined) return known;
  const name = columnName(source, catalog.naming);
  const id = identifierKey(name);
  const slot = table.columns.findIndex((column) => identifierKey(column.name) === id);
  const column = table.columns[slot];
  if (id === SYNCED_COLUMN || id === DELETED_COLUMN || column?.generated) {
    throw new ConnectorFault(`table ${table.name} has a column "${source}", a name that the platform keeps for itself`);
  }
  if (column === undefined) {
    table.columns.push(makeColumn(name, source));
    table.bySource.set(source, table.columns.length - 1);
    return table.columns.length - 1;
  }
  catalog.warn(
    `columns "${column.sources[0]}" and "${source}" of table ${table.name} are both named "${column.name}" and become one`,
  );
  column.sources.push(source);
  table.bySource.set(source, slot);
  return slot;
}

/** Takes a declared table into the catalog. Returns the number of changes: one for a new table, else one per column. */
export function declareTable(catalog: Catalog, declared: DeclaredTable): number {
  const isNew = findTable(catalog, declared.name) === undefined;
  const table = ensureTable(catalog, declared.name);
  const before = keyNames(table);
  const types = table.columns.map((column) => column.type);
  for (const column of table.columns) column.declared = false;
  for (const column of declared.columns) declareColumn(catalog, table, column);
  const names = new Set(declared.columns.filter((column) => column.primaryKey).map((column) => column.name));
  for (const column of table.columns) column.key = column.sources.some((source) => names.has(source));
  if (names.size === 0) identify(table, declared.identity);
  const after = keyNames(table);
  if (!isNew && before !== after) {
    catalog.warn(
      `the key of table ${table.name} changes from (${before}) to (${after}): rows there keep their old identity`,
    );
  }
  table.version++;
  return isNew ? 1 : table.columns.filter((column, slot) => types[slot] !== column.type).length;
}

/** Slots of the key, a generated one where none was declared. */
export function keySlots(table: TableState): number[] {
  const slots = table.columns.flatMap((column, slot) => (column.key ? [slot] : []));
  return slots.length > 0 ? slots : [generateKey(table)];
}

/** Whether rows are told by a hash of their values: they have no key, and bring nothing else. */
export function isHashed(column: ColumnState | undefined): boolean {
  return column?.generated === true && column.sources.length === 0;
}

/** A key for a table that has none: made by the warehouse, or brought by the rows under that name. */
function identify(table: TableState, source: string | undefined): void {
  const slot = generateKey(table);
  if (source === undefined || table.bySource.has(source)) return;
  table.columns[slot]?.sources.push(source);
  table.bySource.set(source, slot);
}

function makeColumn(name: string, source: string): ColumnState {
  return {
    name,
    sources: [source],
    type: undefined,
    declared: false,
    listed: false,
    key: false,
    generated: false,
    stored: undefined,
  };
}

function declareColumn(catalog: Catalog, table: TableState, declared: DeclaredColumn): void {
  const column = table.columns[ensureColumn(catalog, table, declared.name)] as ColumnState;
  column.listed = true;
  if (declared.type === "unspecified") return;
  const type = declaredType(catalog, table, declared);
  const joined = column.type === undefined ? type : joinTypes(column.type, type);
  if (joined !== type) {
    catalog.warn(
      `column ${declared.name} of table ${table.name} is declared ${type} and stays ${joined}: it holds values of before`,
    );
  }
  column.type = joined;
  column.declared = true;
}

function declaredType(
  catalog: Catalog,
  table: TableState,
  { name, type, precision, scale }: DeclaredColumn,
): StoredType {
  if (type !== "decimal") return NATURAL_TYPE[type];
  const digits = precision ?? 0;
  const fraction = scale ?? 0;
  if (digits < 1 || fraction < 0 || fraction > digits) {
    throw new ConnectorFault(
      `column ${name} of table ${table.name} is declared DECIMAL(${digits},${fraction}), which is not a type`,
    );
  }
  if (digits <= MAX_DECIMAL_DIGITS) return `DECIMAL(${digits},${fraction})`;
  catalog.warn(
    `column ${name} of table ${table.name} has ${digits} digits, more than ${MAX_DECIMAL_DIGITS}: kept as text`,
  );
  return "VARCHAR";
}

function generateKey(table: TableState): number {
  const slot = table.columns.findIndex((column) => column.generated);
  if (slot >= 0) {
    (table.columns[slot] as ColumnState).key = true;
    return slot;
  }
  if (table.columns.some((column) => identifierKey(column.name) === ID_COLUMN)) {
    throw new ConnectorFault(
      `table ${table.name} has no key, and a column "${ID_COLUMN}", a name that the platform keeps for itself`,
    );
  }
  const column = makeColumn(ID_COLUMN, ID_COLUMN);
  table.columns.push({ ...column, sources: [], type: "VARCHAR", listed: true, key: true, generated: true });
  return table.columns.length - 1;
}

function keyNames(table: TableState): string {
  return table.columns
    .filter((column) => column.key)
    .map((column) => column.name)
    .join(", ");
}
