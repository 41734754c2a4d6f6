/** The loop's rules, asserted on what was sent as well as on what came of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AgentEvent } from "../../src/agent/events.ts";
import { defineTool } from "../../src/agent/tool.ts";
import { ToolError, UserError } from "../../src/errors.ts";
import { verifies } from "../support/verifies.ts";
import { play } from "./setup.ts";
import { call, finish, tool } from "./tools.ts";

const say = (n: number) => `result ${n}`;
const read = tool("read", ({ n }) => ({ text: say(n) }));

/** The results in a request's last message: id, text, and whether it is an error. */
function resultsIn(
  request:
    | { body: { messages: { content: { tool_use_id?: string; content?: string; is_error?: boolean }[] }[] } }
    | undefined,
) {
  return request?.body.messages
    .at(-1)
    ?.content.map((block) => [block.tool_use_id, block.content, block.is_error ?? false]);
}

describe(verifies("agent.loop", "a turn"), () => {
  it("runs what the model calls, sends the results back, and ends when the gate is passed", async () => {
    const usage = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 1000, cache_read_input_tokens: 0 };
    const { outcome, events, endpoint, budget } = await play({
      script: [
        { reply: ["I look.", call("read", 7)], usage },
        { expect: ["result 7"], reply: [call("finish")], usage: { input_tokens: 3, cache_read_input_tokens: 1000 } },
      ],
      tools: [read, finish],
    });
    expect(outcome).toEqual({ kind: "done" });
    expect(endpoint.failures).toEqual([]);
    expect(endpoint.requests.map(({ body }) => body.messages.map(({ role }) => role))).toEqual([
      ["user"],
      ["user", "assistant", "user"],
    ]);
    const timeless = events.map((event) => ({ ...event, ...("milliseconds" in event ? { milliseconds: 0 } : {}) }));
    const first = { input: 10, cacheRead: 0, cacheWrite: 1000, output: 5 };
    const second = { input: 3, cacheRead: 1000, cacheWrite: 0, output: 20 };
    expect(timeless).toEqual<AgentEvent[]>([
      { type: "turn-started", turn: 1 },
      { type: "text-delta", text: "I look." },
      { type: "text", text: "I look." },
      { type: "turn-ended", turn: 1, usage: first, usd: (10 * 4 + 1000 * 5 + 5 * 20) / 1e6 },
      { type: "tool-called", call: "toolu_0001", tool: "read", text: "read 7" },
      { type: "tool-returned", call: "toolu_0001", tool: "read", ok: true, text: "result 7", milliseconds: 0 },
      { type: "turn-started", turn: 2 },
      { type: "turn-ended", turn: 2, usage: second, usd: (3 * 4 + 1000 * 0.2 + 20 * 20) / 1e6 },
      { type: "tool-called", call: "toolu_0002", tool: "finish", text: "finish 1" },
      {
        type: "tool-returned",
        call: "toolu_0002",
        tool: "finish",
        ok: true,
        text: "The gate is passed.",
        milliseconds: 0,
      },
    ]);
    expect(budget.spent.turns).toBe(2);
  });

  it("does not end on a reply whose earlier call failed: its error would never be read", async () => {
    const refusing = tool("refusing", () => {
      throw new ToolError("No such field. Fields: a, b.");
    });
    const ending = { ...finish, ends: true as const };
    const { outcome, endpoint } = await play({
      script: [
        { reply: [call("refusing"), call("finish")] },
        {
          expect: ["No such field", "Not run, because refusing in this reply failed"],
          reply: [call("read"), call("finish")],
        },
      ],
      tools: [refusing, read, ending],
    });
    expect(endpoint.failures).toEqual([]);
    expect(outcome).toEqual({ kind: "done" });
    expect(endpoint.requests).toHaveLength(2);
  });

  it("runs nothing after the call that passed the gate", async () => {
    let ran = 0;
    const writing = tool("writing", () => ({ text: `written ${++ran}` }), "write");
    const { outcome, endpoint } = await play({
      script: [{ reply: [call("finish"), call("writing")] }],
      tools: [writing, finish],
    });
    expect(outcome).toEqual({ kind: "done" });
    expect(endpoint.requests).toHaveLength(1);
    expect(ran).toBe(0);
  });

  it("sends the same system text and tools each time, and the messages only ever grow", async () => {
    const { endpoint } = await play({
      script: [
        { reply: [call("read", 1)] },
        { reply: [call("read", 2), call("read", 3)] },
        { reply: [call("finish")] },
      ],
      tools: [read, finish],
    });
    const [first, ...later] = endpoint.requests.map(({ body }) => body);
    for (const body of later) {
      expect(JSON.stringify([body.system, body.tools])).toBe(JSON.stringify([first?.system, first?.tools]));
    }
    const bare = endpoint.requests.map(({ body }) =>
      JSON.stringify(body.messages, (key, value) => (key === "cache_control" ? undefined : value)).slice(0, -1),
    );
    expect(bare[1]?.startsWith(bare[0] ?? "-")).toBe(true);
    expect(bare[2]?.startsWith(bare[1] ?? "-")).toBe(true);
  });

  it("runs looks side by side, at most four at once, and keeps the model's order of results", async () => {
    let running = 0;
    let most = 0;
    const slow = (name: string, effect: "read" | "network") =>
      tool(
        name,
        async ({ n }) => {
          most = Math.max(most, ++running);
          await sleep(120 - n * 15);
          running -= 1;
          return { text: say(n) };
        },
        effect,
      );
    const { endpoint } = await play({
      script: [
        { reply: [1, 2, 3, 4, 5, 6].map((n) => call(n % 2 ? "probe" : "page", n)) },
        { reply: [call("finish")] },
      ],
      tools: [slow("probe", "network"), slow("page", "read"), finish],
    });
    expect(most).toBe(4);
    expect(resultsIn(endpoint.requests[1])).toEqual([1, 2, 3, 4, 5, 6].map((n) => [`toolu_000${n}`, say(n), false]));
  });

  it("runs everything else one at a time, in order, looks before and after it apart", async () => {
    const order: string[] = [];
    const traced = (name: string, effect: "read" | "write" | "execute") =>
      tool(
        name,
        async ({ n }) => {
          order.push(`${name}${n} begins`);
          await sleep(20);
          order.push(`${name}${n} ends`);
          return { text: "ok" };
        },
        effect,
      );
    await play({
      script: [
        {
          reply: [call("look", 1), call("look", 2), call("edit", 3), call("edit", 4), call("run", 5), call("look", 6)],
        },
        { reply: [call("finish")] },
      ],
      tools: [traced("look", "read"), traced("edit", "write"), traced("run", "execute"), finish],
    });
    expect(order).toEqual([
      ...["look1 begins", "look2 begins", "look1 ends", "look2 ends", "edit3 begins", "edit3 ends"],
      ...["edit4 begins", "edit4 ends", "run5 begins", "run5 ends", "look6 begins", "look6 ends"],
    ]);
  });

  it("gives thinking back unchanged, in its place", async () => {
    const thinking = { type: "thinking" as const, thinking: "I wonder.", signature: "c2ln" };
    const { endpoint } = await play({
      script: [{ reply: [thinking, "So:", call("read")] }, { reply: [call("finish")] }],
      tools: [read, finish],
    });
    expect(endpoint.requests[1]?.body.messages[1]?.content).toEqual([
      thinking,
      { type: "text", text: "So:" },
      { type: "tool_use", id: "toolu_0001", name: "read", input: { n: 1 } },
    ]);
  });

  it("cuts a long result once, at a line's end, and says how to get the rest", async () => {
    const line = `${"x".repeat(99)}\n`;
    const { endpoint } = await play({
      script: [{ reply: [call("long")] }, { reply: [call("finish")] }],
      tools: [tool("long", () => ({ text: line.repeat(500) })), finish],
    });
    const [, text = ""] = resultsIn(endpoint.requests[1])?.[0] ?? [];
    expect(String(text).length).toBeLessThan(24_300);
    expect(text).toMatch(
      /x\n\[cut: these are the first 23999 of 50000 characters; for the rest ask for less at a time/,
    );
  });
});

