/** Requests of a battery of probes: one at a time, counted, and no more than the source bears. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { Exchange, Look, ProbeOptions } from "../../live.ts";
import type { Addresses } from "../live/client.ts";
import { createLooker, type Looked } from "../live/look.ts";
import { further, type Skew, skewOf } from "./clock.ts";

export interface Limits {
  /** Requests for one table, and for all together. */
  perTable: number;
  all: number;
  /** Until a whole answer is there. */
  seconds: number;
  /** Seconds that are waited at most when the source asks for it. */
  longestWait: number;
}

export const LIMITS: Limits = { perTable: 24, all: 150, seconds: 30, longestWait: 60 };

/** A question got no answer to judge by. Not a failure: it is what becomes of the question. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly exchanges: Exchange[];
  /** Nothing more can be asked: requests are used up, or the source has had enough. */
  readonly spent: boolean;

  /** `why` is a sentence. */
  constructor(why: string, exchanges: Exchange[] = [], spent = false) {
    super(why);
    this.exchanges = exchanges;
    this.spent = spent;
  }
}

export interface Asker extends Addresses {
  /** Throws `NoAnswer`; throws `UserError` when the source never answered at all. */
  ask: (address: URL, how?: Partial<Pick<Look, "method" | "credentials">>) => Promise<Looked>;
}

export interface Session {
  /** With requests of its own to spend. */
  asker(): Asker;
  /** Requests so far. */
  used(): number;
  /** Why nothing more is asked; undefined while there is something left. */
  exhausted(): string | undefined;
  /** The last answer that spoke of rate limits. */
  limited(): Looked | undefined;
  /** By how much the source's clock was off where it was furthest; undefined when no answer told. */
  skew(): Skew | undefined;
}

const RATE_HEADERS = [
  "ratelimit",
  "ratelimit-policy",
  "ratelimit-limit",
  "x-ratelimit-limit",
  "x-rate-limit-limit",
  "retry-after",
];
const WAITS = 2;
const SILENCES = 2;

export function createSession({ source }: { source: HttpSource }, options: ProbeOptions, limits: Limits): Session {
  const looker = createLooker(source, { ...options, seconds: limits.seconds });
  let used = 0;
  let answered = false;
  let silences = 0;
  let blocked: string | undefined;
  let limited: Looked | undefined;
  let skew: Skew | undefined;
  const exhausted = () => blocked ?? (used >= limits.all ? tooMany(limits.all, "all tables") : undefined);
  const send = async (address: URL, how: Parameters<Asker["ask"]>[1]): Promise<Looked> => {
    used += 1;
    const sent = Date.now();
    try {
      const looked = await looker.ask(address, how);
      skew = further(skew, skewOf(looked, sent, Date.now()));
      [answered, silences] = [true, 0];
      if (RATE_HEADERS.some((name) => looked.headers.has(name))) limited = looked;
      return looked;
    } catch (error) {
      if (!(error instanceof UserError) || !answered) throw error;
      silences += 1;
      if (silences >= SILENCES) blocked = `The source stopped answering: ${messageOf(error)}`;
      throw new NoAnswer(messageOf(error), [], blocked !== undefined);
    }
  };
  const patiently = async (address: URL, how: Parameters<Asker["ask"]>[1]): Promise<Looked> => {
    for (let waits = 0; ; waits++) {
      const looked = await send(address, how);
      const seconds = secondsToWait(looked);
      if (seconds === undefined) return looked;
      const { status } = looked.exchange;
      if (waits === WAITS || seconds > limits.longestWait) {
        blocked = `The source answers with status ${status} and wants ${Math.ceil(seconds)} s of rest; it was not asked on.`;
        throw new NoAnswer(blocked, [looked.exchange], true);
      }
      options.onProgress(`waiting ${Math.ceil(seconds)} s, as the source asks`);
      await sleep(seconds * 1000, undefined, { signal: options.signal });
    }
  };
  const follow: Asker["follow"] = (next, from) => {
    try {
      return looker.follow(next, from);
    } catch (error) {
      if (error instanceof UserError) throw new NoAnswer(error.message);
      throw error;
    }
  };
  const asker = (): Asker => {
    let own = 0;
    const ask: Asker["ask"] = async (address, how) => {
      const why = exhausted() ?? (own >= limits.perTable ? tooMany(limits.perTable, "one table") : undefined);
      if (why !== undefined) throw new NoAnswer(why, [], true);
      own += 1;
      return await patiently(address, how);
    };
    return { address: looker.address, follow, ask };
  };
  return { asker, used: () => used, exhausted, limited: () => limited, skew: () => skew };
}

function tooMany(limit: number, what: string): string {
  return `The ${limit} requests for ${what} are used up.`;
}

/** Undefined when the answer is no refusal for too many requests. Without a stated time, two seconds. */
function secondsToWait({ exchange, headers }: Looked): number | undefined {
  const stated = headers.get("retry-after");
  if (exchange.status !== 429 && !(exchange.status === 503 && stated !== null)) return undefined;
  const seconds = Number(stated ?? "2");
  if (Number.isFinite(seconds)) return Math.max(seconds, 0.1);
  const until = (Date.parse(stated ?? "") - Date.now()) / 1000;
  return Number.isFinite(until) ? Math.max(until, 0.1) : 2;
}
