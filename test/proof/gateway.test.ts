/** The gateway passes everything on as it is, and keeps what it may. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { UserError } from "../../src/errors.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../src/proof/gateway.ts";
import { simulateRest } from "../../src/sources/rest/simulate/simulate.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { startSecureUpstream, startUpstream } from "../support/upstream.ts";

async function gatewayTo(upstream: string, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await startGateway({ upstream, secrets: [], ...options });
  onTestFinished(() => gateway.close());
  return gateway;
}

/** Sends the target exactly as it is written. */
async function raw(origin: string, target: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(origin);
  const sent = request({ hostname, port, path: target, headers, agent: false }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return answer;
}

describe("passing on", () => {
  it("keeps method, path, query, headers and body of the request, with the source's Host", async () => {
    const seen: Record<string, unknown>[] = [];
    const upstream = await startUpstream((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const { method, url, rawHeaders, headers } = incoming;
        seen.push({ method, url, rawHeaders, headers, body: Buffer.concat(chunks).toString() });
        response.end("ok");
      });
    });
    const gateway = await gatewayTo(`${upstream.origin}/v2/`);
    expect(gateway.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2$/);
    await fetch(`${gateway.baseUrl}/a%2Fb/%C3%A4?x=1&x=2&y=a+b`, {
      method: "POST",
      headers: { Authorization: "Bearer t", "X-Twice": "1" },
      body: "grant_type=x",
    });
    await raw(gateway.baseUrl, "/v2/c", { connection: "close, x-hop", "x-hop": "1", te: "trailers", "x-kept": "1" });
    expect(seen[0]).toMatchObject({ method: "POST", url: "/v2/a%2Fb/%C3%A4?x=1&x=2&y=a+b", body: "grant_type=x" });
    expect(seen[0]?.headers).toMatchObject({
      host: new URL(upstream.origin).host,
      authorization: "Bearer t",
      "x-twice": "1",
      "content-length": "12",
      "x-forwarded-host": new URL(gateway.baseUrl).host,
    });
    expect(seen[1]?.headers).toMatchObject({ "x-kept": "1" });
    expect(seen[1]?.headers).not.toHaveProperty("x-hop");
    expect(seen[1]?.headers).not.toHaveProperty("te");
  });

  it("does not name itself to a source that is not on loopback, or when told not to", async () => {
    const hosts: unknown[] = [];
    const upstream = await startUpstream((incoming, response) => {
      hosts.push(incoming.headers["x-forwarded-host"]);
      response.end();
    });
    const gateway = await gatewayTo(upstream.origin, { forwarded: false });
    await fetch(`${gateway.baseUrl}/`);
    expect(hosts).toEqual([undefined]);
  });

  it("keeps status, repeated headers and compressed bytes of the answer", async () => {
    const packed = gzipSync(JSON.stringify({ data: [1, 2, 3] }));
    const upstream = await startUpstream((_incoming, response) => {
      response.writeHead(
        203,
        [
          ["content-type", "application/json"],
          ["content-encoding", "gzip"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["link", '<http://elsewhere.example/2>; rel="next"'],
          ["date", "Thu, 01 Jan 2026 00:00:00 GMT"],
        ].flat(),
      );
      response.end(packed);
    });
    const gateway = await gatewayTo(upstream.origin, { records: () => "data" });
    const sent = request(gateway.baseUrl, { agent: false }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks)).toEqual(packed);
    expect(answer.statusCode).toBe(203);
    expect(answer.headers).toMatchObject({
      "set-cookie": ["a=1", "b=2"],
      link: '<http://elsewhere.example/2>; rel="next"',
      date: "Thu, 01 Jan 2026 00:00:00 GMT",
    });
    expect(gateway.exchanges[0]).toMatchObject({ status: 203, bytes: packed.length, records: 3 });
  });

  it("passes redirects and empty answers on, and HEAD without a body", async () => {
    const upstream = await startUpstream((incoming, response) => {
      if (incoming.url === "/moved") response.writeHead(302, { location: "https://elsewhere.example/" }).end();
      else if (incoming.url === "/none") response.writeHead(204).end();
      else response.writeHead(200, { "content-length": "5" }).end(incoming.method === "HEAD" ? undefined : "hello");
    });
    const gateway = await gatewayTo(upstream.origin);
    const moved = await fetch(`${gateway.baseUrl}/moved`, { redirect: "manual" });
    expect([moved.status, moved.headers.get("location")]).toEqual([302, "https://elsewhere.example/"]);
    expect((await fetch(`${gateway.baseUrl}/none`)).status).toBe(204);
    const head = await fetch(`${gateway.baseUrl}/x`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "5", ""]);
  });

  it("streams: the first bytes arrive before the last are there", async () => {
    let finish = () => {};
    const upstream = await startUpstream((_incoming, response) => {
      response.write("first");
      finish = () => response.end("last");
    });
    const gateway = await gatewayTo(upstream.origin);
    const response = await fetch(gateway.baseUrl);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
    expect(gateway.exchanges[0]).toMatchObject({ status: 200, bytes: 5, milliseconds: 0 });
    finish();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("last");
    expect((await reader?.read())?.done).toBe(true);
    expect(gateway.exchanges[0]?.milliseconds).toBeGreaterThan(0);
  });

  it("holds a source back that is faster than the connector", async () => {
    const chunk = Buffer.alloc(1024 * 1024, 120);
    let written = 0;
    const upstream = await startUpstream(async (_incoming, response) => {
      for (; written < 200 && !response.destroyed; written++) {
        if (!response.write(chunk)) await Promise.race([once(response, "drain"), once(response, "close")]);
      }
      response.end();
    });
    const gateway = await gatewayTo(upstream.origin);
    const sent = request(gateway.baseUrl, { agent: false }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.pause();
    await sleep(1000);
    expect(written).toBeLessThan(50);
    answer.destroy();
  });

  it("reaches https sources whose certificate it was given, and no others", async () => {
    const upstream = await startSecureUpstream((incoming, response) => response.end(`secure ${incoming.headers.host}`));
    const trusting = await gatewayTo(upstream.origin, { certificate: upstream.certificate });
    expect(await (await fetch(trusting.baseUrl)).text()).toBe(`secure ${new URL(upstream.origin).host}`);
    const wary = await gatewayTo(upstream.origin);
    const refused = await fetch(wary.baseUrl);
    expect([refused.status, await refused.json()]).toMatchObject([
      502,
      { message: expect.stringContaining("certificate") },
    ]);
  });

  it("keeps addresses of a simulated source leading through itself", async () => {
    const blueprint = makeBlueprint([{ read: { pagination: { style: "next_url", next: "next" } } }]);
    const simulator = await simulateRest(blueprint, { seed: 1 });
    onTestFinished(() => simulator.close());
    const gateway = await gatewayTo(simulator.baseUrl, {
      label: (path) => path.split("/").at(-1),
      records: () => "data",
    });
    const ids: number[] = [];
    for (let url: URL | undefined = new URL(`${gateway.baseUrl}/items`); url !== undefined; ) {
      const { data, next } = (await (await fetch(url)).json()) as { data: { id: number }[]; next?: string };
      ids.push(...data.map((row) => row.id));
      url = next ? new URL(next, url) : undefined;
    }
    expect(ids.sort()).toEqual(
      simulator
        .truth("items")
        .map((row) => row.id)
        .sort(),
    );
    expect(gateway.exchanges.map(({ label, path, records }) => ({ table: label, path, records }))).toEqual(
      simulator.requests.map(({ table, path, records }) => ({ table, path, records })),
    );
    expect(gateway.exchanges.length).toBeGreaterThanOrEqual(3);
  });
});