describe(verifies("agent.loop", "a call that cannot be answered as asked"), () => {
  const typed = defineTool({
    name: "record_claim",
    title: "Record",
    description: "Records.",
    input: z.object({
      claims: z.array(z.strictObject({ key: z.string(), page: z.string().min(1), status: z.enum(["a", "b"]) })),
      mode: z.union([z.object({ kind: z.literal("one"), size: z.int() }), z.object({ kind: z.literal("two") })]),
    }),
    effect: "write",
    describe: () => "record",
    run: async () => ({ text: "recorded" }),
  });

  it("names the fields that are wrong, in plain words", async () => {
    const input = { claims: [{ key: 7, page: "", status: "c", extra: 1 }], mode: { kind: "one" } };
    const { endpoint } = await play({
      script: [{ reply: [{ type: "tool_use", name: "record_claim", input }] }, { reply: [call("finish")] }],
      tools: [typed, finish],
    });
    expect(resultsIn(endpoint.requests[1])).toEqual([
      [
        "toolu_0001",
        [
          "The input of record_claim is not as it must be; nothing was run.",
          "- claims[0].key: expected string, received number",
          "- claims[0].page: Too small: expected string to have >=1 characters",
          "- claims[0].status must be one of a, b",
          "- claims[0] has unknown fields: extra",
          "- mode.size is missing",
        ].join("\n"),
        true,
      ],
    ]);
  });

  it("names the tools there are, the nearest first", async () => {
    const { endpoint } = await play({
      script: [{ reply: [call("reed")] }, { reply: [call("finish")] }],
      tools: [read, finish],
    });
    expect(resultsIn(endpoint.requests[1])).toEqual([
      ["toolu_0001", "There is no tool reed. Did you mean read? The tools are: read, finish.", true],
    ]);
  });

  it("passes on what a tool wants mended, and what only a person can", async () => {
    const { endpoint, outcome } = await play({
      script: [{ reply: [call("mend"), call("person")] }, { reply: [call("finish")] }],
      tools: [
        tool("mend", () => {
          throw new ToolError("Give a page of 1 to 3.");
        }),
        tool("person", () => {
          throw new UserError("The variable A is not set.", { hint: "export A=…" });
        }),
        finish,
      ],
    });
    expect(outcome).toEqual({ kind: "done" });
    expect(resultsIn(endpoint.requests[1])).toEqual([
      ["toolu_0001", "Give a page of 1 to 3.", true],
      ["toolu_0002", "The variable A is not set. export A=…", true],
    ]);
  });

  it("lets a bug of ours be one", async () => {
    const broken = tool("broken", () => {
      throw new TypeError("x is undefined");
    });
    await expect(play({ script: [{ reply: [call("broken")] }], tools: [broken] })).rejects.toThrow(TypeError);
  });

  it("is not run when its input did not arrive whole", async () => {
    const ran: unknown[] = [];
    const { endpoint } = await play({
      script: [{ reply: [call("write", 12)], cutInput: 6 }, { reply: [call("finish")] }],
      tools: [
        tool(
          "write",
          (input) => {
            ran.push(input);
            return { text: "written" };
          },
          "write",
        ),
        finish,
      ],
    });
    expect(ran).toEqual([]);
    expect(resultsIn(endpoint.requests[1])).toEqual([["toolu_0001", expect.stringContaining("no whole JSON"), true]]);
  });

  it("is answered at the third time in a row, and ends the conversation at the fourth", async () => {
    let ran = 0;
    const counted = tool("poll", () => ({ text: `poll ${++ran}` }));
    const same = { reply: [call("poll")] };
    const { outcome, endpoint, path } = await play({ script: [same, same, same, same], tools: [counted, finish] });
    expect(outcome).toEqual({ kind: "stuck", text: expect.stringContaining("poll four times in a row") });
    expect(ran).toBe(2);
    expect(resultsIn(endpoint.requests[3])?.[0]?.[1]).toContain("third time in a row");
    // Ended: the same key begins anew.
    const again = await play({ script: [{ reply: [call("finish")] }], tools: [finish], path });
    expect(again.endpoint.requests[0]?.body.messages).toHaveLength(1);
  });

  it("may come again after another one", async () => {
    let ran = 0;
    const counted = tool("poll", () => ({ text: `poll ${++ran}` }));
    const turns = [1, 1, 2, 1, 1, 2].map((n) => ({ reply: [call("poll", n)] }));
    const { outcome } = await play({ script: [...turns, { reply: [call("finish")] }], tools: [counted, finish] });
    expect(outcome).toEqual({ kind: "done" });
    expect(ran).toBe(6);
  });
});

