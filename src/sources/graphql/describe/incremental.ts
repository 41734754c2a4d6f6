/** Whether a list can be asked for what changed: an argument with a lower bound on the time of the last change. */
import { type GraphQLInputType, getNullableType, isInputObjectType, isListType, isScalarType } from "graphql";
import type { CursorFormat } from "../../../artifacts/reading.ts";
import { snake } from "../../http/describe/names.ts";
import {
  at,
  type Citation,
  type Claimed,
  type DraftColumn,
  documented,
  type List,
  type Table,
  unproven,
} from "./draft.ts";
import { findOrder } from "./order.ts";
import { typeOfScalar } from "./scalars.ts";

export interface AdvanceResult extends Claimed<Table["advance"]> {
  search?: string;
}

const MODIFIED =
  /^(last_)?(updated|modified|changed|edited)(_at|_on|_time|_date|_datetime|_timestamp)?$|^date_(updated|modified)$/;
/** Words of a lower bound, at either end of a name or alone. */
const LOWER =
  /(^|_)(since|after|gte?|ge|greater_than(_or_equal(s)?(_to)?)?|on_or_after|min|minimum|from|start|newer_than)(_|$)/;
const INCLUSIVE =
  /\b(inclusive|(on|at) or (after|later)|or (after|later|newer)|greater than or equal|no earlier than)\b|>=|≥/i;
const EXCLUSIVE = /\b(exclusive|strictly (after|greater))\b/i;
const ABOUT_CHANGE = /\b(updated|modified|changed|edited|last update)\b/i;
const SEARCHES = /^(query|search|q|search_query|filter)$/;

interface Bound {
  /** Dotted path of the argument. */
  path: string[];
  type: GraphQLInputType;
  words: string;
  cite: Citation;
}

export function findAdvance(list: List, columns: readonly DraftColumn[]): AdvanceResult {
  const place = at(list.owner.name, list.field.name);
  const changed = columns.filter(({ column }) => isMoment(column.type) && MODIFIED.test(snake(column.name)));
  const [first] = changed;
  if (first === undefined) {
    return { value: { kind: "full" }, claim: unproven("No column tells when a record was last changed.", [place]) };
  }
  const bounds = boundsOf(list);
  for (const column of changed) {
    const bound = bounds.find((one) => isAbout(one, column.column.name));
    const format = bound && formatOf(bound);
    if (bound === undefined || format === undefined) continue;
    return cursorBy({ list, column: column.column.name, bound, format });
  }
  const search = searchOf(list, changed);
  if (search !== undefined) return search;
  const reason = `No argument of ${list.path.join(".")} asks for what changed since a time, so all is read at each sync.`;
  return { value: { kind: "full" }, claim: unproven(reason, [place]) };
}

interface Chosen {
  list: List;
  column: string;
  bound: Bound;
  format: CursorFormat;
}

function cursorBy({ list, column, bound, format }: Chosen): AdvanceResult {
  const order = findOrder(list, column);
  const names = bound.path.map(snake).join("_");
  const says = /(^|_)(gte|ge|on_or_after|greater_than_or_equal(s)?(_to)?)$/.test(names) || INCLUSIVE.test(bound.words);
  const denies = EXCLUSIVE.test(bound.words) || /(^|_)(gt|greater_than)$/.test(names);
  const cite = [bound.cite, ...(order === undefined ? [] : [order.cite])];
  const value = {
    kind: "cursor" as const,
    column,
    param: bound.path.join("."),
    format,
    inclusive: says && !denies,
    order: order === undefined ? ("unknown" as const) : ("ascending" as const),
    sort_params: order?.params ?? {},
    lookback: 0,
  };
  if (says || denies) return { value, claim: documented(cite) };
  const reason = `Whether ${value.param} lets through rows that equal the value is not documented: it is taken not to, and the last second is asked for again.`;
  return { value, claim: unproven(reason, cite) };
}

