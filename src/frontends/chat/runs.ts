/** Runs of connectors in a chat, one at a time: each waits for one that was interrupted and is still ending. */
import type { Budget } from "../../agent/budget.ts";
import { UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import type { Redactor } from "../../system/secrets.ts";
import type { BuildResult } from "../../tools/build-connector.ts";
import type { StoredEvent } from "../../workflow/events.ts";
import type { BuildHands, BuildRun } from "../building.ts";
import { createRenderer } from "../render.ts";
import type { CostBook } from "./cost.ts";
import type { Person } from "./person.ts";
import type { Screen } from "./screen.ts";

export interface RunsOptions {
  runBuild: (run: BuildRun, hands: BuildHands) => Promise<BuildResult & { secrets: string[] }>;
  context: CommandContext;
  person: Person;
  screen: Screen;
  costs: CostBook;
  redactor: Redactor;
  budget: Pick<Budget, "pause" | "add" | "left" | "reached">;
}

export interface Runs {
  run: (run: BuildRun, signal: AbortSignal) => Promise<BuildResult>;
}

export function createRuns(options: RunsOptions): Runs {
  const { screen, context, costs, person, redactor, budget, runBuild } = options;
  let last: Promise<unknown> = Promise.resolve();
  const start = async (run: BuildRun, signal: AbortSignal): Promise<BuildResult> => {
    if (run.ofConversation && budget.reached() !== undefined) {
      throw new UserError("The limit of this conversation is reached: nothing more is asked in it.", {
        hint: "Start it with a higher --max-usd; `syncsmith ask` has the limit of the connector's spec.",
      });
    }
    const { lines } = screen;
    const renderer = createRenderer({
      stream: context.streams.stderr,
      color: context.color,
      prefixed: false,
      lines,
      indent: "  ",
    });
    const show = (event: StoredEvent) => {
      if (event.type === "agent") costs.add(event.step, event.event);
      // A build has limits that the person was shown; a question is part of the conversation.
      if (event.type === "agent" && event.step === "ask" && event.event.type === "turn-ended") {
        budget.add(event.event.usage, event.event.usd);
      }
      if (context.json) context.streams.stdout.write(`${JSON.stringify(event)}\n`);
      // One that was interrupted may still be ending while the person is typing again.
      if (!signal.aborted) renderer.show(event);
    };
    const { secrets, ...result } = await budget.pause(() =>
      runBuild(run.ofConversation ? { ...run, atMostUsd: budget.left() } : run, {
        signal,
        show,
        ask: person.ask,
        approve: person.approve,
      }),
    );
    redactor.add(...secrets);
    return result;
  };
  return {
    run: async (run, signal) => {
      const before = last;
      const next = before.then(() => {
        if (signal.aborted) throw new UserError("Interrupted before it began.");
        return start(run, signal);
      });
      last = next.catch(() => undefined);
      return next;
    },
  };
}
