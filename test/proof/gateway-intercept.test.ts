/** The door for faults: a request can be answered, sent elsewhere, held back or cut short. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { type Gateway, type PassingRequest, startGateway } from "../../src/proof/gateway.ts";
import { startUpstream } from "../support/upstream.ts";

const BODY = JSON.stringify({ data: [{ id: 1 }, { id: 2 }] });

async function scene(): Promise<{ gateway: Gateway; asked: string[] }> {
  const asked: string[] = [];
  const upstream = await startUpstream((incoming, response) => {
    asked.push(incoming.url ?? "");
    response.writeHead(200, { "content-type": "application/json", "content-length": String(BODY.length) }).end(BODY);
  });
  const gateway = await startGateway({
    upstream: upstream.origin,
    secrets: ["token-value"],
    label: () => "items",
    records: () => "data",
  });
  onTestFinished(() => gateway.close());
  return { gateway, asked };
}

/** All bytes the gateway sends until the connection ends, in whatever way. */
async function wire(gateway: Gateway, target: string): Promise<string> {
  const { hostname, port, host } = new URL(gateway.baseUrl);
  return await new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}

it("shows each request with what it carries, and its number since the reset", async () => {
  const { gateway } = await scene();
  const seen: PassingRequest[] = [];
  gateway.intercept((request) => {
    seen.push(request);
    return undefined;
  });
  await fetch(`${gateway.baseUrl}/items?page=1&page=2`, { headers: { authorization: "Bearer token-value" } });
  await fetch(`${gateway.baseUrl}/items`, { method: "POST", body: "x" });
  gateway.reset();
  await fetch(`${gateway.baseUrl}/items`);
  expect(seen[0]).toMatchObject({
    index: 0,
    method: "GET",
    path: "/items",
    query: [
      ["page", "1"],
      ["page", "2"],
    ],
    headers: { authorization: "Bearer token-value" },
    label: "items",
  });
  expect(seen.map(({ index, method }) => [index, method])).toEqual([
    [0, "GET"],
    [1, "POST"],
    [0, "GET"],
  ]);
});

it("answers in place of the source until it is told to stop", async () => {
  const { gateway, asked } = await scene();
  gateway.intercept(({ index }) =>
    index === 0 ? { kind: "answer", status: 429, headers: { "Retry-After": "7" }, body: "slow down" } : undefined,
  );
  const first = await fetch(`${gateway.baseUrl}/items`);
  expect([first.status, first.headers.get("retry-after"), await first.text()]).toEqual([429, "7", "slow down"]);
  expect(asked).toEqual([]);
  expect((await fetch(`${gateway.baseUrl}/items`)).status).toBe(200);
  gateway.intercept(() => ({ kind: "answer", status: 503 }));
  expect((await fetch(`${gateway.baseUrl}/items`)).status).toBe(503);
  gateway.intercept(undefined);
  expect((await fetch(`${gateway.baseUrl}/items`)).status).toBe(200);
  expect(gateway.exchanges.map(({ status, bytes }) => [status, bytes])).toEqual([
    [429, 9],
    [200, BODY.length],
    [503, 0],
    [200, BODY.length],
  ]);
});

it("asks the source for another target, as for a page that comes twice", async () => {
  const { gateway, asked } = await scene();
  gateway.intercept(({ query }) => (query[0]?.[1] === "2" ? { kind: "pass", target: "/items?page=1" } : undefined));
  await fetch(`${gateway.baseUrl}/items?page=1`);
  await fetch(`${gateway.baseUrl}/items?page=2`);
  expect(asked).toEqual(["/items?page=1", "/items?page=1"]);
  expect(gateway.exchanges[1]?.query).toEqual([["page", "2"]]);
});

it("holds back", async () => {
  const { gateway } = await scene();
  gateway.intercept(() => ({ kind: "pass", delay: 120 }));
  const started = performance.now();
  await fetch(`${gateway.baseUrl}/items`);
  expect(performance.now() - started).toBeGreaterThan(115);
  expect(gateway.exchanges[0]?.milliseconds).toBeGreaterThan(115);
});

it("does not hold on to a request whose connector has left", async () => {
  const { gateway, asked } = await scene();
  gateway.intercept(() => ({ kind: "pass", delay: 60_000 }));
  await expect(fetch(`${gateway.baseUrl}/items`, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  for (let i = 0; i < 100 && gateway.exchanges[0]?.error === undefined; i++) await sleep(10);
  expect(gateway.exchanges[0]?.error).toBe("The connection was closed before the whole answer was sent.");
  expect(asked).toEqual([]);
});

it("ends an answer early as if it were whole", async () => {
  const { gateway } = await scene();
  gateway.intercept(() => ({ kind: "pass", cut: { after: 10, how: "end" } }));
  const response = await fetch(`${gateway.baseUrl}/items`);
  expect([response.status, await response.text()]).toEqual([200, BODY.slice(0, 10)]);
  expect(gateway.exchanges[0]).toMatchObject({
    status: 200,
    bytes: 10,
    error: "The harness ended the answer after 10 bytes.",
  });
  expect(gateway.exchanges[0]).not.toHaveProperty("records");
});

it.each([0, 10])("breaks the connection after %i bytes", async (after) => {
  const { gateway } = await scene();
  gateway.intercept(() => ({ kind: "pass", cut: { after, how: "reset" } }));
  const text = await wire(gateway, "/items");
  if (after === 0) expect(text).toBe("");
  const [head = "", body = ""] = text.split("\r\n\r\n");
  // A system may throw away what had not been read when the break came.
  if (head !== "") expect(head).toContain(`content-length: ${BODY.length}`);
  expect(BODY.slice(0, after).startsWith(body)).toBe(true);
  await expect(fetch(`${gateway.baseUrl}/items`).then((response) => response.text())).rejects.toThrow();
  expect(gateway.exchanges[0]).toMatchObject({
    status: after === 0 ? 0 : 200,
    bytes: after,
    error: `The harness broke the connection after ${after} bytes.`,
  });
});

it("cuts its own answers, too, and leaves a shorter one whole", async () => {
  const { gateway } = await scene();
  gateway.intercept(({ index }) => ({
    kind: "answer",
    status: 200,
    body: "0123456789",
    cut: { after: index === 0 ? 4 : 40, how: "end" },
  }));
  expect(await (await fetch(gateway.baseUrl)).text()).toBe("0123");
  expect(await (await fetch(gateway.baseUrl)).text()).toBe("0123456789");
  expect(gateway.exchanges.map(({ error }) => error)).toEqual([
    "The harness ended the answer after 4 bytes.",
    undefined,
  ]);
});

it("answers 502 when the interceptor itself fails, without its secrets on record", async () => {
  const { gateway } = await scene();
  gateway.intercept(async () => {
    throw new Error("no plan for token-value");
  });
  const response = await fetch(gateway.baseUrl);
  expect([response.status, ((await response.json()) as { message: string }).message]).toEqual([
    502,
    "no plan for ****",
  ]);
  expect(gateway.exchanges[0]).toMatchObject({ status: 502, error: "no plan for ****" });
});
