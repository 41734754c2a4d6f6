/** Queries of the probes, kept as exchanges: what was asked and what came back. */
import type { Exchange } from "../../live.ts";
import type { Json } from "../../record.ts";
import type { Session, SqlValue } from "../live/session.ts";

export interface Asked {
  rows: SqlValue[][];
  exchange: Exchange;
}

export type Asker = (sql: string) => Promise<Asked>;

const MAX_BODY = 20_000;

/** `address` names the database, and neither user nor password. */
export function createAsker(session: Pick<Session, "rows">, address: string): Asker {
  return async (sql) => {
    const began = performance.now();
    const rows = await session.rows(sql);
    const json = rows.map((row) => row.map(shown));
    const body = `${sql}\n${JSON.stringify(json)}`;
    return {
      rows,
      exchange: {
        method: "SELECT",
        address,
        status: 200,
        headers: {},
        body: body.slice(0, MAX_BODY),
        cut: body.length > MAX_BODY,
        json,
        milliseconds: Math.round(performance.now() - began),
      },
    };
  };
}

export function numberOf(value: SqlValue | undefined): number {
  return Number(value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value ?? 0));
}

export function textOf(value: SqlValue | undefined): string {
  return value === null || value === undefined
    ? ""
    : value instanceof Uint8Array
      ? Buffer.from(value).toString("utf8")
      : String(value);
}

function shown(value: SqlValue): Json {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  return typeof value === "bigint" ? String(value) : Buffer.from(value).toString("utf8");
}
