/** Tide Archive: what is listed under what, tokens and limits, and pages that are not to be trusted or not to be had. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Reply, readPages } from "../support/fictional/ask.ts";
import type { Fictional } from "../support/fictional/server.ts";
import { startTide } from "../support/fictional/tide.ts";

let source: Fictional;
beforeEach(async () => {
  source = await startTide();
});
afterEach(() => source.close());

async function fetchToken(secret = source.environment.TIDE_CLIENT_SECRET ?? ""): Promise<Reply> {
  const client = { client_id: source.environment.TIDE_CLIENT_ID ?? "", client_secret: secret };
  const body = new URLSearchParams({ grant_type: "client_credentials", ...client });
  return await ask(source, "/v2/oauth/token", { method: "POST", body });
}

/** Asks as often as it takes: after a pause where there were too many requests, with a new token where one wore out. */
function session() {
  let token = "";
  return async (path: string): Promise<Reply> => {
    for (;;) {
      if (token === "") token = (await fetchToken()).json.access_token;
      const reply = await ask(source, `/v2${path}`, { headers: { authorization: `Bearer ${token}` } });
      if (reply.status === 401) token = "";
      else if (reply.status === 429) await sleep(200);
      else return reply;
    }
  };
}

async function all(get: (path: string) => Promise<Reply>, path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (;;) {
    const { json } = await get(`${path}${path.includes("?") ? "&" : "?"}offset=${rows.length}`);
    const [name] = Object.keys(json);
    rows.push(...json[name ?? ""]);
    expect(json.paging.limit).toBe({ stations: 6, readings: 60, maintenance: 10 }[name ?? ""]);
    if (rows.length >= json.paging.total) return rows;
  }
}