describe("records", () => {
  const big = JSON.stringify({ data: [{ text: "x".repeat(1024 * 1024) }] });
  it.each<[string, string | Buffer, Record<string, string>, string, number | undefined]>([
    ["a list", '[{"a":1},{"a":2}]', {}, "", 2],
    ["a nested list", '{"a":{"b":[1]}}', {}, "a.b", 1],
    ["one object", '{"a":{"b":1}}', {}, "a", 1],
    ["an empty list", '{"a":[]}', {}, "a", 0],
    ["nothing at the path", '{"a":1}', {}, "b.c", undefined],
    ["brotli", brotliCompressSync("[1,2,3]"), { "content-encoding": "br" }, "", 3],
    ["an encoding it does not know", "[1]", { "content-encoding": "zstd" }, "", undefined],
    ["broken JSON", "[1,", {}, "", undefined],
    ["text", "[1]", { "content-type": "text/plain" }, "", undefined],
    ["more than 1 MB", big, {}, "data", undefined],
  ])("counts %s", async (_name, body, headers, path, wanted) => {
    const upstream = await startUpstream((_incoming, response) => {
      response.writeHead(200, { "content-type": "application/json", ...headers }).end(body);
    });
    const gateway = await gatewayTo(upstream.origin, { records: () => path });
    await raw(gateway.baseUrl, "/");
    expect(gateway.exchanges[0]?.records).toBe(wanted);
    expect(gateway.exchanges[0]?.bytes).toBe(Buffer.byteLength(body));
  });
});

