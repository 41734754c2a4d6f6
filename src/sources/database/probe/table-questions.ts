/** The questions about one table: its columns, their types, its key, and the column that it advances by. */
import { type Blueprint, type Column, claimKey } from "../../../artifacts/blueprint.ts";
import type { ProbeFinding } from "../../live.ts";
import type { DatabaseBlueprint, DatabaseTable } from "../complete.ts";
import { nullsIn } from "../describe/advance.ts";
import { type CatalogueTable, tableLines } from "../describe/catalogue.ts";
import { lookAtValues } from "../describe/values.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import { columnType } from "../engines/types.ts";
import { type Asker, numberOf } from "./asker.ts";

export interface TableProbe {
  blueprint: DatabaseBlueprint;
  table: DatabaseTable;
  /** What the catalogue has under the table's name. */
  found: CatalogueTable;
  ask: Asker;
}

type Found = Omit<ProbeFinding, "key" | "question">;

/** Rows in which a key is looked at, where no index vouches for it. */
const SAMPLE = 100_000;

export async function askColumns({ blueprint, table, found }: TableProbe): Promise<Found> {
  const there = new Set(found.columns.filter(({ readable }) => readable).map(({ name }) => name));
  const declared = new Set(table.columns.map(({ name }) => name));
  const absent = [...declared].filter((name) => !there.has(name));
  const extra = [...there].filter((name) => !declared.has(name));
  if (absent.length > 0) {
    const corrected = corrections(blueprint, table, (columns) => columns.filter(({ name }) => there.has(name)));
    return {
      verdict: "refutes",
      says: `The table has no column ${absent.join(", ")} that the user may select.`,
      exchanges: [],
      instead: `columns without ${absent.join(", ")}`,
      corrected,
    };
  }
  if (extra.length > 0) {
    const added = found.columns
      .filter(({ name }) => extra.includes(name))
      .map((column): Column => {
        const { note: _, ...typed } = columnType(blueprint.source.engine, column.type);
        return { name: column.name, ...typed, nullable: column.nullable };
      });
    const corrected = corrections(blueprint, table, (columns) => [...columns, ...added]);
    return {
      verdict: "refutes",
      says: `The table has ${extra.join(", ")} besides the declared columns.`,
      exchanges: [],
      instead: "these columns, too",
      corrected,
    };
  }
  return {
    verdict: "confirms",
    says: `The catalogue has the ${declared.size} declared columns, and no others.`,
    exchanges: [],
  };
}

export async function askTypes({ blueprint, table, found, ask }: TableProbe): Promise<Found> {
  const { engine } = blueprint.source;
  const exchanges: Found["exchanges"] = [];
  const rows = async (sql: string) => {
    const asked = await ask(sql);
    exchanges.push(asked.exchange);
    return asked.rows;
  };
  const types = new Map(table.columns.map(({ name, type }) => [name, { type }]));
  const looked = await lookAtValues({ rows }, { engine, table: found, types });
  const wrong = [...looked.types].filter(([name, typed]) => typed.type !== types.get(name)?.type);
  if (wrong.length === 0)
    return { verdict: "confirms", says: `The values of ${looked.rows} rows fit the declared types.`, exchanges };
  const says = wrong.map(([name, typed]) => typed.note ?? `${name} is ${typed.type}`).join("; ");
  const corrected = corrections(blueprint, table, (columns) =>
    columns.map((column) => {
      const typed = wrong.find(([name]) => name === column.name)?.[1];
      if (typed === undefined) return column;
      const { precision: _, scale: __, ...rest } = column;
      return { ...rest, type: typed.type };
    }),
  );
  return {
    verdict: "refutes",
    says: `${says}.`,
    exchanges,
    instead: wrong.map(([name, { type }]) => `${name}: ${type}`).join(", "),
    corrected,
  };
}

