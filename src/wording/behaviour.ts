/** A behaviour difference for people: what is the same in one line, then what is not, table by table. */
import type { Behaviour, RequestDifference, TableDifference } from "../artifacts/behaviour.ts";
import { bullets, code, codes, prose } from "./markdown.ts";
import { count, counted, list } from "./numbers.ts";

/** Markdown for the middle of a document. */
export function behaviourMarkdown(behaviour: Behaviour): string {
  const { tables, notices } = behaviour;
  const parts = [sameInWords(behaviour)];
  if (notices.length > 0)
    parts.push(bullets(notices.map((notice) => `**${LABELS[notice.kind]}** ${noticeInWords(notice)}`)));
  const changed = tables.filter(({ standing }) => standing !== "same").map((table) => tableLines(table));
  parts.push(...changed.map(([head, ...rest]) => [`${head}`, bullets(rest)].filter(Boolean).join("\n\n")));
  const others = [...requestLines(behaviour), ...stateLines(behaviour)];
  if (others.length > 0) parts.push(bullets(others));
  return parts.filter(Boolean).join("\n\n");
}

/** The same as lines for a terminal: what is code is written plainly. */
export function behaviourLines(behaviour: Behaviour): string[] {
  return behaviourMarkdown(behaviour)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/[`*]/g, "").replace(/\\(.)/g, "$1"));
}

const LABELS: { readonly [K in Behaviour["notices"][number]["kind"]]: string } = {
  loss: "Rows are lost:",
  gone: "Not sent any more:",
  "re-sync": "Needs a re-sync:",
  cost: "Costs more:",
  unproven: "Not proven:",
};

function noticeInWords({ table, text }: Behaviour["notices"][number]): string {
  return `${table === undefined ? "" : `${code(table)}: `}${prose(text)}.`;
}

function sameInWords({ tables, equal, requests, state, goes_on, source, asked, basis }: Behaviour): string {
  const on = basis === "simulated" ? "" : ` Compared on ${prose(source.note)}.`;
  if (equal)
    return `Nothing differs: ${counted(tables.length, "table")}, rows, keys, types, ${count(asked.after)} requests and the saved state are the same.${on}`;
  const same = tables.filter(({ standing }) => standing === "same").map(({ name }) => code(name));
  const parts = [
    same.length > 0 ? `rows, columns, types and key of ${list(same)}` : "",
    requests.length === 0 ? `all ${count(asked.after)} requests` : "",
    state.same ? "the shape of the saved state" : "",
  ].filter(Boolean);
  const on_state = goes_on.outcome === "same" ? " The new version goes on from the saved state of the old one." : "";
  return `The same: ${parts.length > 0 ? list(parts) : "nothing"}.${on_state}${on}`;
}

function tableLines({ name, standing, key, columns, rows }: TableDifference): string[] {
  if (standing === "new") {
    return [`${code(name)} is new: ${counted(rows[0]?.after ?? 0, "row")}, key ${codes(key.after ?? [])}.`];
  }
  if (standing === "gone") return [`${code(name)} is gone; it had ${counted(rows[0]?.before ?? 0, "row")}.`];
  return [
    `${code(name)} changes:`,
    ...(String(key.before) === String(key.after)
      ? []
      : [`key: ${codes(key.before ?? [])} becomes ${codes(key.after ?? [])}`]),
    ...columns.added.map((column) => `new column ${code(column.name)} (${column.type})`),
    ...columns.removed.map((column) => `column ${code(column.name)} (${column.type}) is gone`),
    ...columns.retyped.map((column) => `type of ${code(column.name)}: ${column.before} becomes ${column.after}`),
    ...rows.flatMap((row) => rowLines(row)),
  ];
}

function rowLines(row: TableDifference["rows"][number]): string[] {
  const parts = [
    row.missing > 0 ? `${count(row.missing)} missing` : "",
    row.unexpected > 0 ? `${count(row.unexpected)} new` : "",
    row.different > 0 ? `${count(row.different)} with other values` : "",
    row.deleted.differing > 0
      ? `${count(row.deleted.after)} marked deleted instead of ${count(row.deleted.before)}`
      : "",
  ].filter(Boolean);
  if (parts.length === 0) return [];
  const examples = row.examples.slice(0, 3).map(code);
  return [
    `after the ${row.sync} sync ${count(row.after)} rows instead of ${count(row.before)}: ${parts.join(", ")}${examples.length > 0 ? `, e.g. ${examples.join("; ")}` : ""}`,
  ];
}

function requestLines({ requests, asked }: Behaviour): string[] {
  if (requests.length === 0) return [];
  const all = asked.before === asked.after ? "" : ` (${count(asked.after)} in all instead of ${count(asked.before)})`;
  return requests.map((one, at) => `${requestInWords(one)}${at === 0 ? all : ""}`);
}

function requestInWords({ sync, of, before, after, params }: RequestDifference): string {
  const value = (text: string | undefined) => (text === undefined ? "nothing" : code(text));
  const parts = [
    before.requests === after.requests
      ? ""
      : `${counted(after.requests, "request")} instead of ${count(before.requests)}`,
    before.records === after.records ? "" : `${counted(after.records, "record")} instead of ${count(before.records)}`,
    ...params.map((param) => `${code(param.name)} is ${value(param.after)} instead of ${value(param.before)}`),
  ].filter(Boolean);
  return `requests of the ${sync} sync for ${code(of)}: ${parts.join(", ")}`;
}

function stateLines({ state, goes_on, basis }: Behaviour): string[] {
  const places = [...new Set([...Object.keys(state.before), ...Object.keys(state.after)])].sort();
  const changed = places.filter((place) => state.before[place] !== state.after[place]);
  const lines = changed.map(
    (place) =>
      `saved state ${code(place)}: ${state.after[place] ?? "nothing"} instead of ${state.before[place] ?? "nothing"}`,
  );
  if (goes_on.outcome === "not-tried" && basis === "simulated")
    lines.push(`whether it goes on from the saved state was not tried: ${prose(goes_on.reason ?? "")}`);
  return lines;
}
