/**
 * Whether a listing can be asked for what changed: a parameter with a lower bound, and the column it is about. A filter
 * on creation is no help where rows change later, so it counts only for records that are written once.
 */
import type { RestAdvance as Advance } from "../../../artifacts/blueprint.ts";
import type { CursorFormat } from "../../../artifacts/reading.ts";
import { snake } from "../../http/describe/names.ts";
import type { DescribedColumn } from "./columns.ts";
import { at, type Claimed, documented, type Listing, unproven } from "./draft.ts";
import type { Parameter } from "./operations.ts";
import { findSort } from "./sort.ts";

export interface AdvanceResult extends Claimed<Advance> {
  /** Set when the listing without its date filter shows a part only. */
  partial?: string;
}

type Topic = "modified" | "created";

const MODIFIED = /(^|_)(updated?|modified|modif|changed?|last_edited|edited|touched|lastmod|mtime)(_|$)/;
const CREATED = /(^|_)(created?|creation|inserted|added|occurred|logged|recorded|received|posted|published)(_|$)/;
/** Records that are written once and never change. */
const WRITTEN_ONCE =
  /(^|_)(events?|logs?|audits?|activit(y|ies)|histor(y|ies)|transactions?|ledgers?|messages?|measurements?|readings?|clicks?|visits?)(_|$)/;
/** Words of a lower bound, taken off the ends of a parameter's name. */
const LOWER = /(^|_)(since|after|gte?|ge|greater_than(_or_equal)?|min|minimum|from|start(ing)?|begin|newer_than)(_|$)/;
const UPPER = /(^|_)(until|before|lte?|le|less_than|max|maximum|to|end(ing)?|older_than)(_|$)/;
const INCLUSIVE =
  /\b(inclusive(ly)?|(on|at) or (after|later)|or (after|later|newer)|greater(er)? than or equal|equal to or (greater|later|newer)|no earlier than)\b|>=|≥/i;
const EXCLUSIVE = /\b(exclusive(ly)?|strictly|(not|non)[- ]inclusive)\b|(?<![=<\w/])>(?![=\w])/i;

interface Match {
  parameter: Parameter;
  column: DescribedColumn;
  topic: Topic;
  /** Whether parameter and column are tied by name or words, and not merely the only ones. */
  stated: boolean;
}

export function findAdvance(listing: Listing): AdvanceResult {
  const bounds = listing.operation.parameters.filter(isLowerBound);
  const matches = bounds.flatMap((parameter) => matchOf(parameter, listing) ?? []);
  const chosen = matches.find((match) => match.topic === "modified") ?? matches[0];
  const window = windowOf(listing);
  const partial = window === undefined ? {} : { partial: window };
  if (chosen === undefined) return { ...noFilter(listing, bounds), ...partial };
  if (chosen.topic === "created" && !isWrittenOnce(listing)) {
    const reason = `${chosen.parameter.name} filters by creation only, so later changes of a row would be missed: all is read at each sync.`;
    return { value: { kind: "full" }, claim: documented([at(chosen.parameter.node)], reason), ...partial };
  }
  return cursorOf(chosen, listing);
}

function isLowerBound(parameter: Parameter): boolean {
  if (parameter.in !== "query") return false;
  const name = snake(parameter.name);
  if (UPPER.test(name) || !LOWER.test(name)) return false;
  if (/(^|_)(id|cursor|token|page|key|index|row)(_|$)/.test(name)) return false;
  const { types, format } = parameter.shape;
  if (types.has("boolean") || types.has("array") || types.has("object")) return false;
  if (/^date/.test(format ?? "")) return true;
  return types.has("string") || types.has("integer") || types.size === 0;
}

function matchOf(parameter: Parameter, listing: Listing): Match | undefined {
  const stem = stemOf(parameter.name);
  const words = `${parameter.name} ${parameter.description}`.toLowerCase();
  const times = listing.columns.filter(({ column }) => isTime(column.type) || isEpochNumber(column, parameter));
  const exact = times.find(({ column }) => stem !== "" && sameStem(snake(column.name), stem));
  const topic = topicOf(stem, words);
  if (exact !== undefined) {
    const own = topicOf(snake(exact.column.name), "");
    return own === undefined ? undefined : { parameter, column: exact, topic: own, stated: true };
  }
  if (topic === undefined) return onlyModified(parameter, { stem, times });
  const column = times.find((one) => topicOf(snake(one.column.name), "") === topic);
  return column === undefined ? undefined : { parameter, column, topic, stated: true };
}

/** `since` without a word of what since: about changes if the record has one time of change. */
function onlyModified(parameter: Parameter, facts: { stem: string; times: DescribedColumn[] }): Match | undefined {
  if (!/^(|date|time|datetime|timestamp)$/.test(facts.stem)) return undefined;
  const modified = facts.times.filter(({ column }) => MODIFIED.test(snake(column.name)));
  const [column] = modified;
  if (column === undefined || modified.length > 1) return undefined;
  return { parameter, column, topic: "modified", stated: false };
}

/** What a bound is about once the words of the bound are gone: `filter[updated_at][gte]` -> `updated_at`. */
function stemOf(name: string): string {
  let stem = snake(name).replace(/^(filter|where|query|q)_/, "");
  for (let before = ""; before !== stem; ) {
    before = stem;
    stem = stem.replace(LOWER, (found) => (found.startsWith("_") && found.endsWith("_") ? "_" : ""));
  }
  return stem;
}