describe("a person who says something", () => {
  it("may have the same call made again and again", async () => {
    let ran = 0;
    const counted = tool("status", () => {
      ran += 1;
      return { text: "as before" };
    });
    let path: string | undefined;
    for (let asked = 0; asked < 5; asked++) {
      const { outcome, path: used } = await play({
        ...(path ? { path } : {}),
        script: [{ reply: [call("status")] }, { reply: ["As before."] }],
        tools: [counted],
        task: { keepOpen: true },
        before: (conversation) => {
          if (asked > 0) conversation.append({ role: "user", content: [{ type: "text", text: "And now?" }] });
        },
      });
      path = used;
      expect(outcome).toEqual({ kind: "stopped", text: "As before." });
    }
    expect(ran).toBe(5);
  });
});

describe(verifies("agent.approval", "publishing"), () => {
  const published: number[] = [];
  const publish = tool(
    "deploy",
    ({ n }) => {
      published.push(n);
      return { text: "deployed" };
    },
    "publish",
  );
  const script = [{ reply: [call("deploy", 4)] }, { reply: [call("finish")] }];

  it("is refused where nobody can be asked", async () => {
    const { endpoint } = await play({ script, tools: [publish, finish] });
    expect(published).toEqual([]);
    expect(resultsIn(endpoint.requests[1])).toEqual([
      ["toolu_0001", expect.stringContaining("nobody can be asked"), true],
    ]);
  });

  it("is shown to a person, and not done when they say no", async () => {
    const asked: unknown[] = [];
    const approve = async (approval: unknown) => {
      asked.push(approval);
      return false;
    };
    const { endpoint } = await play({ script, tools: [publish, finish], deps: { approve } });
    expect(asked).toEqual([{ question: "deploy?", lines: ["deploy 4"] }]);
    expect(published).toEqual([]);
    expect(resultsIn(endpoint.requests[1])).toEqual([["toolu_0001", expect.stringContaining("said no"), true]]);
  });

  it("is done when they say yes", async () => {
    const { endpoint } = await play({ script, tools: [publish, finish], deps: { approve: async () => true } });
    expect(published.splice(0)).toEqual([4]);
    expect(resultsIn(endpoint.requests[1])).toEqual([["toolu_0001", "deployed", false]]);
  });

  it("is refused when it is no longer what they said yes to", async () => {
    let destination = "sandbox";
    const moving = { ...publish, describe: () => `deploy to ${destination}` };
    const approve = async () => {
      destination = "production";
      return true;
    };
    const { endpoint } = await play({ script, tools: [moving, finish], deps: { approve } });
    expect(published).toEqual([]);
    expect(resultsIn(endpoint.requests[1])).toEqual([["toolu_0001", expect.stringContaining("has changed"), true]]);
  });

  it("is not all that may need a yes", async () => {
    const asked: string[] = [];
    const { endpoint } = await play({
      script: [{ reply: [call("read", 1), call("read", 2)] }, { reply: [call("finish")] }],
      tools: [read, finish],
      deps: {
        askFirst: ({ name }, input) => name === "read" && (input as { n: number }).n === 2,
        approve: async ({ lines }) => {
          asked.push(...lines);
          return true;
        },
      },
    });
    expect(asked).toEqual(["read 2"]);
    expect(resultsIn(endpoint.requests[1])?.map(([, text]) => text)).toEqual([say(1), say(2)]);
  });
});