describe("secrets", () => {
  const secret = "s3cr+t/&%= Ünïcode";

  it("keeps none, however it is written in path and query", async () => {
    const upstream = await startUpstream((_incoming, response) => response.end());
    const gateway = await gatewayTo(upstream.origin, {
      secrets: [secret, "short-one"],
      label: (path) => `label ${path}`,
    });
    const encoded = encodeURIComponent(secret);
    const plus = new URLSearchParams({ v: secret }).toString().slice(2);
    const base64 = Buffer.from(`user:${secret}`).toString("base64");
    const targets = [
      `/a/${encoded}?key=${encoded}`,
      `/a/${encoded.toLowerCase()}/b?key=${plus}&x=Basic+${encodeURIComponent(base64)}`,
      `/a/short-one/${base64.replaceAll("/", "_").replaceAll("+", "-")}?short-one=1`,
      // Escaped where no library would: `short-one`.
      "/%73hort-one?key=%73hort-one",
    ];
    for (const target of targets) await raw(gateway.baseUrl, target);
    const kept = JSON.stringify(gateway.exchanges);
    for (const part of [
      "s3cr",
      "hort-one",
      "nïcode",
      "n%C3%AFcode",
      Buffer.from("s3cr+t/&%= ").toString("base64").slice(2, 12),
    ]) {
      expect(kept).not.toContain(part);
    }
    expect(gateway.exchanges[0]).toMatchObject({ path: "/a/****", query: [["key", "****"]] });
    expect(gateway.exchanges[3]).toMatchObject({ path: "/****", query: [["key", "****"]] });
  });
});

