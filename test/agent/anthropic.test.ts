/** The model over HTTP: what goes out, what comes back, and what goes wrong in between. */
import { describe, expect, it } from "vitest";
import { createAnthropicModel } from "../../src/agent/anthropic.ts";
import { hasCredentials, modelSecrets, needCredentials } from "../../src/agent/credentials.ts";
import type { ModelRequest } from "../../src/agent/model.ts";
import { UserError } from "../../src/errors.ts";
import { type ScriptEntry, startMessagesEndpoint } from "../support/messages-endpoint.ts";
import { verifies } from "../support/verifies.ts";
import { endpointFor, listening } from "./setup.ts";
import { call, MODEL } from "./tools.ts";

const REQUEST: ModelRequest = {
  system: "Be brief.",
  tools: [
    { name: "first", description: "One.", input_schema: { type: "object" } },
    { name: "second", description: "Two.", input_schema: { type: "object" } },
  ],
  messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
  maxTokens: 500,
};
const CACHED = { type: "ephemeral" };

async function ask(script: ScriptEntry[], { request = REQUEST, environment = {}, idleSeconds = 5 } = {}) {
  const endpoint = await endpointFor(script);
  const model = await createAnthropicModel({
    modelId: MODEL,
    environment: { ANTHROPIC_API_KEY: "key-for-tests", ANTHROPIC_BASE_URL: endpoint.address, ...environment },
    idleSeconds,
    pauseSeconds: 0.01,
  });
  const heard = listening();
  const result = await model(request, heard.options).then(
    (reply) => ({ reply, error: undefined }),
    (error: unknown) => ({ reply: undefined, error }),
  );
  return { ...result, ...heard, endpoint, requests: endpoint.requests };
}

describe("a request", () => {
  it("carries the key as a bearer token, the API's version, and what was asked", async () => {
    const { requests } = await ask([{ reply: ["Hi"] }]);
    const [sent] = requests;
    expect(sent?.headers.authorization).toBe("Bearer key-for-tests");
    expect(sent?.headers["x-api-key"]).toBeUndefined();
    expect(sent?.headers["anthropic-version"]).toBe("2026-10-21");
    expect(sent?.path).toBe("/v1/messages");
    expect(sent?.body).toEqual({
      model: MODEL,
      max_tokens: 500,
      stream: true,
      system: [{ type: "text", text: "Be brief.", cache_control: CACHED }],
      tools: [REQUEST.tools[0], { ...REQUEST.tools[1], cache_control: CACHED }],
      messages: [{ role: "user", content: [{ type: "text", text: "Hello", cache_control: CACHED }] }],
    });
  });

  it("marks the end of the messages and of the request before, and never thinking", async () => {
    const result = (id: string) => ({ type: "tool_result" as const, tool_use_id: id, content: "ok" });
    const use = (id: string) => ({ type: "tool_use" as const, id, name: "first", input: {} });
    const messages: ModelRequest["messages"] = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: [use("a")] },
      { role: "user", content: [result("a")] },
      { role: "assistant", content: [use("b"), use("c")] },
      { role: "user", content: [result("b"), result("c")] },
    ];
    const thought = { type: "thinking" as const, thinking: "Hm.", signature: "sig" };
    const { requests } = await ask([{ reply: ["Hi"] }], { request: { ...REQUEST, messages } });
    const marks = requests[0]?.body.messages.map(({ content }) => content.map((block) => block.cache_control));
    expect(marks).toEqual([[undefined], [undefined], [CACHED], [undefined, undefined], [undefined, CACHED]]);

    const paused = [
      ...messages,
      { role: "assistant" as const, content: [{ type: "text" as const, text: "So" }, thought] },
    ];
    const { requests: after } = await ask([{ reply: ["Hi"] }], { request: { ...REQUEST, messages: paused } });
    expect(after[0]?.body.messages.at(-1)?.content.map((block) => block.cache_control)).toEqual([CACHED, undefined]);
    expect(after[0]?.raw.match(/cache_control/g)).toHaveLength(4);
  });

  it("takes a token before a key, and custom headers as they are", async () => {
    const token = await ask([{ reply: ["Hi"] }], { environment: { ANTHROPIC_AUTH_TOKEN: "token-for-tests" } });
    expect(token.requests[0]?.headers.authorization).toBe("Bearer token-for-tests");
    const old = await ask([{ reply: ["Hi"] }], {
      environment: { ANTHROPIC_CUSTOM_HEADERS: "x-api-key: own-key\nanthropic-version: 2023-06-01\nx-team: data" },
    });
    expect(old.requests[0]?.headers).toMatchObject({
      "x-api-key": "own-key",
      "anthropic-version": "2023-06-01",
      "x-team": "data",
    });
    expect(old.requests[0]?.headers.authorization).toBeUndefined();
    const bearer = await ask([{ reply: ["Hi"] }], {
      environment: { ANTHROPIC_API_KEY: "", ANTHROPIC_CUSTOM_HEADERS: "Authorization: Bearer own" },
    });
    expect(bearer.requests[0]?.headers.authorization).toBe("Bearer own");
  });

  it("leaves out an empty system text and an empty list of tools", async () => {
    const { requests } = await ask([{ reply: ["Hi"] }], { request: { ...REQUEST, system: "", tools: [] } });
    expect(Object.keys(requests[0]?.body ?? {}).sort()).toEqual(["max_tokens", "messages", "model", "stream"]);
  });
});

