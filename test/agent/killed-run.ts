/** A process that runs a loop until it is killed: `killed-run.ts ADDRESS CONVERSATION`. Prints what its tools begin. */
import { setTimeout as sleep } from "node:timers/promises";
import { createAnthropicModel } from "../../src/agent/anthropic.ts";
import { createBudget } from "../../src/agent/budget.ts";
import { openConversation } from "../../src/agent/conversation.ts";
import { runAgent } from "../../src/agent/loop.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { MODEL, tool, WIDE } from "./tools.ts";

const [, , address = "", path = ""] = process.argv;
const redactor = createRedactor();
const begun = (name: string, n: number) => process.stdout.write(`${name} ${n} begins\n`);

const look = tool("look", ({ n }) => {
  begun("look", n);
  return { text: `seen ${n}` };
});
const edit = tool(
  "edit",
  async ({ n }) => {
    begun("edit", n);
    await sleep(60_000);
    return { text: "never" };
  },
  "write",
);
await runAgent(
  { system: "You are tested.", opening: "Begin.", tools: [look, edit] },
  {
    model: await createAnthropicModel({
      modelId: MODEL,
      environment: { ANTHROPIC_API_KEY: "key-for-tests", ANTHROPIC_BASE_URL: address },
    }),
    modelId: MODEL,
    budget: createBudget(WIDE),
    conversation: await openConversation({ path, key: "k", redactor }),
    redactor,
    emit: () => undefined,
    signal: new AbortController().signal,
  },
);