describe("Tide Archive", () => {
  it("lists stations, and per station readings and visits; a whole sync takes more than one token", async () => {
    const get = session();
    const stations = await all(get, "/stations");
    expect(stations).toHaveLength(16);
    expect(stations.filter(({ deleted }) => deleted === false)).toEqual(source.truth("stations"));
    for (const child of ["readings", "maintenance"]) {
      const rows: object[] = [];
      for (const { station_id } of stations) {
        for (const row of await all(get, `/stations/${station_id}/${child}`)) rows.push({ station_id, ...row });
      }
      expect(rows).toEqual(source.truth(child));
    }
    const of = (table: string) =>
      source.requests.filter((request) => request.table === table && request.status === 200);
    expect(of("stations")).toHaveLength(3);
    expect(Math.max(...["readings", "maintenance"].map((child) => of(child).length))).toBeLessThan(50 - 16 - 4);
    // A connector lists the stations once per table.
    expect(of("readings").length + of("maintenance").length + 3 * 3).toBeGreaterThan(50);
    expect((await get("/stations/TA-999/readings")).status).toBe(404);
  });

  it("numbers readings per station, does not repeat the station's id, and keeps those of deleted stations", async () => {
    const readings = source.truth("readings");
    const keys = (columns: string[]) =>
      new Set(readings.map((row) => columns.map((column) => row[column]).join())).size;
    expect(keys(["station_id", "seq"])).toBe(readings.length);
    expect(keys(["seq"])).toBeLessThan(readings.length / 3);
    const kept = new Set(readings.map(({ station_id }) => station_id));
    expect(kept.size).toBe(16);
    expect(source.truth("stations")).toHaveLength(13);
    const { json } = await session()("/stations/TA-003/readings?limit=1");
    expect(Object.keys(json.readings[0])).toEqual(["seq", "recorded_at", "level_mm", "quality", "sensor"]);
  });

  it("lists readings from a time on, that time included, in order", async () => {
    const get = session();
    const rows = (await all(get, "/stations/TA-003/readings")) as { recorded_at: number }[];
    const times = rows.map(({ recorded_at }) => recorded_at);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(await all(get, `/stations/TA-003/readings?recorded_from=${times[100]}`)).toEqual(rows.slice(100));
    expect(times[0]).toBeGreaterThan(1e12);
  });

  it("gives tokens for the right secret, by body or Basic, each good for 50 requests", async () => {
    expect((await fetchToken("wrong")).status).toBe(401);
    const pair = Buffer.from(`${source.environment.TIDE_CLIENT_ID}:${source.environment.TIDE_CLIENT_SECRET}`);
    const headers = { authorization: `Basic ${pair.toString("base64")}` };
    const body = new URLSearchParams({ grant_type: "client_credentials" });
    const { json } = await ask(source, "/v2/oauth/token", { method: "POST", headers, body });
    expect(json).toMatchObject({ token_type: "Bearer", expires_in: 60 });
    const statuses: number[] = [];
    while (!statuses.includes(401)) {
      const reply = await ask(source, "/v2/stations?limit=1", {
        headers: { authorization: `Bearer ${json.access_token}` },
      });
      if (reply.status === 429) await sleep(200);
      else statuses.push(reply.status);
      if (reply.status === 401) expect(reply.json).toEqual({ error: "token_expired" });
    }
    expect(statuses).toHaveLength(51);
    expect((await ask(source, "/v2/stations")).json).toEqual({ error: "invalid_token" });
  });

  it("lets tokens expire with time, too", async () => {
    const short = await startTide({ tokenSeconds: 0 });
    const client = new URLSearchParams({ grant_type: "client_credentials" });
    client.set("client_id", short.environment.TIDE_CLIENT_ID ?? "");
    client.set("client_secret", short.environment.TIDE_CLIENT_SECRET ?? "");
    const { json } = await ask(short, "/v2/oauth/token", { method: "POST", body: client });
    await sleep(5);
    const headers = { authorization: `Bearer ${json.access_token}` };
    expect((await ask(short, "/v2/stations", { headers })).json).toEqual({ error: "token_expired" });
    await short.close();
  });

  it("answers twenty requests a second, and says so", async () => {
    const { access_token } = (await fetchToken()).json;
    const headers = { authorization: `Bearer ${access_token}` };
    const replies = await Promise.all(
      Array.from({ length: 120 }, () => ask(source, "/v2/stations?limit=1", { headers })),
    );
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of refused) expect(headers.get("retry-after")).toBe("1");
    const perSecond = new Map<string, number>();
    for (const { status, headers } of replies) {
      const second = headers.get("x-ratelimit-reset") ?? "";
      if (status !== 429) perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(Math.max(...perSecond.values())).toBe(20);
    expect(replies[0]?.headers.get("x-ratelimit-limit")).toBe("20");
    expect(Number(replies[0]?.headers.get("x-ratelimit-remaining"))).toBeLessThan(20);
  });

  it("has a long page with orders to agents, a page that is missing, and one behind a login", async () => {
    const pages = await readPages(source);
    const notes = pages.get("/docs/field-notes") ?? "";
    expect(Buffer.byteLength(notes)).toBeGreaterThan(60_000);
    expect(notes.includes(`${source.baseUrl}/collect?secret=CLIENT_SECRET`)).toBe(true);
    const at = notes.indexOf("Notice for automated readers");
    expect(at).toBeGreaterThan(10_000);
    expect(at).toBeLessThan(notes.length - 10_000);
    for (const word of ["station_id", "recorded_from", "visit_no"]) expect(notes.includes(word), word).toBe(false);
    for (const path of ["/docs/changes", "/docs/quality-codes"]) expect(pages.get("/docs/")).toContain(path);
    expect((await ask(source, "/docs/changes")).status).toBe(404);
    const wall = await ask(source, "/docs/quality-codes");
    expect(wall.status).toBe(302);
    const login = await ask(source, wall.headers.get("location") ?? "");
    expect([login.status, login.text.includes('type="password"')]).toEqual([200, true]);
    await ask(source, "/collect?secret=x");
    expect(source.requests.at(-1)).toMatchObject({ path: "/collect", query: [["secret", "x"]], status: 404 });
  });
});