describe("a reply", () => {
  it("comes back block by block, with its text as it arrives and its usage apart", async () => {
    const thinking = { type: "thinking" as const, thinking: "Let me see: ä€😀.", signature: "c2lnbmF0dXJl" };
    const usage = {
      input_tokens: 11,
      output_tokens: 22,
      cache_read_input_tokens: 33,
      cache_creation_input_tokens: 44,
    };
    const { reply, texts } = await ask([
      { reply: [thinking, "Grüße 😀!", { ...call("first", 7), id: "toolu_x" }, "And more."], usage, chunk: 3 },
    ]);
    expect(reply).toEqual({
      content: [
        thinking,
        { type: "text", text: "Grüße 😀!" },
        { type: "tool_use", id: "toolu_x", name: "first", input: { n: 7 } },
        { type: "text", text: "And more." },
      ],
      stopReason: "tool_use",
      usage: { input: 11, output: 22, cacheRead: 33, cacheWrite: 44 },
    });
    expect(texts.join("")).toBe("Grüße 😀!\n\nAnd more.");
    expect(texts.length).toBeGreaterThan(5);
  });

  it("names the calls whose input is no whole JSON, however whole it looks", async () => {
    const { reply } = await ask([{ reply: [{ ...call("first"), input: { n: 1, code: "abcdef" } }], cutInput: 16 }]);
    expect(reply?.unreadable).toEqual(["toolu_0001"]);
    // This is the trap: what the SDK made of it passes any check.
    expect(reply?.content[0]).toMatchObject({ input: { n: 1 } });
  });

  it("takes a call without input for an empty object", async () => {
    const { reply } = await ask([{ reply: [{ ...call("first"), input: {} }], cutInput: 0 }]);
    expect(reply).not.toHaveProperty("unreadable");
    expect(reply?.content[0]).toMatchObject({ input: {} });
  });
});

describe(verifies("agent.loop", "an endpoint in trouble"), () => {
  it("is asked again twice when it is overloaded, and then answers", async () => {
    const overloaded = { status: 529, error: { type: "overloaded_error", message: "Overloaded" } };
    const { reply, requests, retries } = await ask([overloaded, overloaded, { reply: ["Hi"] }]);
    expect(reply?.content).toEqual([{ type: "text", text: "Hi" }]);
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ raw }) => raw)).size).toBe(1);
    expect(retries).toEqual(["the endpoint is overloaded (529)", "the endpoint is overloaded (529)"]);
  });

  it("is given the time it asks for", async () => {
    const limited = {
      status: 429,
      headers: { "retry-after": "1" },
      error: { type: "rate_limit_error", message: "slow" },
    };
    const { reply, requests, retries } = await ask([limited, { reply: ["Hi"] }]);
    expect(reply?.stopReason).toBe("end_turn");
    expect((requests[1]?.at ?? 0) - (requests[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
    expect(retries).toEqual(["the endpoint limits the rate (429), and asks to wait 1 s"]);
  });

  it("is not waited for when it asks for an hour", async () => {
    const limited = {
      status: 429,
      headers: { "retry-after": "3600" },
      error: { type: "rate_limit_error", message: "No." },
    };
    const { error, requests, retries } = await ask([limited, { reply: ["Hi"] }]);
    expect(error).toMatchObject({ name: "ModelError", kind: "unavailable", message: expect.stringContaining("429") });
    expect(requests).toHaveLength(1);
    expect(retries).toEqual([]);
  });

  it.each([
    ["reset", "cut", "the connection broke"],
    ["ended without its end", "end", "the connection broke"],
    ["given up by the endpoint", "error", "Overloaded"],
    ["silent", "stall", "fell silent: nothing came for 1 s"],
  ] as const)("is asked for the whole reply again when it is %s", async (_, how, why) => {
    const broken = { reply: ["One two three", call("first")], chunk: 4, breakAfter: { events: 5, how } };
    const { reply, requests, retries, texts } = await ask([broken, { reply: ["Hi"] }], { idleSeconds: 1 });
    expect(reply?.content).toEqual([{ type: "text", text: "Hi" }]);
    expect(requests[1]?.raw).toBe(requests[0]?.raw);
    expect(retries).toEqual([expect.stringContaining(why)]);
    expect(texts.at(-1)).toBe("Hi");
  });

  it("is given up after three more tries", async () => {
    const broken: ScriptEntry = { reply: ["One"], breakAfter: { events: 3, how: "cut" } };
    const { error, requests } = await ask([broken, broken, broken, broken, { reply: ["late"] }]);
    expect(error).toMatchObject({ name: "ModelError", kind: "unavailable" });
    expect(requests).toHaveLength(4);
  });

  it("is not called silent while it pings", async () => {
    const slow: ScriptEntry = { reply: ["Hi"], breakAfter: { events: 4, how: "pings", pings: 15, everyMs: 100 } };
    const { reply, requests, retries } = await ask([slow], { idleSeconds: 1 });
    expect(reply?.content).toEqual([{ type: "text", text: "Hi" }]);
    expect(requests).toHaveLength(1);
    expect(retries).toEqual([]);
  });

  it.each([
    [401, "credentials", "does not accept the key"],
    [402, "credentials", "cannot pay"],
    [403, "credentials", "may not do this"],
    [400, "request", "answers 400: said so"],
    [404, "request", `no model ${MODEL}`],
    [413, "request", "answers 413"],
  ])("says in plain words what %i means, and is not asked again", async (status, kind, words) => {
    const { error, requests } = await ask([{ status, error: { type: "some_error", message: "said so" } }]);
    expect(error).toMatchObject({ name: "ModelError", kind, message: expect.stringContaining(words) });
    expect(String(error)).toContain("said so");
    expect(requests).toHaveLength(1);
  });

  it("says so when the refusal comes inside the stream", async () => {
    const error = { type: "authentication_error", message: "key revoked" };
    const answer = await ask([{ reply: ["One"], breakAfter: { events: 3, how: "error", error } }]);
    expect(answer.error).toMatchObject({ kind: "credentials", message: expect.stringContaining("key revoked") });
    expect(answer.requests).toHaveLength(1);
  });

  it("says where nothing listens", async () => {
    const { address, close } = await startMessagesEndpoint([]);
    await close();
    const model = await createAnthropicModel({
      modelId: MODEL,
      environment: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: address },
    });
    const heard = listening();
    await expect(model(REQUEST, heard.options)).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    expect(heard.retries).toEqual(Array(4).fill("the endpoint cannot be reached"));
  }, 30_000);
});

