/** Limits of a run, shared by all its conversations and asked before each request: the one place where they are enforced. */
import type { Usage } from "./model.ts";
import type { AgentOutcome, LimitName } from "./outcome.ts";

export interface Limits {
  turns: number;
  /** Input (cached counted too) and output together. */
  tokens?: number | undefined;
  usd: number;
  minutes: number;
}

export interface Spent {
  turns: number;
  usage: Usage;
  /** Of the turns whose price is known. */
  usd: number;
}

export interface Budget {
  readonly spent: Spent;
  /** The limit that is reached, or undefined while there is room for another request. */
  reached(): Extract<AgentOutcome, { kind: "limit" }> | undefined;
  /** US dollars that may still be spent, never below 0. */
  left(): number;
  add(usage: Usage, usd: number | null): void;
  /** Counts what an earlier process spent on a conversation that goes on. */
  carry(earlier: Readonly<Spent>): void;
  /** The clock of `minutes` does not run while a person is asked or a connector is tested. */
  pause<T>(work: () => Promise<T>): Promise<T>;
}

export const NO_USAGE: Usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
  };
}

/** `now` gives milliseconds on a clock that never goes back. */
export function createBudget(limits: Limits, now: () => number = () => performance.now()): Budget {
  const started = now();
  const spent: Spent = { turns: 0, usage: NO_USAGE, usd: 0 };
  let waited = 0;
  let pauses = { running: 0, since: 0 };
  const over = (): [LimitName, string] | undefined => {
    if (spent.turns >= limits.turns) return ["turns", `${limits.turns} requests`];
    if (spent.usd >= limits.usd) return ["usd", `$${limits.usd}`];
    const tokens = spent.usage.input + spent.usage.cacheRead + spent.usage.cacheWrite + spent.usage.output;
    if (limits.tokens !== undefined && tokens >= limits.tokens) return ["tokens", `${limits.tokens} tokens`];
    if (now() - started - waited >= limits.minutes * 60_000) return ["minutes", `${limits.minutes} minutes`];
    return undefined;
  };
  return {
    spent,
    reached: () => {
      const found = over();
      if (found === undefined) return undefined;
      const [limit, amount] = found;
      return { kind: "limit", limit, text: `the limit of ${amount} (limits.${limit} in the spec) is reached` };
    },
    left: () => Math.max(0, limits.usd - spent.usd),
    add: (usage, usd) => {
      spent.turns += 1;
      spent.usage = addUsage(spent.usage, usage);
      spent.usd += usd ?? 0;
    },
    carry: ({ turns, usage, usd }) => {
      spent.turns += turns;
      spent.usage = addUsage(spent.usage, usage);
      spent.usd += usd;
    },
    pause: async (work) => {
      // Pauses may overlap: the time is taken out once.
      pauses = pauses.running === 0 ? { running: 1, since: now() } : { ...pauses, running: pauses.running + 1 };
      try {
        return await work();
      } finally {
        pauses = { ...pauses, running: pauses.running - 1 };
        if (pauses.running === 0) waited += now() - pauses.since;
      }
    },
  };
}
