/**
 * The blueprint in words, in no target's terms: the same sentence in the API document and in a connector's README.
 * Everything returned is Markdown for the middle of a paragraph or a table cell, without a full stop.
 */
import type { Auth } from "../artifacts/auth.ts";
import type { Blueprint, Claim, Column, Table } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Advance, CursorFormat, Deletes, Pagination } from "../artifacts/reading.ts";
import { disagreementInWords, isOverruled } from "./contradictions.ts";
import { clause, code, codes } from "./markdown.ts";
import { count, counted } from "./numbers.ts";

/** Credential fields of `auth` name configuration keys (as they do in a blueprint). */
export function authInWords(auth: Auth): string {
  switch (auth.kind) {
    case "none":
      return "no credentials are sent";
    case "api_key":
      return `an API key (${code(auth.value)}) is sent in the ${auth.in === "header" ? "header" : "query parameter"} ${code(auth.name)}${auth.prefix ? `, after the text ${code(auth.prefix)}` : ""}`;
    case "basic":
      return `HTTP basic authentication with ${code(auth.username)}${auth.password ? ` and ${code(auth.password)}` : " and an empty password"}`;
    case "bearer":
      return `a token (${code(auth.token)}) is sent as ${code("Authorization: Bearer …")}`;
    case "oauth2_client_credentials":
      return `OAuth 2.0 client credentials: ${code(auth.client_id)} and ${code(auth.client_secret)} are exchanged at ${code(auth.token_url)} for an access token${auth.scopes.length > 0 ? ` with the scopes ${codes(auth.scopes)}` : ""}; they travel ${auth.client_auth === "body" ? "in the body of the request" : "as HTTP basic authentication"}`;
    case "session":
      return `a login: ${code(auth.username)} and ${code(auth.password)} are posted to ${code(auth.login_path)} as ${code(auth.username_field)} and ${code(auth.password_field)}, and the token at ${code(auth.token_path)} of the answer is sent in the header ${code(auth.header)}${auth.prefix ? ` after ${code(auth.prefix.trim())}` : ""}`;
  }
}

export function paginationInWords(pagination: Pagination): string {
  switch (pagination.style) {
    case "none":
      return "one request returns everything";
    case "page":
      return `page numbers in ${code(pagination.page_param)}, from ${pagination.start}${sized(pagination.size_param, pagination.size)}; ${ended(pagination.total_pages && `the number of pages at ${code(pagination.total_pages)} is reached`, pagination.has_more)}`;
    case "offset":
      return `an offset in ${code(pagination.offset_param)}${sized(pagination.limit_param, pagination.limit)}; ${ended(pagination.total && `the total at ${code(pagination.total)} is reached`, pagination.has_more)}`;
    case "cursor":
      return `a cursor in ${code(pagination.cursor_param)}, taken from ${code(pagination.next)} of the previous answer${sized(pagination.size_param, pagination.size)}${pagination.cursor_only ? ", which replaces all other parameters" : ""}; ${ended("there is no next cursor", pagination.has_more)}`;
    case "next_url":
      return `the address of the next page at ${code(pagination.next)} of each answer${sized(pagination.size_param, pagination.size)}; reading ends when it is missing`;
    case "link_header":
      return `the ${code("Link")} header with ${code(`rel="${pagination.rel}"`)}${sized(pagination.size_param, pagination.size)}; reading ends when it is missing`;
  }
}

/** What is done about rows that equal the cursor where the source's filter leaves them out. */
const TAKEN_OFF: { readonly [F in CursorFormat]: string } = {
  iso8601: "so one second is taken off before asking",
  epoch_seconds: "so one second is taken off before asking",
  epoch_milliseconds: "so one millisecond is taken off before asking",
  date: "so one day is taken off before asking",
  integer: "so 1 is taken off before asking",
  string: "and nothing can be taken off a text: later rows that equal the last one seen are not asked for",
};

