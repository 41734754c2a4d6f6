/** Questions about the source as a whole: its address, its credentials, its limits. */
import { type RestBlueprint as Blueprint, claimKey } from "../../../artifacts/blueprint.ts";
import type { Looked } from "../../http/live/look.ts";
import { confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import type { Asker } from "../../http/probe/session.ts";
import type { ProbeFinding } from "../../live.ts";
import { recordsIn, type TableProbe } from "./table-probe.ts";

export interface SourceQuestion {
  blueprint: Blueprint;
  asker: Asker;
  /** A table that has answered. */
  probe: TableProbe;
}

export function answeredAt({ blueprint, probe }: SourceQuestion): ProbeFinding {
  const looked = probe.pages.map((page) => page.looked).slice(0, 1);
  const found = confirms(`${blueprint.source.base_url} answers with JSON below it.`, looked);
  return { key: claimKey("base_url"), question: "Is this the base address?", ...found };
}

/** Are wrong credentials refused, and none at all? Throws `NoAnswer`. */
export async function askAuth({ blueprint, asker, probe }: SourceQuestion): Promise<Found> {
  const { auth } = blueprint.source;
  const { listing, table, pages } = probe;
  const given = pages[0]?.looked;
  const address = asker.address(listing.path, listing.params);
  const asked = given === undefined ? [] : [given];
  if (auth.kind === "none") return confirms(`${listing.path} answers without credentials.`, asked);
  const wrong = await asker.ask(address, { credentials: "wrong" });
  const none = await asker.ask(address, { credentials: "none" });
  const seen = [...asked, wrong, none];
  const rows = (looked: Looked) => recordsIn(table, looked)?.length ?? 0;
  const without =
    rows(none) > 0 ? "without any it answers with records, too" : `without any with status ${none.exchange.status}`;
  if (rows(wrong) > 0) {
    const says = `${listing.path} answers wrong credentials with status ${wrong.exchange.status} and ${rows(wrong)} records, ${without}: the source does not check them on this path.`;
    return refutes(says, seen, { instead: "none, unless other paths need the credentials" });
  }
  const { status } = wrong.exchange;
  if (status >= 500) return silent(`${listing.path} answers wrong credentials with status ${status}.`, seen);
  if (status < 300 && rows(given ?? wrong) === 0) {
    return silent(`${listing.path} has no records to give, with the credentials given or with wrong ones.`, seen);
  }
  return confirms(
    `${listing.path} answers the credentials given with status ${given?.exchange.status ?? 200}, wrong ones with status ${status}, ${without}.`,
    seen,
  );
}

/** What the headers say of a limit, held against the declared one; undefined when they say nothing, or nothing is declared. */
export function limitFound({ source }: Blueprint, looked: Looked | undefined): Found | undefined {
  if (looked === undefined) return undefined;
  const declared = source.rate_limit;
  const stated = statedLimit(looked);
  if (stated === undefined) return undefined;
  const per = stated.seconds === undefined ? "in a time that is not stated" : `in ${stated.seconds} s`;
  const says = `The header ${stated.header} states ${stated.requests} requests ${per}`;
  if (declared === undefined)
    return { ...silent(`${says}, and no limit is declared.`, [looked]), instead: "rate_limit as the header states it" };
  const own = `${declared.requests} in ${declared.per_seconds} s are declared`;
  if (stated.seconds === undefined) return silent(`${says}; ${own}.`, [looked]);
  const allowed = stated.requests / stated.seconds;
  if (declared.requests / declared.per_seconds <= allowed * 1.001)
    return confirms(`${says}; ${own}, which is within it.`, [looked]);
  return refutes(`${says}; ${own}, which is more.`, [looked], {
    instead: `${stated.requests} requests per ${stated.seconds} s`,
  });
}

interface StatedLimit {
  header: string;
  requests: number;
  seconds: number | undefined;
}

function statedLimit({ headers }: Looked): StatedLimit | undefined {
  for (const header of [
    "ratelimit-policy",
    "ratelimit-limit",
    "x-ratelimit-limit",
    "x-rate-limit-limit",
    "ratelimit",
  ]) {
    const text = headers.get(header);
    if (text === null) continue;
    // `100;w=60`, `"default";q=100;w=60`, `limit=100, remaining=50, reset=5`, `100`
    const requests = Number(
      /\bq=(\d+)/.exec(text)?.[1] ?? /\blimit=(\d+)/.exec(text)?.[1] ?? /^\s*(\d+)/.exec(text)?.[1],
    );
    const seconds = /\bw=(\d+)/.exec(text)?.[1];
    if (requests > 0) return { header, requests, seconds: seconds === undefined ? undefined : Number(seconds) };
  }
  return undefined;
}
