/** The battery of probes: a blueprint held against the real database, in read-only queries over a bounded number of rows. */
import { type Blueprint, blueprintOf, claimKey } from "../../../artifacts/blueprint.ts";
import { messageOf } from "../../../errors.ts";
import type { ProbeFinding, ProbeOptions } from "../../live.ts";
import type { DatabaseBlueprint, DatabaseTable } from "../complete.ts";
import type { Catalogue } from "../describe/catalogue.ts";
import { mysqlCatalogue } from "../describe/mysql.ts";
import { postgresqlCatalogue } from "../describe/postgresql.ts";
import { sqliteCatalogue } from "../describe/sqlite.ts";
import { selectAll } from "../live/read.ts";
import { openSession, type Session } from "../live/session.ts";
import { type Asker, createAsker, numberOf, textOf } from "./asker.ts";
import { TABLE_QUESTIONS, tableKey } from "./table-questions.ts";

/** Seconds by which two clocks may differ unnoticed. */
const CLOCK_SECONDS = 5;

/** See `SourceKind.probe`. Throws `UserError` when the database cannot be reached. */
export async function* probeDatabase(blueprint: Blueprint, options: ProbeOptions): AsyncGenerator<ProbeFinding> {
  const own = blueprintOf(blueprint, "database");
  const session = await openSession({ source: own.source, ...options });
  try {
    const ask = createAsker(session, addressOf(own, options.configuration));
    yield* askServer(own, ask);
    const catalogue = await catalogueOf(own, session);
    let current = own;
    for (const { name } of own.tables) {
      if (options.tables !== undefined && !options.tables.includes(name)) continue;
      options.onProgress(`probing ${name}`);
      for (const finding of await askTable(current, { name, catalogue, ask })) {
        if (finding.corrected !== undefined) current = blueprintOf(finding.corrected, "database");
        yield finding;
      }
    }
  } finally {
    await session.close();
  }
}

function addressOf({ source }: DatabaseBlueprint, configuration: Readonly<Record<string, string>>): string {
  if (source.engine === "sqlite") return `sqlite:${configuration.path ?? ""}`;
  return `${source.engine}://${configuration.host ?? ""}:${configuration.port ?? ""}/${configuration.database ?? ""}`;
}

function catalogueOf({ source, tables }: DatabaseBlueprint, session: Session): Promise<Catalogue> {
  if (source.engine === "sqlite") return sqliteCatalogue(session);
  if (source.engine === "mysql") return mysqlCatalogue(session);
  const schemas = [...new Set(tables.flatMap(({ read }) => read.schema ?? []))];
  return postgresqlCatalogue((sql) => session.rows(sql), schemas.length === 0 ? undefined : schemas);
}

interface TableQuestion {
  name: string;
  catalogue: Catalogue;
  ask: Asker;
}

async function askTable(
  blueprint: DatabaseBlueprint,
  { name, catalogue, ask }: TableQuestion,
): Promise<ProbeFinding[]> {
  const findings: ProbeFinding[] = [];
  const tableNow = (from: DatabaseBlueprint) => from.tables.find((one) => one.name === name) as DatabaseTable;
  const opening = { key: tableKey(tableNow(blueprint), "read"), question: "Does the table answer?" };
  const { relation, schema } = tableNow(blueprint).read;
  const found = catalogue.tables.find(
    (one) => one.relation === relation && (schema === undefined || one.schema === schema),
  );
  if (found === undefined) {
    return [
      {
        ...opening,
        verdict: "refutes",
        says: `The catalogue shows this user no ${schema === undefined ? "" : `${schema}.`}${relation}.`,
        exchanges: [],
      },
    ];
  }
  try {
    const { exchange } = await ask(`${selectAll(blueprint.source.engine, tableNow(blueprint))} LIMIT 1`);
    findings.push({
      ...opening,
      verdict: "confirms",
      says: `${relation} answers with the declared columns.`,
      exchanges: [{ ...exchange, json: undefined }],
    });
  } catch (error) {
    findings.push({
      ...opening,
      verdict: "refutes",
      says: `${relation} cannot be selected from as declared: ${messageOf(error)}.`,
      exchanges: [],
    });
  }
  let current = blueprint;
  for (const { field, question, ask: put } of TABLE_QUESTIONS) {
    const key = tableKey(tableNow(current), field);
    try {
      const answer = await put({ blueprint: current, table: tableNow(current), found, ask });
      if (answer === undefined) continue;
      findings.push({ key, question, ...answer });
      if (answer.corrected !== undefined) current = blueprintOf(answer.corrected, "database");
    } catch (error) {
      findings.push({ key, question, verdict: "silent", says: `The query failed: ${messageOf(error)}`, exchanges: [] });
    }
  }
  return findings;
}

const CLOCKS = { postgresql: "SELECT extract(epoch FROM clock_timestamp())", mysql: "SELECT UNIX_TIMESTAMP(NOW(6))" };
const LAG = "SELECT pg_is_in_recovery(), coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0)";

/** The server's clock against this machine's, and how far a replica is behind. */
async function* askServer({ source }: DatabaseBlueprint, ask: Asker): AsyncGenerator<ProbeFinding> {
  const { engine } = source;
  const connection = { key: claimKey("connection"), verdict: "confirms" as const };
  if (engine !== "postgresql" && engine !== "mysql") return;
  const { rows, exchange } = await ask(CLOCKS[engine]);
  const seconds = Math.round((numberOf(rows[0]?.[0]) - Date.now() / 1000) * 10) / 10;
  const clock =
    Math.abs(seconds) <= CLOCK_SECONDS
      ? "The server's clock and this machine's agree."
      : `The server's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} this machine's; connectors go by the server's.`;
  yield { ...connection, question: "Is the server's clock right?", says: clock, exchanges: [exchange] };
  if (engine !== "postgresql") return;
  const lag = await ask(LAG);
  const [[replica, behind] = []] = lag.rows;
  const says =
    textOf(replica) === "t"
      ? `The server is a replica, ${Math.round(numberOf(behind))} s behind its primary: rows appear later than their times say, which the lookback has to cover.`
      : "The server is no replica.";
  yield { ...connection, question: "Is the server a replica, and how far behind?", says, exchanges: [lag.exchange] };
}
