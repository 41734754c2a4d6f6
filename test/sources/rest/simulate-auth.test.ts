import { describe, expect, it } from "vitest";
import type { AuthInput } from "../../../src/artifacts/auth.ts";
import { UserError } from "../../../src/errors.ts";
import { simulateRest } from "../../../src/sources/rest/simulate/simulate.ts";
import { makeBlueprint } from "../../support/rest-blueprint.ts";
import { type Ask, get, simulated } from "../../support/simulated.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

function source(auth: AuthInput, extra: Parameters<typeof makeBlueprint>[1] = {}) {
  return makeBlueprint([{}], { auth, ...extra });
}

describe("configuration", () => {
  it("has distinctive values for credentials, defaults for the rest, and the base address with its path", async () => {
    const keys = [
      { key: "base_url", description: "", secret: false, required: false },
      { key: "api_key", description: "", secret: true, required: true },
      { key: "page_size", description: "", secret: false, required: false, default: "50" },
      { key: "since", description: "", secret: false, required: false },
      { key: "region", description: "", secret: false, required: true },
    ];
    const auth: AuthInput = { kind: "api_key", in: "header", name: "X-Key", value: "api_key" };
    const { configuration, baseUrl } = await simulated(source(auth, { configuration: keys }));
    expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2$/);
    expect(configuration.base_url).toBe(baseUrl);
    expect(configuration.api_key).toMatch(/^[!-~]{24,}$/);
    expect(encodeURIComponent(configuration.api_key ?? "")).not.toBe(configuration.api_key);
    expect(configuration.page_size).toBe("50");
    expect(configuration.since).toBe("");
    expect(configuration.region).toMatch(/^\w{12,}$/);
  });

  it("differs from seed to seed", async () => {
    const blueprint = source({ kind: "bearer", token: "token" });
    const [one, two] = [await simulated(blueprint, { seed: 1 }), await simulated(blueprint, { seed: 2 })];
    expect(one.configuration.token).not.toBe(two.configuration.token);
  });
});

describe("kinds of authentication", () => {
  const cases: {
    name: string;
    auth: AuthInput;
    good: (c: Record<string, string>) => [string, Ask?];
    bad: [string, Ask?][];
  }[] = [
    { name: "none", auth: { kind: "none" }, good: () => ["/items"], bad: [] },
    {
      name: "an api key in a header, with a prefix",
      auth: { kind: "api_key", in: "header", name: "X-Key", prefix: "Key ", value: "k" },
      good: (c) => ["/items", { headers: { "x-key": `Key ${c.k}` } }],
      bad: [["/items"], ["/items", { headers: { "x-key": "Key " } }], ["/items", { headers: { "x-key": "wrong" } }]],
    },
    {
      name: "an api key in the query",
      auth: { kind: "api_key", in: "query", name: "api_key", value: "k" },
      good: (c) => [`/items?api_key=${encodeURIComponent(c.k ?? "")}`],
      bad: [["/items"], ["/items?api_key=wrong"], ["/items?api_key="]],
    },
    {
      name: "basic",
      auth: { kind: "basic", username: "u", password: "p" },
      good: (c) => ["/items", { headers: { authorization: `Basic ${base64(`${c.u}:${c.p}`)}` } }],
      bad: [["/items"], ["/items", { headers: { authorization: `Basic ${base64("a:b")}` } }]],
    },
    {
      name: "basic without a password",
      auth: { kind: "basic", username: "u", password: "" },
      good: (c) => ["/items", { headers: { authorization: `Basic ${base64(`${c.u}:`)}` } }],
      bad: [["/items", { headers: { authorization: `Basic ${base64(":")}` } }]],
    },
    {
      name: "bearer",
      auth: { kind: "bearer", token: "t" },
      good: (c) => ["/items", { headers: { authorization: `bearer ${c.t}` } }],
      bad: [
        ["/items"],
        ["/items", { headers: { authorization: "Bearer " } }],
        ["/items", { headers: { authorization: "Bearer x" } }],
      ],
    },
  ];

  it.each(cases)("$name: lets the right one in and the wrong ones not", async ({ auth, good, bad }) => {
    const simulator = await simulated(source(auth));
    const [target, ask] = good(simulator.configuration);
    expect((await get(simulator, target, ask)).status).toBe(200);
    for (const [wrongTarget, wrongAsk] of bad) {
      const got = await get(simulator, wrongTarget, wrongAsk);
      expect(got.status).toBe(401);
      expect(got.json).toMatchObject({ error: "unauthorized" });
    }
  });

  it("does not put the key of a query on record", async () => {
    const simulator = await simulated(source({ kind: "api_key", in: "query", name: "api_key", value: "k" }));
    await get(simulator, `/items?api_key=${encodeURIComponent(simulator.configuration.k ?? "")}`);
    expect(simulator.requests.at(-1)?.query).toEqual([["api_key", "***"]]);
  });
});

