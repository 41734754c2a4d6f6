/** What a database's catalogue says of its tables, in one shape for all engines. */
export interface CatalogueColumn {
  name: string;
  /** The type as the catalogue writes it; of a domain, what it is based on. */
  type: string;
  nullable: boolean;
  /** Whether the user may select it. */
  readable: boolean;
  comment?: string;
  /** Of an enumeration. */
  values?: string[];
  /** Average bytes, where statistics tell. */
  width?: number;
  /** Set by the database itself at each write of the row, as `ON UPDATE CURRENT_TIMESTAMP` does. */
  maintained?: boolean;
}

export interface CatalogueIndex {
  name: string;
  unique: boolean;
  primary: boolean;
  /** In order; empty where the index is on expressions. */
  columns: string[];
  /** Covers a part of the rows only. */
  partial: boolean;
}

export interface CatalogueTable {
  schema?: string;
  relation: string;
  kind: "table" | "view" | "foreign table" | "materialized view";
  comment?: string;
  /** Estimate, where statistics tell. */
  rows?: number;
  readable: boolean;
  columns: CatalogueColumn[];
  indexes: CatalogueIndex[];
  /** Policies decide which rows the user sees. */
  rowSecurity: boolean;
  /** Source of the functions that triggers run when a row is written. */
  triggers: string[];
}

export interface Catalogue {
  /** `PostgreSQL 15.8`. */
  version: string;
  tables: CatalogueTable[];
  /** What may be there besides, but is not shown to this user: a name and the reason. */
  unseen?: { name: string; reason: string };
}

export function nameOf({ schema, relation }: Pick<CatalogueTable, "schema" | "relation">): string {
  return schema === undefined ? relation : `${schema}.${relation}`;
}

/** The lines that stand for a table in the page of the catalogue: what claims quote. */
export function tableLines(table: CatalogueTable): { head: string; columns: Map<string, string>; indexes: string[] } {
  const rows = table.rows === undefined ? "" : `, about ${table.rows} rows`;
  const facts = [
    table.readable ? "" : "not readable by this user",
    table.rowSecurity ? "row-level security" : "",
    table.comment ? `comment: ${oneLine(table.comment)}` : "",
  ].filter(Boolean);
  const head = `${table.kind.toUpperCase()} ${nameOf(table)}${rows}${facts.map((fact) => `; ${fact}`).join("")}`;
  const columns = new Map(table.columns.map((column) => [column.name, columnLine(column)]));
  const indexes = table.indexes.map((index) => {
    const what = index.primary ? "PRIMARY KEY" : index.unique ? "UNIQUE INDEX" : "INDEX";
    const on = index.columns.length === 0 ? "an expression" : index.columns.join(", ");
    return `  ${what}${index.primary ? "" : ` ${index.name}`} (${on})${index.partial ? " on a part of the rows" : ""}`;
  });
  return { head, columns, indexes };
}

/** The catalogue as a page of text. */
export function cataloguePage(catalogue: Catalogue): string {
  const parts = catalogue.tables.map((table) => {
    const { head, columns, indexes } = tableLines(table);
    const triggers = table.triggers.map((text) => `  TRIGGER ${oneLine(text)}`);
    return [head, ...columns.values(), ...indexes, ...triggers].join("\n");
  });
  return `${[catalogue.version, ...parts].join("\n\n")}\n`;
}

function columnLine(column: CatalogueColumn): string {
  const facts = [
    column.nullable ? "" : " NOT NULL",
    column.maintained ? ", set at each write" : "",
    column.values ? `, one of ${column.values.map((value) => `'${value}'`).join(" ")}` : "",
    column.readable ? "" : ", not readable by this user",
    column.comment ? `; ${oneLine(column.comment)}` : "",
  ];
  return `  ${column.name} ${column.type}${facts.join("")}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