export async function askKey({ blueprint, table, found, ask }: TableProbe): Promise<Found | undefined> {
  const { engine } = blueprint.source;
  const key = table.primary_key;
  if (key.length === 0) return undefined;
  const vouched = found.indexes.find(
    ({ unique, partial, columns }) =>
      unique && !partial && columns.length > 0 && columns.every((column) => key.includes(column)),
  );
  const names = key.map((name) => quoteName(engine, name));
  const relation = quoteRelation(engine, found);
  const nullable = key.filter((name) => found.columns.find((column) => column.name === name)?.nullable !== false);
  const exchanges: Found["exchanges"] = [];
  if (nullable.length > 0) {
    const blank = await ask(
      `SELECT count(*) AS n FROM ${relation} WHERE ${nullable.map((name) => `${quoteName(engine, name)} IS NULL`).join(" OR ")}`,
    );
    exchanges.push(blank.exchange);
    const count = numberOf(blank.rows[0]?.[0]);
    if (count > 0)
      return {
        verdict: "refutes",
        says: `${key.join(", ")} is null in ${count} rows.`,
        exchanges,
        instead: "another key, or none",
      };
  }
  if (vouched !== undefined) {
    const line = tableLines(found).indexes[found.indexes.indexOf(vouched)]?.trim() ?? vouched.name;
    return { verdict: "confirms", says: `The database itself keeps the key unique: ${line}.`, exchanges };
  }
  const doubled = await ask(
    `SELECT count(*) AS n FROM (SELECT ${names.join(", ")} FROM (SELECT ${names.join(", ")} FROM ${relation} LIMIT ${SAMPLE}) AS s GROUP BY ${names.join(", ")} HAVING count(*) > 1) AS d`,
  );
  exchanges.push(doubled.exchange);
  const count = numberOf(doubled.rows[0]?.[0]);
  if (count > 0)
    return {
      verdict: "refutes",
      says: `${count} values of ${key.join(", ")} occur more than once.`,
      exchanges,
      instead: "another key, or none",
    };
  return {
    verdict: "confirms",
    says: `No value of ${key.join(", ")} occurs twice among at most ${SAMPLE} rows; no index vouches for the rest.`,
    exchanges,
  };
}

export async function askCursor({ blueprint, table, found, ask }: TableProbe): Promise<Found | undefined> {
  const { engine } = blueprint.source;
  if (table.advance.kind !== "column") return undefined;
  const name = table.advance.column;
  const column = found.columns.find((one) => one.name === name);
  if (column === undefined)
    return { verdict: "refutes", says: `The table has no column ${name}.`, exchanges: [], instead: "full" };
  const exchanges: Found["exchanges"] = [];
  const rows = async (sql: string) => {
    const asked = await ask(sql);
    exchanges.push(asked.exchange);
    return asked.rows;
  };
  const nulls = column.nullable ? await nullsIn({ rows }, { engine, table: found, column: name }) : 0;
  const indexed = found.indexes.some(({ partial, columns }) => !partial && columns[0] === name);
  const cost = indexed ? "an index begins with it" : "no index begins with it, so each sync sorts the table";
  if (nulls > 0) {
    return {
      verdict: "refutes",
      says: `${name} is null in ${nulls} rows: these are read again at each sync; ${cost}.`,
      exchanges,
      instead: "full, or a column that every row has",
    };
  }
  return { verdict: "confirms", says: `Every row has a value in ${name}; ${cost}.`, exchanges };
}

function corrections(
  blueprint: DatabaseBlueprint,
  table: DatabaseTable,
  change: (columns: Column[]) => Column[],
): Blueprint {
  const tables = blueprint.tables.map((one) =>
    one.name === table.name ? { ...one, columns: change(one.columns) } : one,
  );
  return { ...blueprint, tables };
}

export const TABLE_QUESTIONS = [
  { field: "columns", question: "Are the table's columns the declared ones?", ask: askColumns },
  { field: "columns", question: "Do the values fit the declared types?", ask: askTypes },
  { field: "primary_key", question: "Is the key unique and never null?", ask: askKey },
  {
    field: "advance",
    question: "Has every row a value in the column the table advances by, and is there an index?",
    ask: askCursor,
  },
] as const;

export function tableKey(table: DatabaseTable, field: (typeof TABLE_QUESTIONS)[number]["field"] | "read"): string {
  return claimKey(table.name, field);
}
