/** What can go wrong between a connector and a source that it asks by HTTP: made by the gateway before the stand-in. */
import type { Blueprint, Table } from "../../artifacts/blueprint.ts";
import type { Fault, Simulator } from "../../sources/simulator.ts";
import type { Interception, WholeAnswer } from "../gateway/exchange.ts";
import type { Gateway } from "../gateway.ts";
import { tableOf } from "../table-of.ts";
import { bodyOf, isObject, withBody } from "./body.ts";
import { canTellEmptyPage, emptyPage } from "./empty-page.ts";
import { hasPages, repeatedPage } from "./repeated-page.ts";
import { canFallShort, shortPage } from "./short-page.ts";
import { type Blows, type WebFault, webFault } from "./strike.ts";

/** Seconds that a source asks for in Retry-After. As a date they are rounded up to whole ones, so that a bit less is left. */
const ASKED = 7;

/** One strike is an answer in vain; some ask for a new token besides. */
const ONE_MORE = 2;

/** Attempts at one request, and at those of other tables, until somebody gives up. */
const UNTIL_GIVEN_UP = 30;

export function webFaults(gateway: Gateway, blueprint: Blueprint, simulator: Pick<Simulator, "expireTokens">): Fault[] {
  const { tables } = blueprint;
  const faults = [
    ...refusals(),
    ...breaks(),
    ...wrongBodies(),
    errorInside(tables),
    ...(canTellEmptyPage(tables) ? [emptyPageFault(() => emptyPage(tables))] : []),
    ...(canFallShort(tables) ? [shortPageFault(() => shortPage(tables))] : []),
    ...(hasPages(tables) ? pagesAgain((forEver) => repeatedPage(tables, forEver)) : []),
    ...(simulator.expireTokens === undefined ? [] : [expiry(simulator.expireTokens)]),
    ...(blueprint.source.kind === "graphql" ? graphqlFaults() : []),
  ];
  return faults.map((fault) => webFault(gateway, fault));
}

/** Does the same to every request that is struck. */
function always(strike: (nth: number) => Interception): () => Blows {
  return () => ({ strike: (_, nth) => strike(nth) });
}

function answer(status: number, headers: Record<string, string> = {}): Interception {
  const body = JSON.stringify({ error: { code: status, message: `simulated ${status}` } });
  return { kind: "answer", status, headers: { "content-type": "application/json", ...headers }, body };
}

function refusals(): WebFault[] {
  const inSeconds = () => new Date(Math.ceil(Date.now() / 1000 + ASKED) * 1000).toUTCString();
  const passing = { owes: "rows", extra: ONE_MORE } as const;
  return [
    {
      ...passing,
      id: "429-seconds",
      says: `the source answers 429 with Retry-After: ${ASKED}`,
      wait: ASKED,
      begin: always(() => answer(429, { "retry-after": String(ASKED) })),
    },
    {
      ...passing,
      id: "429-date",
      says: `the source answers 429 with a date in Retry-After, ${ASKED} seconds from now`,
      wait: ASKED - 1,
      begin: always(() => answer(429, { "retry-after": inSeconds() })),
    },
    { ...passing, id: "429", says: "the source answers 429 without Retry-After", begin: always(() => answer(429)) },
    { ...passing, id: "5xx", says: "the source answers 500, 502 or 503, by turns", begin: brokenByTurns },
    {
      id: "5xx-thrice",
      says: "the source answers 500, 502 and 503 in a row",
      owes: "rows-or-failure",
      extra: ONE_MORE,
      inARow: 3,
      begin: brokenByTurns,
    },
  ];
}

function brokenByTurns(): Blows {
  let turn = 0;
  return { strike: () => answer([500, 502, 503][turn++ % 3] ?? 500) };
}

/** Nobody closes the connection: only the one who waits can end it. */
const SILENCE_MILLISECONDS = 3_600_000;

function breaks(): WebFault[] {
  const passing = { owes: "rows", extra: ONE_MORE } as const;
  return [
    {
      ...passing,
      id: "reset-before-body",
      says: "the connection breaks before the answer",
      begin: always(() => ({ kind: "pass", cut: { after: 0, how: "reset" } })),
    },
    {
      ...passing,
      id: "reset-in-body",
      says: "the connection breaks in the middle of the answer's body",
      begin: always(() => ({ kind: "pass", cut: { after: 8, how: "reset" } })),
    },
    {
      ...passing,
      id: "silence",
      says: "the source takes a request and never answers",
      silent: true,
      begin: always(() => ({ kind: "answer", status: 504, delay: SILENCE_MILLISECONDS })),
    },
    {
      owes: "rows",
      extra: 0,
      id: "slow-drip",
      says: "the answer's body comes in small pieces with pauses between them",
      begin: always(() => ({ kind: "pass", drip: { pieces: 8, pause: 30 } })),
    },
  ];
}