/** Scalar arguments, and those inside of input objects, at most two levels down. */
function boundsOf({ owner, field }: List): Bound[] {
  return field.args.flatMap((arg) =>
    inside({
      path: [arg.name],
      type: arg.type,
      words: arg.description ?? "",
      cite: at(owner.name, field.name, arg.name),
    }),
  );
}

function inside(bound: Bound): Bound[] {
  const type = getNullableType(bound.type);
  if (isScalarType(type)) return [bound];
  if (!isInputObjectType(type) || bound.path.length > 2) return [];
  return Object.values(type.getFields()).flatMap((field) => {
    const inner = getNullableType(field.type);
    // `and: [Filter]`, `or: [Filter]`, `not: Filter` lead around.
    if (inner === type || isListType(inner)) return [];
    return inside({
      path: [...bound.path, field.name],
      type: field.type,
      words: `${bound.path.length > 1 ? bound.words : ""} ${field.description ?? ""}`.trim(),
      cite: at(type.name, field.name),
    });
  });
}

/** `updatedAfter`, `updatedAt_gte`, `filter.updatedAt.gte`, `filterBy.since`: what is left without the bound's words. */
function isAbout({ path, words }: Bound, column: string): boolean {
  const names = (path.length > 1 ? path.slice(1) : path).map(snake);
  const last = names.at(-1) ?? "";
  if (!LOWER.test(last)) return false;
  const rest = names
    .join("_")
    .replace(LOWER, "$1$5")
    .replace(/^_+|_+$/g, "")
    .replace(/__+/g, "_");
  if (rest === "") return last === "since" && ABOUT_CHANGE.test(words);
  return stem(rest) === stem(snake(column));
}

function stem(name: string): string {
  return name
    .replace(/^(last|date)_/, "")
    .replace(/_(at|on|time|date|datetime|timestamp)$/, "")
    .replace(/^edited$|^changed$|^modified$/, (word) => word);
}

function formatOf({ type, words }: Bound): CursorFormat | undefined {
  const scalar = getNullableType(type);
  if (!isScalarType(scalar)) return undefined;
  const typed = typeOfScalar(scalar);
  if (typed.format === "epoch_seconds" || typed.format === "epoch_milliseconds") return typed.format;
  if (typed.type === "timestamp" || typed.type === "local_timestamp") return "iso8601";
  if (typed.type === "date") return "date";
  if (typed.type === "string" && scalar.name !== "ID") return "iso8601";
  if (typed.type === "integer" && /\b(unix|epoch)\b/i.test(words))
    return /milli/i.test(words) ? "epoch_milliseconds" : "epoch_seconds";
  return undefined;
}

/** `query: "updated_at:>='2024-01-01'"`: only where the description of the argument says so. */
function searchOf(list: List, changed: readonly DraftColumn[]): AdvanceResult | undefined {
  for (const arg of list.field.args) {
    if (!SEARCHES.test(snake(arg.name)) || String(getNullableType(arg.type)) !== "String") continue;
    for (const { column } of changed) {
      const spelled = new RegExp(`\\b(${column.name}|${snake(column.name)})\\s*:\\s*(['"]?)(>=?)`).exec(
        arg.description ?? "",
      );
      if (spelled === null) continue;
      const cite = at(list.owner.name, list.field.name, arg.name);
      const order = findOrder(list, column.name);
      return {
        value: {
          kind: "cursor",
          column: column.name,
          param: arg.name,
          format: "iso8601",
          inclusive: spelled[3] === ">=",
          order: order === undefined ? "unknown" : "ascending",
          sort_params: order?.params ?? {},
          lookback: 0,
        },
        claim: documented([cite, ...(order === undefined ? [] : [order.cite])]),
        search: `${spelled[1]}:${spelled[3]}'{value}'`,
      };
    }
  }
  return undefined;
}

function isMoment(type: string): boolean {
  return type === "timestamp" || type === "local_timestamp" || type === "date";
}