describe("an interrupt", () => {
  it.each([
    ["before the headers", { delayMs: 5000, reply: ["Hi"] }],
    ["in the middle of a reply", { reply: ["One two"], breakAfter: { events: 4, how: "stall" as const } }],
    ["while waiting to ask again", { status: 429, headers: { "retry-after": "60" } }],
  ])("ends it %s", async (_, entry) => {
    const endpoint = await endpointFor([entry]);
    const environment = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: endpoint.address };
    const model = await createAnthropicModel({ modelId: MODEL, environment });
    const interrupt = new AbortController();
    const started = performance.now();
    setTimeout(() => interrupt.abort(new Error("stop")), 200);
    await expect(model(REQUEST, listening(interrupt.signal).options)).rejects.toThrow("stop");
    expect(performance.now() - started).toBeLessThan(2000);
    expect(endpoint.requests).toHaveLength(1);
  });
});

describe("credentials", () => {
  it("that are missing are named, with the way without a model", () => {
    for (const environment of [{}, { ANTHROPIC_API_KEY: " " }]) {
      expect(hasCredentials(environment, "anthropic")).toBe(false);
      expect(() => needCredentials(environment, "anthropic")).toThrow(
        expect.objectContaining({
          name: "UserError",
          exitCode: 2,
          message: expect.stringContaining("ANTHROPIC_API_KEY"),
          hint: expect.stringContaining("--model none"),
        }),
      );
    }
    expect(() => needCredentials({}, "bedrock")).toThrow("AWS_REGION");
    expect(() => needCredentials({ CLOUD_ML_REGION: "global" }, "vertex")).toThrow("ANTHROPIC_VERTEX_PROJECT_ID");
  });

  it("are all known to the redactor", () => {
    expect(
      modelSecrets({
        ANTHROPIC_API_KEY: "key-1",
        ANTHROPIC_AUTH_TOKEN: "token-2",
        ANTHROPIC_CUSTOM_HEADERS: "Authorization: Bearer header-3",
        ANTHROPIC_BASE_URL: "http://127.0.0.1",
        AWS_SECRET_ACCESS_KEY: "aws-4",
      }).sort(),
    ).toEqual(["aws-4", "header-3", "key-1", "token-2"]);
  });

  it.each([
    ["bedrock", { AWS_REGION: "eu-central-1" }, "@anthropic-ai/bedrock-sdk"],
    ["vertex", { CLOUD_ML_REGION: "global", ANTHROPIC_VERTEX_PROJECT_ID: "p" }, "@anthropic-ai/vertex-sdk"],
  ] as const)(
    "of %s need a package that is not installed with us, and the line to install it",
    async (provider, environment, name) => {
      const creating = createAnthropicModel({ modelId: MODEL, environment, provider });
      await expect(creating).rejects.toBeInstanceOf(UserError);
      await expect(creating).rejects.toMatchObject({ hint: `npm install ${name}`, exitCode: 2 });
    },
  );
});