const PAGE = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>";

function wrongBodies(): WebFault[] {
  const html = always(() => ({ kind: "answer", status: 200, headers: { "content-type": "text/html" }, body: PAGE }));
  const cutOff = (given: WholeAnswer) => ({ ...given, body: given.body.slice(0, Math.ceil(given.body.length * 0.6)) });
  return [
    {
      id: "truncated-json",
      says: "the answer's JSON is cut off, with nothing else to show it",
      owes: "rows-or-failure",
      extra: ONE_MORE,
      begin: always(() => ({ kind: "pass", edit: cutOff })),
    },
    {
      id: "html",
      says: "the source answers with an HTML page and status 200 once",
      owes: "rows-or-failure",
      extra: ONE_MORE,
      begin: html,
    },
    {
      id: "html-lasting",
      says: "the source goes over to answering everything with an HTML page and status 200",
      owes: "rows-or-failure",
      extra: UNTIL_GIVEN_UP,
      lasting: true,
      begin: html,
    },
  ];
}

function errorInside(tables: readonly Table[]): WebFault {
  const body = JSON.stringify({ error: { code: "internal_error", message: "simulated error with status 200" } });
  /** An object where an object is the record: nothing tells the one from the other. */
  const isRecord = (path: string) => {
    const read = tableOf(tables, path)?.read;
    return read?.single === true && read.records === "";
  };
  return {
    id: "error-200",
    says: "the source answers with status 200 and nothing but an error in the JSON",
    owes: "rows-or-failure",
    extra: ONE_MORE,
    begin: () => ({
      strike: ({ path }) =>
        isRecord(path)
          ? undefined
          : { kind: "answer", status: 200, headers: { "content-type": "application/json" }, body },
    }),
  };
}

function shortPageFault(begin: () => Blows): WebFault {
  return {
    id: "short-page",
    says: "a page in the middle holds fewer records than were asked for, and the rest comes after it",
    owes: "rows",
    extra: ONE_MORE,
    page: true,
    begin,
  };
}

function emptyPageFault(begin: () => Blows): WebFault {
  return {
    id: "empty-page",
    says: "a page in the middle is empty, and the source says that more follow",
    owes: "rows-or-failure",
    extra: ONE_MORE,
    page: true,
    begin,
  };
}

function pagesAgain(begin: (forEver: boolean) => Blows): WebFault[] {
  return [
    {
      id: "repeated-page",
      says: "the source gives the page before once more in place of the next",
      owes: "rows-or-failure",
      extra: ONE_MORE,
      page: true,
      begin: () => begin(false),
    },
    {
      id: "stuck-page",
      says: "a listing gives the same page for ever, whatever is asked for",
      owes: "rows-or-failure",
      extra: UNTIL_GIVEN_UP,
      lasting: true,
      begin: () => begin(true),
    },
  ];
}

function expiry(expireTokens: () => void): WebFault {
  return {
    id: "token-expired",
    says: "the token expires in the middle of the sync",
    owes: "rows",
    // Refused, a new token, and the request once more.
    extra: 3,
    begin: () => {
      let tokens = 0;
      return {
        // The first request is for the token itself.
        strike: () => {
          if (tokens++ === 0) return undefined;
          expireTokens();
          return { kind: "pass" };
        },
        spare: () => {
          tokens++;
          return undefined;
        },
      };
    },
  };
}

function graphqlFaults(): WebFault[] {
  const throttled = { data: null, errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }] };
  return [
    {
      id: "graphql-throttled",
      says: "the source answers with status 200 and an error whose code is THROTTLED",
      owes: "rows",
      extra: ONE_MORE,
      begin: always(() => ({
        kind: "answer",
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(throttled),
      })),
    },
    {
      id: "graphql-partial",
      says: "the source answers with status 200, errors, and half of the data",
      owes: "rows-or-failure",
      extra: ONE_MORE,
      begin: always(() => ({ kind: "pass", edit: halved })),
    },
  ];
}

/** The outermost list with half of its records, beside an error that says so. */
function halved(given: WholeAnswer): WholeAnswer {
  const body = bodyOf(given);
  if (!isObject(body) || body.data === undefined || body.data === null) return given;
  const path: string[] = [];
  const half = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.slice(0, Math.floor(value.length / 2));
    if (!isObject(value)) return undefined;
    for (const [name, inner] of Object.entries(value)) {
      const found = half(inner);
      if (found === undefined) continue;
      path.unshift(name);
      return { ...value, [name]: found };
    }
    return undefined;
  };
  const data = half(body.data) ?? body.data;
  const error = { message: "The list could not be read to its end.", path, extensions: { code: "INTERNAL_ERROR" } };
  return withBody(given, { ...body, data, errors: [error] });
}