describe("life", () => {
  it("counts in order of arrival, and forgets on reset", async () => {
    const upstream = await startUpstream(async (incoming, response) => {
      if (incoming.url === "/slow") await sleep(100);
      response.end(incoming.url);
    });
    const gateway = await gatewayTo(upstream.origin);
    const slow = fetch(`${gateway.baseUrl}/slow`);
    while (gateway.exchanges.length === 0) await sleep(5);
    await fetch(`${gateway.baseUrl}/fast`);
    await slow;
    expect(gateway.exchanges.map((exchange) => exchange.path)).toEqual(["/slow", "/fast"]);
    expect(gateway.exchanges[0]?.milliseconds).toBeGreaterThan(90);
    expect(gateway.exchanges[1]?.at).toBeGreaterThanOrEqual(gateway.exchanges[0]?.at ?? 0);
    gateway.reset();
    expect(gateway.exchanges).toEqual([]);
  });

  it("answers 502 and says why when the source is down, breaks off or falls silent", async () => {
    const upstream = await startUpstream((incoming) => {
      if (incoming.url === "/break") incoming.socket.destroy();
    });
    const gateway = await gatewayTo(upstream.origin, { idleSeconds: 0.2 });
    const ask = async (path: string) => {
      const response = await fetch(`${gateway.baseUrl}${path}`);
      return [response.status, ((await response.json()) as { message: string }).message];
    };
    expect(await ask("/break")).toEqual([
      502,
      expect.stringMatching(/^The source at http:\/\/127.* did not answer: socket hang up$/),
    ]);
    expect(await ask("/silent")).toEqual([502, expect.stringMatching(/no byte for 0\.2 seconds$/)]);
    upstream.server.closeAllConnections();
    upstream.server.close();
    expect(await ask("/down")).toEqual([502, expect.stringMatching(/ECONNREFUSED/)]);
    expect(gateway.exchanges.map(({ status }) => status)).toEqual([502, 502, 502]);
    expect(gateway.exchanges[2]?.error).toMatch(/ECONNREFUSED/);
  });

  it("asks again when the source had closed a kept connection", async () => {
    let connections = 0;
    const upstream = await startUpstream((incoming, response) => {
      // The second request on a connection is never answered: the source closes it instead.
      const socket = incoming.socket as typeof incoming.socket & { used?: boolean };
      if (socket.used) {
        socket.destroy();
        return;
      }
      socket.used = true;
      connections += 1;
      response.end("ok");
    });
    const gateway = await gatewayTo(upstream.origin);
    for (let i = 0; i < 3; i++) expect(await (await fetch(gateway.baseUrl)).text()).toBe("ok");
    expect(connections).toBe(3);
    expect(gateway.exchanges.map(({ status, error }) => [status, error])).toEqual(Array(3).fill([200, undefined]));
  });

  it("breaks the connector's connection when the source breaks off in the middle", async () => {
    const upstream = await startUpstream((_incoming, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("part");
      setTimeout(() => response.destroy(), 50);
    });
    const gateway = await gatewayTo(upstream.origin);
    const response = await fetch(gateway.baseUrl);
    await expect(response.text()).rejects.toThrow();
    expect(gateway.exchanges[0]).toMatchObject({ status: 200, bytes: 4, error: "aborted" });
  });

  it("lets go of the source when the connector leaves", async () => {
    let left = false;
    const upstream = await startUpstream((incoming) => {
      incoming.socket.once("close", () => {
        left = true;
      });
    });
    const gateway = await gatewayTo(upstream.origin);
    const cut = new AbortController();
    const asked = fetch(gateway.baseUrl, { signal: cut.signal });
    while (gateway.exchanges.length === 0) await sleep(5);
    await sleep(50);
    cut.abort();
    await expect(asked).rejects.toThrow();
    for (let i = 0; i < 100 && !left; i++) await sleep(10);
    expect(left).toBe(true);
    expect(gateway.exchanges[0]).toMatchObject({
      status: 0,
      error: "The connection was closed before the whole answer was sent.",
    });
  });

  it("leaves nothing open: neither its own port nor connections to the source", async () => {
    const upstream = await startUpstream((incoming, response) => {
      if (incoming.url !== "/hang") response.end("ok");
    });
    const gateway = await gatewayTo(upstream.origin);
    // Two at a time, so that one connection to the source is left idle beside the hanging one.
    await Promise.all([1, 2].map(async () => (await fetch(`${gateway.baseUrl}/kept`)).text()));
    const hanging = fetch(`${gateway.baseUrl}/hang`).catch((error: unknown) => error);
    while (gateway.exchanges.length < 3) await sleep(5);
    await sleep(50);
    await gateway.close();
    await gateway.close();
    expect(await hanging).toBeInstanceOf(Error);
    await expect(fetch(gateway.baseUrl)).rejects.toThrow();
    const open = () =>
      new Promise<number>((resolve) => upstream.server.getConnections((_error, count) => resolve(count)));
    for (let i = 0; i < 100 && (await open()) > 0; i++) await sleep(10);
    expect(await open()).toBe(0);
  });

  it.each(["ftp://host", "nowhere"])("does not start for %s", async (upstream) => {
    await expect(startGateway({ upstream, secrets: [] })).rejects.toThrow(UserError);
  });
});
