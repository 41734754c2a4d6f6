/**
 * What columns really hold, looked at in a bounded number of rows: a catalogue's type does not tell of NaN among numbers,
 * of infinity and zero among dates, and in SQLite of nothing at all.
 */
import type { ColumnType } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { isTinyBoolean } from "../engines/mysql-types.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import type { TypedColumn } from "../engines/types.ts";
import type { Session } from "../live/session.ts";
import type { CatalogueTable } from "./catalogue.ts";
import { decideSqlite, SQLITE_COUNTS } from "./sqlite-values.ts";

/** Rows looked at per table. */
const SAMPLE = 100_000;

export interface LookedAt {
  /** Rows that were looked at. */
  rows: number;
  /** Columns whose type is another than their declaration says. */
  types: Map<string, TypedColumn>;
}

interface Question {
  column: string;
  /** Expressions that are counted where they are true. */
  counted: string[];
  decide: (counts: number[], rows: number) => TypedColumn | undefined;
}

export async function lookAtValues(
  session: Pick<Session, "rows">,
  { engine, table, types }: { engine: Engine; table: CatalogueTable; types: ReadonlyMap<string, TypedColumn> },
): Promise<LookedAt> {
  const questions = [...types].flatMap(([column, typed]) => {
    const declared = table.columns.find(({ name }) => name === column)?.type ?? "";
    return questionOf(engine, { column, declared, type: typed.type }) ?? [];
  });
  if (questions.length === 0) return { rows: 0, types: new Map() };
  const names = [...new Set(questions.map(({ column }) => quoteName(engine, column)))].join(", ");
  const sums = questions.flatMap(({ counted }) => counted.map((test) => `sum(CASE WHEN ${test} THEN 1 ELSE 0 END)`));
  const aliased = sums.map((sum, index) => `${sum} AS c${index}`).join(", ");
  const [row = []] = await session.rows(
    `SELECT count(*) AS n, ${aliased} FROM (SELECT ${names} FROM ${quoteRelation(engine, table)} LIMIT ${SAMPLE}) AS s`,
  );
  const [rows = 0, ...counts] = row.map((value) => Number(value === null ? 0 : String(value)));
  const found = new Map<string, TypedColumn>();
  let at = 0;
  for (const { column, counted, decide } of questions) {
    const decided = decide(counts.slice(at, at + counted.length), rows);
    at += counted.length;
    if (decided !== undefined) found.set(column, decided);
  }
  return { rows, types: found };
}

function questionOf(
  engine: Engine,
  { column, declared, type }: { column: string; declared: string; type: ColumnType },
): Question | undefined {
  const name = quoteName(engine, column);
  const timed = type === "date" || type === "timestamp" || type === "local_timestamp";
  const text = (what: string) => (counts: number[]) =>
    (counts[0] ?? 0) > 0
      ? { type: "string" as const, note: `${column} holds ${what}, which no destination can: kept as text` }
      : undefined;
  if (engine === "sqlite") {
    return {
      column,
      counted: SQLITE_COUNTS.map((count) => count(name)),
      decide: (counts, rows) => decideSqlite({ column, type, counts, rows }),
    };
  }
  if (engine === "postgresql" && type === "decimal" && declared !== "money") {
    return { column, counted: [`${name} = 'NaN'`], decide: text("NaN") };
  }
  if (engine === "postgresql" && timed) {
    return {
      column,
      counted: [`${name} < '0001-01-01' OR ${name} >= '10000-01-01'`],
      decide: text("times before the year 1, after 9999 or infinite"),
    };
  }
  if (engine === "mysql" && timed) {
    return {
      column,
      counted: [`YEAR(${name}) = 0 OR MONTH(${name}) = 0 OR DAYOFMONTH(${name}) = 0`],
      decide: text("dates such as 0000-00-00"),
    };
  }
  if (engine === "mysql" && isTinyBoolean(declared)) {
    const boolean = { type: "boolean" as const, note: `${declared} holds 0 and 1 only, so it is taken for a boolean` };
    return {
      column,
      counted: [`${name} NOT IN (0, 1)`, `${name} IN (0, 1)`],
      decide: ([others = 0, truths = 0]) => (others === 0 && truths > 0 ? boolean : undefined),
    };
  }
  return undefined;
}
