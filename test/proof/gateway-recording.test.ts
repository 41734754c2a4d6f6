/** What went through the gateway is kept without secrets, and given back strictly. */
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { UserError } from "../../src/errors.ts";
import { MAX_BODY_BYTES, readRecording } from "../../src/proof/gateway/recording.ts";
import { type Gateway, startGateway, startReplay } from "../../src/proof/gateway.ts";
import { simulateRest } from "../../src/sources/rest/simulate/simulate.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { startSecureUpstream, startUpstream } from "../support/upstream.ts";

const HEAD = '{"recording":1,"basis":"live","base_path":"/v2"}';

async function replayOf(text: string, secrets: readonly string[] = []): Promise<Gateway> {
  const gateway = await startReplay(readRecording(text, "test.jsonl"), { secrets });
  onTestFinished(() => gateway.close());
  return gateway;
}

/** A recording of these exchanges; what is not said is a GET with status 200. */
function recording(...exchanges: { request: object; answer?: object }[]): string {
  const lines = exchanges.map(({ request, answer }) =>
    JSON.stringify({
      request: { method: "GET", path: "/v2/orders", query: [], ...request },
      answer: { status: 200, headers: { "content-type": "application/json" }, body: "[]", ...answer },
    }),
  );
  return `${[HEAD, ...lines].join("\n")}\n`;
}

async function refusal(address: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(address, init);
  expect(answer.status).toBe(599);
  const body = (await answer.json()) as { error: string; message: string };
  expect(body.error).toBe("not_recorded");
  return body.message;
}

