/** Single looks at a real source: exact, bounded, confined to its host, and without secrets. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AuthInput } from "../../../../src/artifacts/auth.ts";
import type { Exchange, Look } from "../../../../src/sources/live.ts";
import type { Record_ } from "../../../../src/sources/record.ts";
import { restSource } from "../../../../src/sources/rest/rest.ts";
import { makeBlueprint, type TableInput } from "../../../support/rest-blueprint.ts";
import { simulated } from "../../../support/simulated.ts";
import { startUpstream } from "../../../support/upstream.ts";

const SECRET = "s3cret/+=&tö-value";
const signal = new AbortController().signal;

interface Seen {
  url: string;
  headers: Record<string, unknown>;
}

async function upstream(
  answer: (
    url: URL,
    headers: Record<string, unknown>,
  ) => { status?: number; headers?: Record<string, string>; body?: string },
): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const { origin } = await startUpstream((request, response) => {
    seen.push({ url: request.url ?? "", headers: request.headers });
    const {
      status = 200,
      headers = {},
      body = "",
    } = answer(new URL(request.url ?? "/", "http://localhost"), request.headers);
    response.writeHead(status, headers).end(body);
  });
  return { origin, seen };
}

function look(
  base_url: string,
  request: Partial<Look> = {},
  auth: AuthInput = { kind: "none" },
  configuration: Record<string, string> = {},
): Promise<Exchange> {
  const { source } = makeBlueprint([{}], { base_url, auth });
  const whole: Look = { method: "GET", path: "/items", params: {}, credentials: "given", ...request };
  const { look } = restSource;
  if (look === undefined) throw new Error("REST has no look");
  return look(source, whole, { configuration, signal });
}

const key = (where: "header" | "query"): AuthInput => ({
  kind: "api_key",
  in: where,
  name: "X-Access",
  value: "api_key",
});

describe("a look at the source", () => {
  it("says what was sent and what came back, exactly", async () => {
    const { origin, seen } = await upstream(() => ({
      status: 201,
      headers: { "content-type": "application/json", "X-RateLimit-Limit": "100" },
      body: '{"id": 9007199254740993, "price": 1.5}',
    }));
    const exchange = await look(`${origin}/v1/`, { path: "/items?a=1", params: { b: "ü +" } });
    expect(seen.map(({ url }) => url)).toEqual(["/v1/items?a=1&b=%C3%BC+%2B"]);
    expect(exchange).toMatchObject({
      method: "GET",
      address: `${origin}/v1/items?a=1&b=%C3%BC+%2B`,
      status: 201,
      body: '{"id": 9007199254740993, "price": 1.5}',
      cut: false,
      json: { id: 9007199254740993n, price: 1.5 },
    });
    expect(exchange.headers["x-ratelimit-limit"]).toBe("100");
    expect(exchange.milliseconds).toBeGreaterThanOrEqual(0);
  });

  it("keeps 256 KiB of a body, and parses all of it", async () => {
    const rows = Array.from({ length: 40_000 }, (_, id) => ({ id, name: "ö".repeat(4) }));
    const { origin } = await upstream(() => ({ body: JSON.stringify(rows) }));
    const exchange = await look(origin);
    expect(Buffer.byteLength(exchange.body)).toBeLessThanOrEqual(256 * 1024);
    expect(exchange.cut).toBe(true);
    expect(exchange.json).toHaveLength(40_000);
    expect(exchange.body.endsWith("\uFFFD")).toBe(false);
  });

  it("asks with HEAD, and with nothing that writes", async () => {
    const { origin, seen } = await upstream(() => ({ headers: { link: "<x>" } }));
    const exchange = await look(origin, { method: "HEAD" });
    expect(exchange).toMatchObject({ method: "HEAD", body: "", json: undefined });
    await expect(look(origin, { method: "POST" as "GET" })).rejects.toThrow("Only GET and HEAD");
    expect(seen).toHaveLength(1);
  });

  it("stays on the source's own host", async () => {
    const { origin, seen } = await upstream(() => ({ body: "{}" }));
    const other = await upstream(() => ({ body: "{}" }));
    await expect(look(origin, { path: `${other.origin}/items` }, key("header"), { api_key: SECRET })).rejects.toThrow(
      "another host",
    );
    await expect(look(origin, { path: "file:///etc/passwd" })).rejects.toThrow("another host");
    expect(other.seen).toEqual([]);
    await look(origin, { path: `${origin}/other?x=1` });
    // A host that is written like a path is a path.
    await look(origin, { path: `//${new URL(other.origin).host}/x` });
    expect(seen.map(({ url }) => url)).toEqual(["/other?x=1", `//${new URL(other.origin).host}/x`]);
    expect(other.seen).toEqual([]);
  });

  it("follows redirects on the host with its credentials, and none that leave it", async () => {
    const other = await upstream(() => ({ body: "{}" }));
    const elsewhere = other.origin.replace("127.0.0.1", "localhost");
    const { origin, seen } = await upstream(({ pathname }) => {
      if (pathname === "/items") return { status: 301, headers: { location: "/things/" } };
      if (pathname === "/away") return { status: 307, headers: { location: `${elsewhere}/things` } };
      if (pathname === "/round") return { status: 302, headers: { location: "/round" } };
      return { body: '{"a": 1}' };
    });
    const credentials = { api_key: SECRET };
    const exchange = await look(origin, {}, key("header"), { api_key: "plain-secret" });
    expect(exchange).toMatchObject({ status: 200, address: `${origin}/things/`, json: { a: 1 } });
    expect(seen.at(-1)?.headers["x-access"]).toBe("plain-secret");
    await expect(look(origin, { path: "/away" }, key("query"), credentials)).rejects.toThrow(`another host, localhost`);
    await expect(look(origin, { path: "/round" })).rejects.toThrow("more than 5 times");
    expect(other.seen).toEqual([]);
  });

  it("masks secrets in the address, the headers and the body, in every form", async () => {
    const forms = [SECRET, encodeURIComponent(SECRET), Buffer.from(`user:${SECRET}`).toString("base64")];
    const body = JSON.stringify({
      echo: forms,
      [SECRET]: 1,
      next: `/items?X-Access=${encodeURIComponent(SECRET)}&page=2`,
    });
    const { origin } = await upstream(() => ({
      headers: { "set-cookie": "sid=1", "x-echo": "abc-s3cret-plain" },
      body,
    }));
    const exchange = await look(origin, {}, key("query"), { api_key: SECRET });
    const text = JSON.stringify(exchange);
    for (const form of [...forms, new URLSearchParams({ a: SECRET }).toString().slice(2)])
      expect(text).not.toContain(form);
    expect(exchange.address).toBe(`${origin}/items?X-Access=****`);
    expect(exchange.headers["set-cookie"]).toBe("****");
    expect(exchange.json).toMatchObject({ "****": 1, next: "/items?X-Access=****&page=2" });
  });

  it("masks a secret that is a number without spoiling the rest", async () => {
    const { origin } = await upstream(() => ({ body: '{"account": 12345678, "id": 7}' }));
    const exchange = await look(origin, {}, key("query"), { api_key: "12345678" });
    expect(exchange.json).toEqual({ account: "****", id: 7 });
    expect(exchange.body).not.toContain("12345678");
  });

  it.each<[string, AuthInput]>([
    [
      "a client's credentials",
      {
        kind: "oauth2_client_credentials",
        token_url: "/token",
        client_id: "client_id",
        client_secret: "client_secret",
      },
    ],
    ["a login", { kind: "session", login_path: "/login", username: "username", password: "password" }],
    ["a user and a password", { kind: "basic", username: "username", password: "password" }],
    ["a token", { kind: "bearer", token: "api_token" }],
    ["a key in the query", { kind: "api_key", in: "query", name: "key", value: "api_key" }],
  ])("with %s: given ones let in, wrong ones and none do not", async (_, auth) => {
    const simulator = await simulated(makeBlueprint([{}], { auth }));
    const { configuration, baseUrl } = simulator;
    const statuses = [];
    for (const credentials of ["given", "wrong", "none"] as const) {
      const exchange = await look("https://api.example.com/v2", { credentials }, auth, configuration);
      statuses.push(exchange.status);
      const text = JSON.stringify(exchange);
      for (const [name, value] of Object.entries(configuration))
        if (name !== "base_url") expect(text).not.toContain(value);
    }
    expect(statuses).toEqual([200, 401, 401]);
    // Nobody logs in with wrong credentials: that could lock an account.
    const tokens = simulator.requests.filter(({ path }) => /token|login/.test(path));
    expect(tokens.every(({ status }) => status === 200)).toBe(true);
    expect(baseUrl).toContain("127.0.0.1");
  });

  it("masks a token that was fetched", async () => {
    const token = "fetched-token-0123456789";
    const { origin } = await upstream(({ pathname }, { authorization }) =>
      pathname === "/token"
        ? { body: JSON.stringify({ access_token: token }) }
        : { body: JSON.stringify({ you_sent: authorization }) },
    );
    const auth: AuthInput = {
      kind: "oauth2_client_credentials",
      token_url: "/token",
      client_id: "client_id",
      client_secret: "client_secret",
    };
    const exchange = await look(origin, {}, auth, { client_id: "me", client_secret: SECRET });
    expect(exchange.json).toEqual({ you_sent: "Bearer ****" });
  });

  it("never asks for a token where a redirect leads to another host", async () => {
    const other = await upstream(() => ({ body: '{"access_token": "x"}' }));
    const { origin } = await upstream(() => ({ status: 307, headers: { location: `${other.origin}/token` } }));
    const auth: AuthInput = {
      kind: "oauth2_client_credentials",
      token_url: "/token",
      client_id: "client_id",
      client_secret: "client_secret",
    };
    await expect(look(origin, {}, auth, { client_id: "me", client_secret: SECRET })).rejects.toThrow("another host");
    expect(other.seen).toEqual([]);
  });
});

describe("the live reader", () => {
  const read = async (base_url: string, table: TableInput): Promise<Record_[]> => {
    const blueprint = makeBlueprint([table], { base_url, auth: key("header") });
    const rows: Record_[] = [];
    for await (const row of restSource.read(blueprint, "items", { configuration: { api_key: "plain-secret" }, signal }))
      rows.push(row);
    return rows;
  };

  it("does not carry a key in a header to the host of a redirect", async () => {
    const other = await upstream(() => ({ body: '{"data": []}' }));
    const elsewhere = other.origin.replace("127.0.0.1", "localhost");
    const { origin } = await upstream(() => ({ status: 302, headers: { location: `${elsewhere}/items` } }));
    await expect(read(origin, {})).rejects.toThrow("another host");
    expect(other.seen).toEqual([]);
  });

  it("follows a redirect on the host", async () => {
    const { origin } = await upstream(({ pathname }) =>
      pathname === "/items" ? { status: 308, headers: { location: "items/" } } : { body: '{"data": [{"id": 1}]}' },
    );
    expect(await read(origin, {})).toEqual([{ id: 1 }]);
  });

  it("reads what it read before, digit by digit", async () => {
    const rows = Array.from({ length: 45 }, (_, id) => ({
      id,
      hash: createHash("sha256").update(String(id)).digest("hex"),
    }));
    const { origin } = await upstream(({ searchParams }) => {
      const page = Number(searchParams.get("page"));
      return { body: JSON.stringify({ data: rows.slice((page - 1) * 10, page * 10) }) };
    });
    expect(await read(origin, { read: { pagination: { style: "page", page_param: "page" } } })).toEqual(rows);
  });
});
