/** No secret goes to the model, to whoever watches, or to the log: whatever its form, and however it is cut. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { LONGEST_RESULT } from "../../src/agent/answers.ts";
import { createBudget } from "../../src/agent/budget.ts";
import { openConversation } from "../../src/agent/conversation.ts";
import { runAgent } from "../../src/agent/loop.ts";
import type { Model, ModelRequest } from "../../src/agent/model.ts";
import { defineTool } from "../../src/agent/tool.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { verifies } from "../support/verifies.ts";
import { play, temporaryDirectory } from "./setup.ts";
import { call, finish, MODEL, tool, WIDE } from "./tools.ts";

const SECRET = "s3cr3t/pa$$+wörd";
const FORMS = [
  SECRET,
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString("base64"),
  Buffer.from(`user:${SECRET}`).toString("base64"),
  JSON.stringify(SECRET).slice(1, -1),
];

describe(verifies("agent.redaction", "a secret"), () => {
  it("is in no request, no event and no line of the log", async () => {
    const leaky = tool("leaky", ({ n }) => ({ text: `found: ${FORMS[n]} there`, outcome: `has ${FORMS[n]}` }));
    const speaking = { ...leaky, name: "speaking", describe: () => `uses ${SECRET}` };
    const { endpoint, events, path } = await play({
      secrets: [SECRET],
      task: { system: `System with ${SECRET}.`, opening: `Opening with ${FORMS.join(" and ")}.` },
      script: [
        // Models cannot know a secret; whoever repeats one here is a gateway, or a guess.
        { reply: [`It is ${SECRET}, you see`, ...FORMS.map((_, n) => call("leaky", n))], chunk: 3 },
        { reply: [{ ...call("speaking", 0), input: { n: 0, note: SECRET, [SECRET]: 1 } }] },
        { reply: [call("finish")] },
      ],
      tools: [leaky, speaking, finish],
    });
    const seen = [...endpoint.requests.map(({ raw }) => raw), JSON.stringify(events), await readFile(path, "utf8")];
    expect(endpoint.requests).toHaveLength(3);
    for (const text of seen) for (const form of FORMS) expect(text).not.toContain(form);
    expect(endpoint.requests[0]?.body.system?.[0]?.text).toBe("System with ****.");
    expect(endpoint.requests[1]?.body.messages.at(-1)?.content[0]?.content).toBe("found: **** there");
    const shown = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
    expect(shown.join("")).toBe("It is ****, you see");
    expect(shown.length).toBeGreaterThan(2);
  });

  it("that becomes known later is taken out of what was said before", async () => {
    const redactor = createRedactor();
    const requests: ModelRequest[] = [];
    const model: Model = async (request) => {
      requests.push(structuredClone(request) as ModelRequest);
      const name = requests.length === 1 ? "login" : "finish";
      return {
        content: [{ type: "tool_use", id: `c${requests.length}`, name, input: { n: 1 }, caller: { type: "direct" } }],
        stopReason: "tool_use",
        usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 },
      };
    };
    const login = tool("login", () => {
      redactor.add("token-of-the-day");
      return { text: "in" };
    });
    await runAgent(
      { system: "", opening: "It may be token-of-the-day.", tools: [login, finish] },
      {
        model,
        modelId: MODEL,
        budget: createBudget(WIDE),
        conversation: await openConversation({ path: join(await temporaryDirectory(), "c.jsonl"), key: "k", redactor }),
        redactor,
        emit: () => undefined,
        signal: new AbortController().signal,
      },
    );
    expect(JSON.stringify(requests[0])).toContain("token-of-the-day");
    expect(JSON.stringify(requests[1])).not.toContain("token-of-the-day");
  });

  it("that lies where a long result is cut is not shown in part", async () => {
    const long = tool("long", () => ({ text: `${"x".repeat(LONGEST_RESULT - 6)}${SECRET}${"y".repeat(100)}` }));
    const { endpoint } = await play({
      secrets: [SECRET],
      script: [{ reply: [call("long")] }, { reply: [call("finish")] }],
      tools: [long, finish],
    });
    const sent = endpoint.requests[1]?.body.messages.at(-1)?.content[0]?.content ?? "";
    expect(sent).toContain("x****");
    expect(sent).not.toContain(SECRET.slice(0, 2));
  });

  it("that is a common word changes what is kept and shown of a call, not what the tool is given", async () => {
    const given: unknown[] = [];
    const write = defineTool({
      name: "write",
      title: "Write",
      description: "Writes.",
      input: z.object({ path: z.string() }),
      effect: "write",
      describe: ({ path }) => `write ${path}`,
      run: async ({ path }) => {
        given.push(path);
        return { text: "written" };
      },
    });
    const { endpoint, events } = await play({
      secrets: ["shop"],
      script: [
        { reply: [{ type: "tool_use", name: "write", input: { path: "shop_orders.py" } }] },
        { reply: [call("finish")] },
      ],
      tools: [write, finish],
    });
    expect(given).toEqual(["shop_orders.py"]);
    expect(endpoint.requests[1]?.body.messages[1]?.content[0]?.input).toEqual({ path: "****_orders.py" });
    expect(events).toContainEqual(expect.objectContaining({ type: "tool-called", text: "write ****_orders.py" }));
  });

  it("in what a broken reply had shown is not shown by the next try either", async () => {
    const { events } = await play({
      secrets: ["hunter2hunter2"],
      script: [
        { reply: ["It is hunter2hun"], chunk: 4, breakAfter: { events: 7, how: "cut" } },
        { reply: ["ter2 is no secret"], chunk: 4 },
      ],
    });
    const kinds = events.flatMap((event) =>
      event.type === "text-delta" ? [event.text] : event.type === "retry" ? ["|"] : [],
    );
    expect(kinds.join("")).toBe("It is |ter2 is no secret");
  });
});