describe("oauth2_client_credentials", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const auth = {
    kind: "oauth2_client_credentials",
    token_url: "/oauth/token",
    client_id: "i",
    client_secret: "s",
  } as const;
  const bodyOf = (c: Record<string, string>, more: Record<string, string> = {}) =>
    new URLSearchParams({
      grant_type: "client_credentials",
      client_id: c.i ?? "",
      client_secret: c.s ?? "",
      ...more,
    }).toString();

  it("issues a token for a form with the client's credentials, and takes it until it expires", async () => {
    const simulator = await simulated(source(auth), { tokenSeconds: 0.3 });
    const issued = await get(simulator, "/oauth/token", {
      method: "POST",
      headers: form,
      body: bodyOf(simulator.configuration),
    });
    expect(issued.status).toBe(200);
    expect(issued.json).toMatchObject({ token_type: "Bearer", expires_in: 0.3 });
    const headers = { authorization: `Bearer ${issued.json.access_token}` };
    expect((await get(simulator, "/items", { headers })).status).toBe(200);
    await new Promise((done) => setTimeout(done, 350));
    const late = await get(simulator, "/items", { headers });
    expect([late.status, late.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="simulated"']);
    expect(simulator.requests.map((request) => request.table)).toEqual([undefined, "items", "items"]);
  });

  it("refuses a wrong secret, a wrong grant, a JSON body and GET", async () => {
    const simulator = await simulated(source(auth));
    const { configuration } = simulator;
    const post = (body: string, headers: Record<string, string> = form) =>
      get(simulator, "/oauth/token", { method: "POST", headers, body });
    expect(await post(bodyOf({ ...configuration, s: "wrong" }))).toMatchObject({
      status: 401,
      json: { error: "invalid_client" },
    });
    expect(await post(bodyOf(configuration, { grant_type: "password" }))).toMatchObject({
      status: 400,
      json: { error: "unsupported_grant_type" },
    });
    expect((await post(JSON.stringify({}), { "content-type": "application/json" })).status).toBe(400);
    expect((await get(simulator, "/oauth/token")).status).toBe(405);
    expect((await get(simulator, "/items", { headers: { authorization: "Bearer undefined" } })).status).toBe(401);
  });

  it("wants the client in the basic header when the blueprint says so, and the scopes", async () => {
    const simulator = await simulated(source({ ...auth, client_auth: "basic", scopes: ["read", "more"] }));
    const { i, s } = simulator.configuration;
    const ask = (authorization: string, scope: string) =>
      get(simulator, "/oauth/token", {
        method: "POST",
        headers: { ...form, authorization },
        body: new URLSearchParams({ grant_type: "client_credentials", scope }).toString(),
      });
    const encoded = `Basic ${base64(`${encodeURIComponent(i ?? "")}:${encodeURIComponent(s ?? "")}`)}`;
    expect((await ask(`Basic ${base64(`${i}:${s}`)}`, "read more")).status).toBe(200);
    expect((await ask(encoded, "more read")).json).toMatchObject({ scope: "read more" });
    expect(await ask(encoded, "read")).toMatchObject({ status: 400, json: { error: "invalid_scope" } });
    expect((await ask(`Basic ${base64("a:b")}`, "read more")).status).toBe(401);
    const inBody = await get(simulator, "/oauth/token", {
      method: "POST",
      headers: form,
      body: bodyOf(simulator.configuration),
    });
    expect(inBody.status).toBe(401);
  });

  it("serves an absolute address on the source's host at its path, and refuses one elsewhere", async () => {
    const near = await simulated(source({ ...auth, token_url: "https://api.example.com/login/token" }));
    const { origin } = new URL(near.baseUrl);
    const issued = await get({ baseUrl: origin }, "/login/token", {
      method: "POST",
      headers: form,
      body: bodyOf(near.configuration),
    });
    expect(issued.status).toBe(200);
    const far = simulateRest(source({ ...auth, token_url: "https://login.example.net/token" }), { seed: 1 });
    await expect(far).rejects.toThrow(UserError);
    await expect(far).rejects.toThrow(/token_url is on login\.example\.net, not on api\.example\.com/);
  });
});

describe("session", () => {
  const auth = {
    kind: "session",
    login_path: "/login",
    username: "u",
    password: "p",
    username_field: "user",
    password_field: "pass",
    token_path: "session.id",
    header: "X-Session",
    prefix: "Sid ",
  } as const;
  const json = { "content-type": "application/json" };

  it("hands out a session for the right pair, and takes it in the stated header until it expires", async () => {
    const simulator = await simulated(source(auth), { tokenSeconds: 0.3 });
    const { u, p } = simulator.configuration;
    const login = (pass: string | undefined) =>
      get(simulator, "/login", { method: "POST", headers: json, body: JSON.stringify({ user: u, pass }) });
    expect((await login("wrong")).status).toBe(401);
    const { id } = (await login(p)).json.session;
    expect((await get(simulator, "/items", { headers: { "x-session": `Sid ${id}` } })).status).toBe(200);
    expect((await get(simulator, "/items", { headers: { "x-session": id } })).status).toBe(401);
    expect((await get(simulator, "/items", { headers: { authorization: `Sid ${id}` } })).status).toBe(401);
    await new Promise((done) => setTimeout(done, 350));
    expect((await get(simulator, "/items", { headers: { "x-session": `Sid ${id}` } })).status).toBe(401);
  });

  it("refuses a form and text that is not JSON", async () => {
    const simulator = await simulated(source(auth));
    const post = (headers: Record<string, string>, body: string) =>
      get(simulator, "/login", { method: "POST", headers, body });
    expect((await post({ "content-type": "application/x-www-form-urlencoded" }, "user=a")).status).toBe(400);
    expect((await post(json, "{")).status).toBe(400);
    expect((await post(json, JSON.stringify({ user: "x".repeat(70_000) }))).status).toBe(413);
  });
});