describe("a recording", () => {
  it("of a source with tokens and addresses holds neither secret nor token nor place, and can be read from again", async () => {
    const blueprint = makeBlueprint([{ read: { pagination: { style: "next_url", next: "next" } } }], {
      auth: { kind: "oauth2_client_credentials", token_url: "/oauth/token", client_id: "id", client_secret: "secret" },
      configuration: ["id", "secret"].map((key) => ({
        key,
        description: key,
        secret: key === "secret",
        required: true,
      })),
    });
    const simulator = await simulateRest(blueprint, { seed: 1 });
    onTestFinished(() => simulator.close());
    const { id = "", secret = "" } = simulator.configuration;
    const gateway = await startGateway({
      upstream: simulator.baseUrl,
      secrets: [secret],
      label: (path) => (path.endsWith("/items") ? "items" : undefined),
      basis: "simulated",
    });
    onTestFinished(() => gateway.close());

    const read = async (base: string): Promise<unknown[]> => {
      const form = { grant_type: "client_credentials", client_id: id, client_secret: secret };
      const asked = await fetch(`${base}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
      const { access_token } = (await asked.json()) as { access_token: string };
      const rows: unknown[] = [];
      for (let url: URL | undefined = new URL(`${base}/items`); url !== undefined; ) {
        const answer = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
        const { data, next } = (await answer.json()) as { data: unknown[]; next?: string };
        rows.push(...data);
        url = next ? new URL(next, url) : undefined;
      }
      return rows;
    };

    const recorder = gateway.record();
    const rows = await read(gateway.baseUrl);
    recorder.stop();
    await read(gateway.baseUrl);
    const text = recorder.text();
    const pages = simulator.requests.length / 2;
    expect(text.split("\n")[0]).toBe('{"recording":1,"basis":"simulated","base_path":"/v2"}');
    expect(text.trim().split("\n")).toHaveLength(1 + pages);
    expect(text).toContain('"table":"items"');
    expect(text).toContain("{{origin}}/v2/items");
    for (const lost of [secret, "tok.", new URL(gateway.baseUrl).port, new URL(simulator.baseUrl).port]) {
      expect(text).not.toContain(lost);
    }

    const replay = await replayOf(text, [secret]);
    expect(replay.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2$/);
    expect(await read(replay.baseUrl)).toEqual(rows);
    expect(replay.exchanges.map(({ status }) => status)).toEqual(Array(pages).fill(200));
    replay.reset();
    expect(await read(replay.baseUrl)).toEqual(rows);
  });

  it("keeps every digit, unpacks, keeps what is no text, and says what was too large or broke off", async () => {
    const exact = '{"id":12345678901234567890,"sum":0.10000000000000000001,"text":"ä"}';
    const upstream = await startSecureUpstream((incoming, response) => {
      const json = { "content-type": "application/json", "x-total-count": "3", date: "today", "set-cookie": "a=b" };
      if (incoming.url === "/exact") response.writeHead(200, { ...json, "content-encoding": "gzip" });
      else response.writeHead(200, json);
      if (incoming.url === "/exact") response.end(gzipSync(exact));
      else if (incoming.url === "/binary") response.end(Buffer.from([0xff, 0x00, 0xfe]));
      else if (incoming.url === "/large") response.end("x".repeat(MAX_BODY_BYTES + 1));
      else if (incoming.url === "/broken") response.write("[", () => response.destroy());
      else response.end();
    });
    const gateway = await startGateway({ upstream: upstream.origin, certificate: upstream.certificate, secrets: [] });
    onTestFinished(() => gateway.close());
    const recorder = gateway.record();
    for (const path of ["exact", "binary", "large", "empty"]) await (await fetch(`${gateway.baseUrl}/${path}`)).text();
    await (await fetch(`${gateway.baseUrl}/broken`)).text().catch(() => {});

    const kept = readRecording(recorder.text(), "test").exchanges.map(({ answer }) => answer);
    const headers = { "content-type": "application/json", "x-total-count": "3" };
    expect(kept[0]).toEqual({ status: 200, headers, body: exact });
    expect(kept[1]).toEqual({ status: 200, headers, base64: "/wD+" });
    expect(kept[2]).toEqual({ status: 200, headers, cut: MAX_BODY_BYTES + 1, body: "x".repeat(1024) });
    expect(kept[3]).toEqual({ status: 200, headers });
    expect(kept[4]).toMatchObject({ broken: expect.any(String) });

    const replay = await replayOf(recorder.text());
    const again = await fetch(`${replay.baseUrl}/exact`);
    expect([await again.text(), again.headers.get("x-total-count")]).toEqual([exact, "3"]);
    expect(Buffer.from(await (await fetch(`${replay.baseUrl}/binary`)).arrayBuffer())).toEqual(
      Buffer.from([0xff, 0x00, 0xfe]),
    );
    expect(await refusal(`${replay.baseUrl}/large`)).toBe(
      `The answer to GET /large was too large to be recorded whole (${MAX_BODY_BYTES + 1} bytes)`,
    );
    expect(await refusal(`${replay.baseUrl}/broken`)).toContain("was not recorded whole");
  });

  it("ends where it would become too big, and says how much is missing", async () => {
    const upstream = await startUpstream((_incoming, response) => response.end("x".repeat(200 * 1024)));
    const gateway = await startGateway({ upstream: upstream.origin, secrets: [] });
    onTestFinished(() => gateway.close());
    const recorder = gateway.record();
    for (let page = 1; page <= 8; page++) await (await fetch(`${gateway.baseUrl}/?page=${page}`)).text();
    const text = recorder.text();
    expect(text.length).toBeLessThan(1_000_100);
    const { exchanges, leftOut } = readRecording(text, "test");
    expect([exchanges.length, leftOut]).toEqual([4, 4]);
    const replay = await replayOf(text);
    expect(await refusal(`${replay.baseUrl}/?page=7`)).toContain("; 4 exchanges at its end were left out");
  });
});

describe("a replay", () => {
  it("answers identical requests in their order, each as often as it was recorded", async () => {
    const replay = await replayOf(
      recording({ request: {}, answer: { status: 503, body: "" } }, { request: {}, answer: { body: "[1]" } }),
    );
    const address = `${replay.baseUrl}/orders`;
    expect([(await fetch(address)).status, await (await fetch(address)).text()]).toEqual([503, "[1]"]);
    expect(await refusal(address)).toBe("GET /v2/orders was recorded 2 times and is asked again");
  });

  it("takes parameters, forms and members of JSON in any order, and nothing that differs", async () => {
    const ask = (query: string, variables: object) => ({
      method: "POST",
      body: JSON.stringify({ query, variables }),
    });
    const posted = { method: "POST", path: "/v2/graphql" };
    const replay = await replayOf(
      recording(
        { request: { query: ["b=2", "a=1", "a=3"].map((pair) => pair.split("=")) } },
        { request: { ...posted, body: '{"variables":{"x":9007199254740993,"y":"1"},"query":"{ a }"}' } },
        { request: { ...posted, body: "grant_type=x&client_secret=****" } },
      ),
    );
    const graphql = `${replay.baseUrl}/graphql`;
    expect(await refusal(`${replay.baseUrl}/orders?a=1&b=2`)).toBe(
      "GET /v2/orders?a=1&b=2 is not in the recording; the nearest is GET /v2/orders?b=2&a=1&a=3",
    );
    expect((await fetch(`${replay.baseUrl}/orders?a=1&a=3&b=2`)).status).toBe(200);
    expect(await refusal(graphql, ask("{ a }", { x: 9007199254740992, y: "1" }))).toContain("the nearest is POST");
    const exact = '{"query":"{ a }","variables":{"y":"1","x":9007199254740993}}';
    expect((await fetch(graphql, { method: "POST", body: exact })).status).toBe(200);
    expect((await fetch(graphql, { method: "POST", body: "client_secret=any%2Bthing&grant_type=x" })).status).toBe(200);
  });

  it("names the nearest by its path first, shows no secret, and can be struck by faults", async () => {
    const replay = await replayOf(
      recording(
        { request: { path: "/v2/customers", query: [["page", "2"]] } },
        { request: { query: [["page", "1"]] } },
      ),
      ["hush-hush"],
    );
    expect(await refusal(`${replay.baseUrl}/orders?page=2&key=hush-hush`)).toBe(
      "GET /v2/orders?page=2&key=**** is not in the recording; the nearest is GET /v2/orders?page=1",
    );
    expect(JSON.stringify(replay.exchanges)).not.toContain("hush");
    replay.intercept(({ index }) => (index === 1 ? { kind: "answer", status: 503 } : undefined));
    const statuses = [];
    for (let i = 0; i < 2; i++) statuses.push((await fetch(`${replay.baseUrl}/orders?page=1`)).status);
    expect(statuses).toEqual([503, 200]);
  });

  it.each([
    ["no recording at all", "{}\n", 'line 1: it does not begin with {"recording":1'],
    ["another version", '{"recording":2,"basis":"live","base_path":""}\n', "line 1"],
    ["an empty file", "", "line 1: the line is no JSON"],
    ["a cut line", `${recording({ request: {} })}{"request":`, "line 3: the line is no JSON"],
    ["a wrong field", recording({ request: { query: "a=1" } }), "line 2: request.query"],
    ["something after the end", `${HEAD}\n{"left_out":1,"why":"x"}\n{"left_out":1,"why":"x"}\n`, "line 3: something"],
  ])("is not made from %s", (_, text, why) => {
    expect(() => readRecording(text, "lost.jsonl")).toThrow(UserError);
    expect(() => readRecording(text, "lost.jsonl")).toThrow(`The recording lost.jsonl cannot be read: ${why}`);
  });

  it("says so when its port is taken", async () => {
    const replay = await replayOf(recording());
    const port = Number(new URL(replay.baseUrl).port);
    const taken = startReplay(readRecording(recording(), "test"), { secrets: [], port });
    await expect(taken).rejects.toThrow(`The gateway cannot listen on port ${port}`);
  });
});

it("an answer to HEAD is given back with the length that it told of", async () => {
  const upstream = await startUpstream((_, response) => {
    response.writeHead(200, { "content-length": "1759", etag: '"a"' });
    response.end();
  });
  const gateway = await startGateway({ upstream: upstream.origin, secrets: [] });
  onTestFinished(() => gateway.close());
  const recorder = gateway.record();
  await fetch(`${gateway.baseUrl}/export.csv`, { method: "HEAD" });
  recorder.stop();
  const replay = await replayOf(recorder.text());
  const { headers } = await fetch(`${replay.baseUrl}/export.csv`, { method: "HEAD" });
  expect([headers.get("content-length"), headers.get("etag")]).toEqual(["1759", '"a"']);
});