/** `updated`, `updated_at`, `update_time`, `last_updated` are one. */
function sameStem(column: string, stem: string): boolean {
  const bare = (name: string): string =>
    name
      .replace(/^(last|date|time)_/, "")
      .replace(/_(at|on|time|date|datetime|timestamp|ts|utc)$/, "")
      .replace(/ed$|d$/, "");
  return column === stem || (bare(column) !== "" && bare(column) === bare(stem));
}

function topicOf(name: string, words: string): Topic | undefined {
  if (MODIFIED.test(name)) return "modified";
  if (CREATED.test(name)) return "created";
  if (/\b(updated|modified|changed|edited)\b/.test(words)) return "modified";
  return /\b(created|creation|occurred|logged|recorded)\b/.test(words) ? "created" : undefined;
}

function isTime(type: string): boolean {
  return type === "timestamp" || type === "local_timestamp" || type === "date";
}

/** A plain number that counts as a time because its filter does. */
function isEpochNumber(column: { name: string; type: string }, parameter: Parameter): boolean {
  const named = MODIFIED.test(snake(column.name)) || CREATED.test(snake(column.name));
  return column.type === "integer" && named && parameter.shape.types.has("integer");
}

function isWrittenOnce(listing: Listing): boolean {
  const changes = listing.columns.some(({ column }) => MODIFIED.test(snake(column.name)) && isTime(column.type));
  return WRITTEN_ONCE.test(listing.resource) && !changes;
}

function cursorOf(match: Match, listing: Listing): AdvanceResult {
  const { parameter, column, stated } = match;
  const bound = inclusiveness(parameter);
  const sort = findSort(listing, column.column.name);
  const value: Advance = {
    kind: "cursor",
    column: column.column.name,
    param: parameter.name,
    format: formatOf(parameter, column),
    inclusive: bound.inclusive,
    order: sort === undefined ? "unknown" : "ascending",
    sort_params: sort?.params ?? {},
    lookback: 0,
  };
  const cite = [at(parameter.node), at(column.node), at(sort?.node)];
  const notes = [
    bound.note,
    match.topic === "created" ? "records of this kind are taken to be written once" : undefined,
  ];
  const note = notes.filter((one) => one !== undefined).join("; ");
  if (stated) return { value, claim: documented(cite, note) };
  const reason = `${parameter.name} does not say which time it is about; ${column.column.name} is the only time of change.`;
  return { value, claim: unproven([reason, note].filter(Boolean).join(" "), cite) };
}

/** Where nothing is said, the filter counts as exclusive: then one unit more is asked for, and no row is lost. */
function inclusiveness(parameter: Parameter): { inclusive: boolean; note?: string } {
  const name = snake(parameter.name);
  const exclusive = EXCLUSIVE.test(parameter.description) || /(^|_)gt(_|$)/.test(name);
  if (exclusive) return { inclusive: false };
  if (INCLUSIVE.test(parameter.description) || /(^|_)(gte|ge|greater_than_or_equal)(_|$)/.test(name)) {
    return { inclusive: true };
  }
  return {
    inclusive: false,
    note: "whether rows equal to the bound are included is not stated, so one unit earlier is asked for",
  };
}

function formatOf(parameter: Parameter, column: DescribedColumn): CursorFormat {
  const { shape, description } = parameter;
  const numeric = shape.types.has("integer") || shape.types.has("number");
  if (!numeric && shape.format === "date-time") return "iso8601";
  if (!numeric && shape.format === "date") return "date";
  const epoch = /\b(unix|epoch|posix)\b|seconds since/i.test(`${shape.format ?? ""} ${description}`);
  if (numeric || epoch) {
    const milli = /milli|\bms\b/i.test(`${shape.format ?? ""} ${description}`) || Number(shape.example) > 1e11;
    if (milli || (!epoch && column.column.format === "epoch_milliseconds")) return "epoch_milliseconds";
    return "epoch_seconds";
  }
  const example = String(shape.example ?? "");
  const dateOnly =
    /^\d{4}-\d{2}-\d{2}$/.test(example) ||
    (/yyyy-mm-dd(?![ t]?hh|t)/i.test(description) && !/hh:?mm/i.test(description));
  if (dateOnly) return "date";
  return column.column.type === "date" ? "date" : "iso8601";
}

function noFilter(listing: Listing, bounds: Parameter[]): Claimed<Advance> {
  const value: Advance = { kind: "full" };
  const [bound] = bounds;
  if (bound !== undefined) {
    const reason = `${bound.name} cannot be tied to a time of change in the record: all is read at each sync.`;
    return { value, claim: unproven(reason, [at(bound.node)]) };
  }
  const reason = "No parameter is described that asks for changed rows only: all is read at each sync.";
  return { value, claim: unproven(reason, [at(listing.operation.node)]) };
}

/** A date filter with a default other than everything makes the plain listing a window. */
function windowOf(listing: Listing): string | undefined {
  const limiting = listing.operation.parameters.find((parameter) => {
    const name = snake(parameter.name);
    const bound = LOWER.test(name) || UPPER.test(name) || /date|time/.test(name);
    const dated = /^date/.test(parameter.shape.format ?? "") || /date|time/.test(name);
    const numeric = parameter.shape.types.has("integer") && !/^date/.test(parameter.shape.format ?? "");
    const usual =
      parameter.shape.default !== undefined ||
      /\bdefaults? (to|is|value)\b|\bby default\b/i.test(parameter.description);
    return parameter.in === "query" && bound && dated && !numeric && usual;
  });
  return limiting === undefined
    ? undefined
    : `${limiting.name} has a default, so the listing shows a part of the rows only`;
}
