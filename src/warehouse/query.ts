/** Free SQL over the warehouse, as written by people and models: one statement, read only, bounded in rows and time. */
import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from "@duckdb/node-api";
import { messageOf, UserError } from "../errors.ts";
import { type QueryResult, SCHEMA } from "./warehouse.ts";

const DEFAULT_MAX_ROWS = 1000;
const DEFAULT_TIMEOUT_SECONDS = 30;
const READING: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

/**
 * Takes a connection of its own. Tables are found without their schema's name. The transaction is read-only for
 * DuckDB, too, so that whatever passes for a SELECT cannot write.
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  {
    maxRows = DEFAULT_MAX_ROWS,
    timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
  }: { maxRows?: number; timeoutSeconds?: number } = {},
): Promise<QueryResult> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    connection.interrupt();
  }, timeoutSeconds * 1000);
  try {
    await connection.run("BEGIN TRANSACTION READ ONLY");
    const statement = await prepareOne(connection, sql);
    const result = await statement.stream();
    const columns = result.deduplicatedColumnNames();
    const rows: (string | null)[][] = [];
    while (rows.length <= maxRows) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      for (const row of chunk.getRows()) rows.push(row.map((value) => (value === null ? null : String(value))));
    }
    return { columns, rows: rows.slice(0, maxRows), truncated: rows.length > maxRows };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (timedOut)
      throw new UserError(`the query took more than ${timeoutSeconds} seconds`, { hint: "narrow it", cause });
    throw new UserError(`the query failed: ${messageOf(cause).split("\n\nStack Trace")[0]}`, {
      hint: `tables are in the schema ${SCHEMA}; list them with SHOW ALL TABLES`,
      cause,
    });
  } finally {
    clearTimeout(timer);
    await connection.run("ROLLBACK").catch(() => undefined);
  }
}

async function prepareOne(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.trim() === "") throw new UserError("the query is empty", { hint: "write a SELECT" });
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) {
    throw new UserError(`one statement at a time: these are ${statements.count}`, { hint: "send them one by one" });
  }
  const statement = await statements.prepare(0);
  if (READING.has(statement.statementType)) return statement;
  throw new UserError(`a query may only read: this is ${StatementType[statement.statementType]}`, {
    hint: "use SELECT, SHOW, DESCRIBE or EXPLAIN",
  });
}
