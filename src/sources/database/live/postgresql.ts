/** PostgreSQL: every value as the text the server writes, rows by a cursor. */
import { Client } from "pg";
import type { ServerAddress, Session, SqlValue } from "./session.ts";

const CONNECT_MILLISECONDS = 15_000;
const SETTINGS =
  "SET timezone TO 'UTC'; SET datestyle TO 'ISO'; SET intervalstyle TO 'iso_8601'; SET extra_float_digits TO 1; SET bytea_output TO 'hex'";

export async function openPostgresql(address: ServerAddress): Promise<Session> {
  const { tls, authority, ...rest } = address;
  const client = new Client({
    ...rest,
    // The host once more: the driver does not tell an address on, and the certificate would be held against `localhost`.
    ssl:
      tls === "off"
        ? false
        : {
            rejectUnauthorized: tls === "verify",
            host: rest.host,
            ...(authority === undefined ? {} : { ca: authority }),
          },
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    application_name: "syncsmith",
    // Everything as text: a double would bend bigint and numeric.
    types: { getTypeParser: () => (value: string) => value },
  });
  // A connection that breaks while nobody asks would end the process; whoever asks next is told.
  client.on("error", () => {});
  await client.connect();
  await client.query(SETTINGS);
  const rows = async (sql: string): Promise<SqlValue[][]> =>
    (await client.query<SqlValue[]>({ text: sql, rowMode: "array" })).rows;
  return {
    rows: (sql) => readOnly(client, () => rows(sql)),
    stream: (sql, size) => fetched(client, { sql, size }),
    close: () => client.end(),
  };
}

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

async function readOnly<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  await client.query(BEGIN);
  try {
    return await ask();
  } finally {
    await client.query("ROLLBACK");
  }
}

async function* fetched(client: Client, { sql, size }: { sql: string; size: number }): AsyncIterable<SqlValue[][]> {
  await client.query(BEGIN);
  try {
    await client.query(`DECLARE syncsmith_reader NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const { rows } = await client.query<SqlValue[]>({
        text: `FETCH ${size} FROM syncsmith_reader`,
        rowMode: "array",
      });
      if (rows.length === 0) return;
      yield rows;
    }
  } finally {
    await client.query("ROLLBACK");
  }
}
