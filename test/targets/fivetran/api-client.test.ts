/** The client of Fivetran's REST API: what it reads, what it asks again, and what it says when it cannot go on. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createFivetranApi, FivetranError } from "../../../src/targets/fivetran/api/client.ts";
import { fivetranBase, fivetranCredentials } from "../../../src/targets/fivetran/api/credentials.ts";
import { groupSchema } from "../../../src/targets/fivetran/api/shapes.ts";
import { BASIC, type FakeAccount, KEY, SECRET, startFivetranApi } from "../../support/fivetran-api.ts";

async function open(account: FakeAccount = {}, basic = BASIC) {
  const server = await startFivetranApi(account);
  const waits: number[] = [];
  const api = createFivetranApi({
    base: server.base,
    basic,
    signal: new AbortController().signal,
    seconds: 1,
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  return { server, api, waits, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** What is said, as a person reads it. */
async function wordsOf(work: Promise<unknown>): Promise<{ status: number | undefined; text: string }> {
  const error = await work.then(
    () => expect.unreachable("it went well"),
    (thrown: unknown) => thrown as FivetranError,
  );
  expect(error).toBeInstanceOf(FivetranError);
  return { status: error.status, text: `${error.message} ${error.hint ?? ""}` };
}

describe("the client of Fivetran's REST API", () => {
  it("reads every page of a list, with its parameters on each", async () => {
    const groups = [1, 2, 3, 4, 5].map((n) => ({ id: `g${n}`, name: `destination ${n}` }));
    await using world = await open({ groups, pageSize: 2 });
    expect(await world.api.items("groups", groupSchema, { schema: "a b&c" })).toEqual(groups);
    expect(world.server.requests.map(({ query }) => [query.get("cursor"), query.get("schema")])).toEqual([
      [null, "a b&c"],
      ["2", "a b&c"],
      ["4", "a b&c"],
    ]);
  });

  it("asks again after 429 as long as the server wishes, and says when that does not help", async () => {
    let left = 2;
    const limited = () => (left-- > 0 ? { status: 429, headers: { "retry-after": "7" } } : undefined);
    await using world = await open({ routes: limited });
    expect(await world.api.items("groups", groupSchema)).toHaveLength(1);
    expect(world.waits).toEqual([7_000, 7_000]);
    left = 9;
    const said = await wordsOf(world.api.items("groups", groupSchema));
    expect(said).toEqual({
      status: 429,
      text: expect.stringMatching(/429 to GET groups\?limit=500 \(4 tries\).*limit/),
    });
    left = 1;
    world.server.account.routes = () => ({ status: 429, headers: { "retry-after": "3600" } });
    await wordsOf(world.api.items("groups", groupSchema));
    expect(world.waits, "nobody waits an hour").toHaveLength(5);
  });

  it("asks again after 5xx only what changes nothing", async () => {
    await using world = await open({ routes: () => ({ status: 503, body: "<html>down</html>" }) });
    expect((await wordsOf(world.api.get("groups", groupSchema))).status).toBe(503);
    expect(world.server.requests).toHaveLength(4);
    expect((await wordsOf(world.api.post("connections/a/sync", z.unknown(), { body: {} }))).status).toBe(503);
    expect(world.server.requests).toHaveLength(5);
  });

  it("stops after its time, and at answers of another form", async () => {
    await using world = await open({
      routes: ({ path }) => (path === "slow" ? { status: 200, after: "never" } : undefined),
    });
    expect((await wordsOf(world.api.get("slow", groupSchema))).text).toMatch(/no answer within 1 s/);
    world.server.account.routes = () => ({ status: 200, body: { code: "Success", data: { id: 5 } } });
    expect((await wordsOf(world.api.get("groups", groupSchema))).text).toMatch(
      /another form than documented: .*string/,
    );
    world.server.account.routes = () => ({ status: 200, body: "<html>" });
    expect((await wordsOf(world.api.get("groups", groupSchema))).text).toMatch(/no JSON object/);
    world.server.account.routes = () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } });
    expect((await wordsOf(world.api.get("groups", groupSchema))).text, "a redirect is not followed").toMatch(
      /redirect/,
    );
  });

  it("names a wrong key, what a key may not, and what is not there, without the key", async () => {
    await using world = await open({}, Buffer.from("other:key99").toString("base64"));
    const said = await wordsOf(world.api.items("groups", groupSchema));
    expect(said).toEqual({
      status: 401,
      text: expect.stringMatching(/does not accept the API key.*FIVETRAN_API_SECRET/),
    });
    expect(said.text).not.toContain("key99");
    await using other = await open({
      routes: () => ({ status: 403, body: { code: "Forbidden", message: "No access" } }),
    });
    expect((await wordsOf(other.api.get("groups", groupSchema))).text).toMatch(/may not GET groups: No access.*role/);
    await using third = await open();
    expect((await wordsOf(third.api.get("connections/none", groupSchema))).status).toBe(404);
  });
});

describe("the account in the environment", () => {
  it("is a key and a secret, or the two in base64", () => {
    const secrets = [KEY, SECRET, BASIC];
    expect(fivetranCredentials({ FIVETRAN_API_KEY: KEY, FIVETRAN_API_SECRET: SECRET })).toEqual({
      basic: BASIC,
      secrets,
    });
    expect(fivetranCredentials({ FIVETRAN_API_KEY: ` ${BASIC}\n` })).toEqual({ basic: BASIC, secrets });
  });

  it.each([[{}], [{ FIVETRAN_API_KEY: " " }], [{ FIVETRAN_API_KEY: KEY }], [{ FIVETRAN_API_KEY: "bm9jb2xvbg==" }]])(
    "is refused when it cannot be right: %j",
    (environment) => {
      expect(() => fivetranCredentials(environment)).toThrow(/API.KEY|API key/);
    },
  );

  it("is sent to Fivetran, or to where somebody says over https", () => {
    expect(fivetranBase({})).toBe("https://api.fivetran.com");
    expect(fivetranBase({ SYNCSMITH_FIVETRAN_API: "http://127.0.0.1:8080" })).toBe("http://127.0.0.1:8080");
    expect(() => fivetranBase({ SYNCSMITH_FIVETRAN_API: "http://example.com" })).toThrow(/https only/);
    expect(() => fivetranBase({ SYNCSMITH_FIVETRAN_API: "nonsense" })).toThrow(/https only/);
  });
});
