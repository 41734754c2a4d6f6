/** What a column of SQLite is, by what it holds: its declaration binds nobody. */
import type { ColumnType } from "../../../artifacts/blueprint.ts";
import type { TypedColumn } from "../engines/types.ts";

const DATE = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'";
const TIME = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'";

/** In this order: how many are integers, reals, texts, bytes; 0 or 1; dates; times without a zone; times in UTC; JSON; integers no double holds. */
export const SQLITE_COUNTS: readonly ((name: string) => string)[] = [
  (name) => `typeof(${name}) = 'integer'`,
  (name) => `typeof(${name}) = 'real'`,
  (name) => `typeof(${name}) = 'text'`,
  (name) => `typeof(${name}) = 'blob'`,
  (name) => `typeof(${name}) = 'integer' AND ${name} IN (0, 1)`,
  (name) => `typeof(${name}) = 'text' AND ${name} GLOB ${DATE}`,
  (name) => `typeof(${name}) = 'text' AND ${name} GLOB ${TIME} AND substr(${name}, 20) NOT GLOB '*[-+Zz]*'`,
  (name) => `typeof(${name}) = 'text' AND ${name} GLOB ${TIME} AND ${name} GLOB '*Z'`,
  (name) => `typeof(${name}) = 'text' AND json_valid(${name})`,
  (name) => `typeof(${name}) = 'integer' AND ${name} NOT BETWEEN -9007199254740992 AND 9007199254740992`,
];

interface Counts {
  column: string;
  /** By the declaration. */
  type: ColumnType;
  counts: number[];
  rows: number;
}

/** Undefined where the declaration holds. An empty column keeps it. */
export function decideSqlite({ column, type, counts }: Counts): TypedColumn | undefined {
  const [
    integers = 0,
    reals = 0,
    texts = 0,
    blobs = 0,
    truths = 0,
    dates = 0,
    locals = 0,
    utcs = 0,
    documents = 0,
    large = 0,
  ] = counts;
  const all = integers + reals + texts + blobs;
  if (all === 0) return undefined;
  const holds: { readonly [T in ColumnType]?: boolean } = {
    integer: integers === all,
    bigint: integers === all,
    number: integers + reals === all && large === 0,
    boolean: truths === all,
    date: dates === all,
    local_timestamp: locals === all,
    timestamp: utcs === all,
    json: documents === all,
    binary: blobs === all,
    string: texts === all,
  };
  if (holds[type] === true) return undefined;
  const others: ColumnType[] =
    type === "local_timestamp" || type === "date"
      ? ["timestamp", "local_timestamp", "date", "integer"]
      : ["integer", "number", "binary"];
  const fitting = type === "string" ? undefined : others.find((other) => holds[other] === true);
  const kinds = Object.entries({ integers, reals, texts, bytes: blobs }).filter(([, count]) => count > 0);
  const seen = kinds.map(([kind, count]) => `${count} ${kind}`).join(", ");
  if (fitting !== undefined) return { type: fitting, note: `${column} holds ${seen}, so it is taken as ${fitting}` };
  return { type: "string", note: `${column} holds ${seen}, which its declaration does not fit: kept as text` };
}
