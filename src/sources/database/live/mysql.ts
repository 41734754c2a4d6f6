/** MySQL and MariaDB: every value as its bytes, rows as a stream. */
import { connect, isIP, type Socket } from "node:net";
import { type Connection, createConnection, type SslOptions } from "mysql2";
import type { ServerAddress, Session, SqlValue } from "./session.ts";

const CONNECT_MILLISECONDS = 15_000;
const SETTINGS = [
  "SET SESSION time_zone = '+00:00'",
  "SET SESSION TRANSACTION READ ONLY",
  "SET SESSION net_write_timeout = 3600",
];

/** Without `verifyIdentity` the certificate of any server would do that a trusted authority vouches for. */
const TLS: Readonly<Record<string, SslOptions>> = {
  require: { rejectUnauthorized: false },
  verify: { rejectUnauthorized: true, verifyIdentity: true },
};

export async function openMysql({ tls, authority, ...rest }: ServerAddress): Promise<Session> {
  const connection = createConnection({
    ...rest,
    charset: "utf8mb4",
    rowsAsArray: true,
    connectTimeout: CONNECT_MILLISECONDS,
    // Bytes, whatever the type: a double would bend bigint and decimal, a Date the microseconds.
    typeCast: (field) => field.buffer(),
    ...(tls === "off" ? {} : { ssl: { ...TLS[tls], ...(authority === undefined ? {} : { ca: authority }) } }),
    ...(tls === "verify" && isIP(rest.host) !== 0 ? { stream: () => knownSocket(rest) } : {}),
  });
  // A connection that breaks while nobody asks would end the process; whoever asks next is told.
  connection.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === null ? resolve() : reject(error)));
  });
  for (const setting of SETTINGS) await queried(connection, setting);
  return {
    rows: (sql) => queried(connection, sql),
    stream: (sql, size) => streamed(connection, { sql, size }),
    close: () => new Promise((resolve) => connection.end(() => resolve())),
  };
}

/**
 * A socket that knows whom it is connected to. Node keeps the host of a socket where it was a name, not where it was an
 * address; the driver does not tell it either, and the certificate would be held against `localhost`.
 */
function knownSocket({ host, port }: Pick<ServerAddress, "host" | "port">): Socket {
  return Object.assign(connect(port, host), { _host: host });
}

function queried(connection: Connection, sql: string): Promise<SqlValue[][]> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => (error === null ? resolve(rows as unknown as SqlValue[][]) : reject(error)));
  });
}

async function* streamed(
  connection: Connection,
  { sql, size }: { sql: string; size: number },
): AsyncIterable<SqlValue[][]> {
  let rows: SqlValue[][] = [];
  let left = true;
  try {
    for await (const row of connection.query(sql).stream({ highWaterMark: size }) as AsyncIterable<SqlValue[]>) {
      rows.push(row);
      if (rows.length < size) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
    left = false;
  } catch (error) {
    left = false;
    throw error;
  } finally {
    if (left) breakOff(connection);
  }
}

/** A goodbye would be said only after all rows that the server still sends. */
function breakOff(connection: Connection): void {
  connection.destroy();
  (connection as unknown as { stream: Socket }).stream.destroy();
}
