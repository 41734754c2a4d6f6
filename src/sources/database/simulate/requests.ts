/** The queries of a connector as the checks know requests: which table, narrowed by what, how many rows. */

import type { Engine } from "../../../artifacts/kinds/database.ts";
import type { SeenRequest } from "../../simulator.ts";
import type { DatabaseTable } from "../complete.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import { createDatabaseStrikes, type DatabaseStrikes } from "./faults.ts";

export interface RequestLog {
  seen: SeenRequest[];
  /** What strikes requests by their place in `seen`. */
  strikes: DatabaseStrikes;
  /** A login: 200, 401, or 503 where it is turned away. */
  login(status: number): void;
  /** A query, with its parameters where they come apart from it. Undefined for what is about no table. */
  query(sql: string, parameters: readonly string[]): SeenRequest | undefined;
}

export function createRequestLog(engine: Engine, tables: readonly DatabaseTable[]): RequestLog {
  const started = performance.now();
  const seen: SeenRequest[] = [];
  const at = () => Math.round(performance.now() - started);
  return {
    seen,
    strikes: createDatabaseStrikes(seen),
    login: (status) => void seen.push({ at: at(), method: "CONNECT", path: "/", query: [], status, records: 0 }),
    query: (sql, parameters) => {
      if (!/\bSELECT\b/i.test(sql)) return undefined;
      const table = tables.find(({ read }) => mentions(sql, quoteRelation(engine, read)));
      if (table === undefined) return undefined;
      const query = narrowing(engine, table, { sql, parameters });
      const request: SeenRequest = {
        at: at(),
        method: "SELECT",
        path: table.read.relation,
        query,
        status: 200,
        table: table.name,
        records: 0,
      };
      seen.push(request);
      return request;
    },
  };
}

function mentions(sql: string, relation: string): boolean {
  const at = sql.indexOf(`FROM ${relation}`);
  return at >= 0 && !/[.\w"`]/.test(sql[at + 5 + relation.length] ?? " ");
}

/** `"updated_at" >= …`: the column and the value it is compared with. */
function narrowing(
  engine: Engine,
  { advance }: DatabaseTable,
  { sql, parameters }: { sql: string; parameters: readonly string[] },
): [string, string][] {
  if (advance.kind !== "column") return [];
  const where = sql.split(/\bWHERE\b/)[1] ?? "";
  const [, after] = where.split(new RegExp(`${escaped(quoteName(engine, advance.column))} >=? `));
  if (after === undefined) return [];
  const [, place] = /^[^']*?\$(\d+)/.exec(after) ?? [];
  if (place !== undefined) return [[advance.column, parameters[Number(place) - 1] ?? ""]];
  return [[advance.column, /^(?:CAST\()?'?([^'\s)]+(?: [\d:.+]+)?)/.exec(after)?.[1] ?? ""]];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
