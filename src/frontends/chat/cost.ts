/** What models cost, step by step, and as one line. */

import { addUsage, NO_USAGE } from "../../agent/budget.ts";
import type { AgentEvent } from "../../agent/events.ts";
import type { Usage } from "../../agent/model.ts";

export interface Cost {
  requests: number;
  usage: Usage;
  /** Of the requests whose price is known. */
  usd: number;
  /** Requests without a known price. */
  unpriced: number;
}

export const NO_COST: Cost = { requests: 0, usage: NO_USAGE, usd: 0, unpriced: 0 };

export function addCost(a: Cost, b: Cost): Cost {
  return {
    requests: a.requests + b.requests,
    usage: addUsage(a.usage, b.usage),
    usd: a.usd + b.usd,
    unpriced: a.unpriced + b.unpriced,
  };
}

/** What an event costs: only the end of a request does. */
export function costOf(event: AgentEvent): Cost {
  if (event.type !== "turn-ended") return NO_COST;
  return { requests: 1, usage: event.usage, usd: event.usd ?? 0, unpriced: event.usd === null ? 1 : 0 };
}

/** `12.3k in (80% cached), 0.9k out, $0.031`. */
export function costInWords({ usage, usd, unpriced, requests }: Cost): string {
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  const share = input === 0 ? 0 : Math.round((usage.cacheRead / input) * 100);
  const cached = share === 0 ? "" : ` (${share}% cached)`;
  const tokens = `${thousands(input)} in${cached}, ${thousands(usage.output)} out`;
  if (unpriced === requests && requests > 0) return `${tokens}, price not known`;
  return `${tokens}, ${dollars(usd)}${unpriced > 0 ? " and what has no known price" : ""}`;
}

/** `$0.031`, `$1.20`; three places below a dollar's tenth. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 0.1 ? 3 : 2)}`;
}

function thousands(tokens: number): string {
  return tokens < 100 ? String(tokens) : `${(tokens / 1000).toFixed(1)}k`;
}

export interface CostBook {
  add(step: string, event: AgentEvent): void;
  of(step: string): Cost;
  total(): Cost;
  /** Step -> cost, in the order in which they first cost something. */
  entries(): [string, Cost][];
  forget(step: string): void;
  clear(): void;
}

export function createCostBook(): CostBook {
  const steps = new Map<string, Cost>();
  return {
    add: (step, event) => {
      const cost = costOf(event);
      if (cost.requests > 0) steps.set(step, addCost(steps.get(step) ?? NO_COST, cost));
    },
    of: (step) => steps.get(step) ?? NO_COST,
    total: () => [...steps.values()].reduce(addCost, NO_COST),
    entries: () => [...steps],
    forget: (step) => {
      steps.delete(step);
    },
    clear: () => steps.clear(),
  };
}