/** How the table moves from one sync to the next, as one or more clauses. */
export function advanceInWords(advance: Advance): string {
  switch (advance.kind) {
    case "full":
      return "every row is read at every sync";
    case "steps":
      return `ranges of ${code(advance.column)} are asked for with ${code(advance.from_param)} and ${code(advance.to_param)}, ${count(advance.step)} at a time from ${count(advance.start)}, until ${counted(advance.empty_steps, "range")} in a row ${advance.empty_steps === 1 ? "is" : "are"} empty; the next sync goes on from there`;
    case "cursor":
      return [
        `rows whose ${code(advance.column)} is at or after the last one seen are asked for with ${code(advance.param)} (${advance.format})`,
        ...(advance.inclusive ? [] : [`the filter leaves out equal values, ${TAKEN_OFF[advance.format]}`]),
        advance.lookback > 0
          ? `${counted(advance.lookback, advance.format === "integer" ? "unit" : "second")} before the cursor are read again for rows that arrive late`
          : "nothing before the cursor is read again",
        ...(advance.window
          ? [`ranges of ${counted(advance.window.days, "day")} end with ${code(advance.window.end_param)}`]
          : []),
        advance.order === "ascending"
          ? "pages come in ascending order, so the cursor moves with every page"
          : "the order of pages is not known, so the cursor moves only after the last page",
        advance.start === undefined
          ? "the first sync asks for everything"
          : `the first sync starts at ${code(advance.start)}`,
      ].join("; ");
  }
}

export function deletesInWords(deletes: Deletes): string {
  switch (deletes.kind) {
    case "none":
      return "the source does not show deletions; a deleted row stays in the destination";
    case "absence":
      return "a row that is gone from the complete listing is marked deleted";
    case "flag":
      return `a row is marked deleted when ${code(deletes.column)} ${deletes.values.length > 0 ? `is ${deletes.values.map(code).join(" or ")}` : "is true or not null"}`;
    case "feed":
      return `deleted keys are read from ${code(deletes.path)}${deletes.column && deletes.param ? `, from the last ${code(deletes.column)} on, with ${code(deletes.param)}` : ", whole at every sync"}`;
  }
}

/** The request that lists a table's rows: `GET /tickets/{ticket_id}/comments`. */
export function requestInWords(table: Table): string {
  return code(`GET ${table.read.path}`);
}

export function keyInWords(table: Table): string {
  return table.primary_key.length === 0 ? "none" : codes(table.primary_key);
}

/** `documented (E1, E2)`, `TBD: <reason>`, … Without `evidence` no contradiction counts as settled by a probe. */
export function claimInWords(
  claim: Claim | undefined,
  evidence: readonly Pick<Evidence, "id" | "kind" | "address">[] = [],
): string {
  if (claim === undefined) return "TBD: no claim is recorded for this field";
  const ids = claim.evidence.length === 0 ? "" : ` (${claim.evidence.join(", ")})`;
  switch (claim.status) {
    case "documented":
    case "probed":
      return `${claim.status}${ids}${claim.note === undefined ? "" : `; ${clause(claim.note)}`}`;
    case "unproven":
      return `TBD: ${clause(claim.reason)}${ids}`;
    case "contradicted":
      return isOverruled(claim, evidence)
        ? `probed against the documentation${ids}`
        : `${disagreementInWords(claim, { reason: clause(claim.reason), evidence })}${ids}`;
  }
}

function sized(param: string | undefined, size: number | undefined): string {
  if (size === undefined) return param === undefined ? "" : `, page size in ${code(param)}`;
  return param === undefined ? `, ${count(size)} per page` : `, ${count(size)} per page (${code(param)})`;
}

function ended(stated: string | undefined, hasMore: string | undefined): string {
  const ends = [...(stated ? [stated] : []), ...(hasMore ? [`${code(hasMore)} says there is no more`] : [])];
  return ends.length === 0 ? "reading ends at an empty page" : `reading ends when ${ends.join(" or ")}`;
}

/**
 * The blueprint as a model reads it: compact JSON, one table a line, without what it cannot use. Of the claims, those that
 * are unproven and those on which sources disagree.
 */
export function blueprintForModel({ source, tables, skipped, custom, claims }: Blueprint): string {
  const having = (status: "unproven" | "contradicted") =>
    Object.entries(claims).flatMap(([key, claim]) =>
      claim.status === status && "reason" in claim ? [`- ${key}: ${claim.reason}`] : [],
    );
  const [unproven, contradicted] = [having("unproven"), having("contradicted")];
  return [
    `source: ${JSON.stringify(source)}`,
    ...tables.map(
      (table) => `table ${table.name}: ${JSON.stringify({ ...table, columns: table.columns.map(columnForModel) })}`,
    ),
    ...skipped.map(({ name, reason }) => `skipped ${name}: ${reason}`),
    ...custom.map((note) => `custom: ${note}`),
    ...(unproven.length > 0 ? ["unproven:", ...unproven] : []),
    ...(contradicted.length > 0 ? ["sources disagree, each with what was taken:", ...contradicted] : []),
  ].join("\n");
}

function columnForModel({ name, type, nullable, format }: Column): string {
  return `${name} ${type}${nullable ? "" : " not null"}${format ? ` ${format}` : ""}`;
}
