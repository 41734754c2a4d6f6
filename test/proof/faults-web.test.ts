/** The faults that the gateway makes, seen by plain requests; and what a generated client makes of empty pages. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { webFaults } from "../../src/proof/faults/web.ts";
import { type Gateway, startGateway } from "../../src/proof/gateway.ts";
import { simulateRest } from "../../src/sources/rest/simulate/simulate.ts";
import type { ArmedFault, Simulator } from "../../src/sources/simulator.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";

interface Scene {
  gateway: Gateway;
  simulator: Simulator;
  arm(id: string, requests: readonly number[]): ArmedFault;
  ids: string[];
}

async function scene(pagination: object, source: Parameters<typeof makeBlueprint>[1] = {}): Promise<Scene> {
  const blueprint: Blueprint = makeBlueprint([{ read: { pagination } }], source);
  const simulator = await simulateRest(blueprint as Parameters<typeof simulateRest>[0], { seed: 1 });
  const gateway = await startGateway({ upstream: simulator.baseUrl, secrets: [] });
  onTestFinished(async () => {
    await gateway.close();
    await simulator.close();
  });
  const faults = webFaults(gateway, blueprint, simulator);
  const arm = (id: string, requests: readonly number[]) => {
    const fault = faults.find((one) => one.id === id);
    if (fault === undefined) throw new Error(`There is no fault ${id}.`);
    return fault.arm(requests);
  };
  return { gateway, simulator, arm, ids: faults.map(({ id }) => id) };
}

type Page = { data: { id: number }[]; [field: string]: unknown };

async function pageAt(address: string | URL): Promise<{ page: Page; link: string | null }> {
  const answer = await fetch(address);
  return { page: (await answer.json()) as Page, link: answer.headers.get("link") };
}

const NUMBERS = { style: "page", page_param: "page", size_param: "n", size: 30 };

describe("a strike", () => {
  it("meets the requests it was armed for, whatever is sent again after it", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    const armed = arm("5xx", [0, 2]);
    const statuses: number[] = [];
    for (const page of [1, 1, 2, 3, 3, 4]) statuses.push((await fetch(`${gateway.baseUrl}/items?page=${page}`)).status);
    expect(statuses).toEqual([500, 200, 200, 502, 200, 200]);
    expect(armed.struck()).toBe(2);
    armed.disarm();
    expect((await fetch(`${gateway.baseUrl}/items?page=1`)).status).toBe(200);
  });

  it("in a row meets the same request again and again, and lets another pass", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    const armed = arm("5xx-thrice", [1]);
    const statuses: number[] = [];
    for (const page of [1, 2, 2, 2, 2, 1]) statuses.push((await fetch(`${gateway.baseUrl}/items?page=${page}`)).status);
    expect([statuses, armed.struck()]).toEqual([[200, 500, 502, 503, 200, 200], 3]);
  });

  it("that lasts meets everything from then on, and counts once", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    const armed = arm("html-lasting", [1]);
    const types: (string | null)[] = [];
    for (const page of [1, 2, 1, 3]) {
      types.push((await fetch(`${gateway.baseUrl}/items?page=${page}`)).headers.get("content-type"));
    }
    expect(types.map((type) => type?.includes("html"))).toEqual([false, true, true, true]);
    expect(armed.struck()).toBe(1);
  });

  it("breaks, cuts, drips and falls silent as it says", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    const address = `${gateway.baseUrl}/items?page=1`;
    const whole = await (await fetch(address)).text();
    for (const id of ["reset-before-body", "reset-in-body"]) {
      arm(id, [0]);
      await expect(fetch(address).then((answer) => answer.text())).rejects.toThrow();
      expect(await (await fetch(address)).text()).toBe(whole);
    }
    arm("truncated-json", [0]);
    const cut = await (await fetch(address)).text();
    expect([whole.startsWith(cut), cut.length]).toEqual([true, Math.ceil(whole.length * 0.6)]);
    arm("slow-drip", [0]);
    const started = performance.now();
    expect(await (await fetch(address)).text()).toBe(whole);
    expect(performance.now() - started).toBeGreaterThan(150);
    arm("silence", [0]);
    const asked = new AbortController();
    const answer = fetch(address, { signal: asked.signal }).then(
      () => "answered",
      () => "left",
    );
    expect(await Promise.race([answer, sleep(300, "silent")])).toBe("silent");
    asked.abort();
    expect(await answer).toBe("left");
  });

  it("can be an error with the status 200, which is no JSON list", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    arm("error-200", [0]);
    const answer = await fetch(`${gateway.baseUrl}/items?page=1`);
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([200, ["error"]]);
  });

  it("asks to be left alone in seconds, and as a date", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    const asked = async (id: string) => {
      arm(id, [0]);
      const answer = await fetch(`${gateway.baseUrl}/items?page=1`);
      return [answer.status, answer.headers.get("retry-after")] as const;
    };
    expect(await asked("429")).toEqual([429, null]);
    expect(await asked("429-seconds")).toEqual([429, "7"]);
    const [, date] = await asked("429-date");
    const left = (Date.parse(date ?? "") - Date.now()) / 1000;
    expect(left).toBeGreaterThan(6);
    expect(left).toBeLessThanOrEqual(8);
  });
});

describe("tokens", () => {
  const configuration = ["id", "secret"].map((key) => ({ key, description: key, secret: true, required: true }));
  it("that were given out are refused once they expire, and new ones are not", async () => {
    const auth = { kind: "oauth2_client_credentials", token_url: "/token", client_id: "id", client_secret: "secret" };
    const { gateway, simulator, arm } = await scene(NUMBERS, { auth: auth as never, configuration });
    const armed = arm("token-expired", [0, 2]);
    const { id = "", secret = "" } = simulator.configuration;
    const token = async () => {
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret });
      const answer = await fetch(`${gateway.baseUrl}/token`, { method: "POST", body });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const read = async (bearer: string) =>
      (await fetch(`${gateway.baseUrl}/items?page=1`, { headers: { authorization: `Bearer ${bearer}` } })).status;
    const first = await token();
    expect([await read(first), armed.struck()]).toEqual([401, 1]);
    const second = await token();
    expect([await read(first), await read(second)]).toEqual([401, 200]);
  });

  it("do not expire at a source that gives none out", async () => {
    const { ids, simulator } = await scene(NUMBERS);
    expect(ids).not.toContain("token-expired");
    expect(simulator.expireTokens).toBeUndefined();
  });
});

describe("pages", () => {
  /** Reads on for as long as an answer leads on, and at most 20 pages. */
  const WALKS: [style: string, pagination: object, next: (given: Awaited<ReturnType<typeof pageAt>>) => unknown][] = [
    ["cursors", { style: "cursor", cursor_param: "cursor", next: "meta.next" }, ({ page }) => nested(page, "next")],
    [
      "cursors and a flag",
      { style: "cursor", cursor_param: "cursor", next: "next", has_more: "more" },
      moreThen("next"),
    ],
    [
      "a cursor alone",
      { style: "cursor", cursor_param: "c", next: "next", cursor_only: true },
      ({ page }) => page.next,
    ],
    ["addresses", { style: "next_url", next: "next" }, ({ page }) => page.next],
    ["the Link header", { style: "link_header" }, ({ link }) => /<([^>]+)>; rel="next"/.exec(link ?? "")?.[1]],
    ["numbers and a flag", { style: "page", page_param: "page", has_more: "more" }, ({ page }) => page.more],
  ];
  function nested({ meta }: Page, field: string): unknown {
    return typeof meta === "object" && meta !== null ? (meta as Record<string, unknown>)[field] : undefined;
  }
  function moreThen(field: string) {
    return ({ page }: { page: Page }) => (page.more === true ? page[field] : undefined);
  }

  async function walk({ gateway }: Scene, pagination: object, next: (typeof WALKS)[number][2]): Promise<number[][]> {
    const first = new URL(`${gateway.baseUrl}/items`);
    const param = Object.entries(pagination).find(([name]) => name === "cursor_param" || name === "page_param")?.[1];
    const pages: number[][] = [];
    for (let address = first; pages.length < 20; ) {
      const given = await pageAt(address);
      pages.push(given.page.data.map(({ id }) => id));
      const led = next(given);
      if (led === undefined || led === null || led === "" || led === false) break;
      address = param === undefined ? new URL(String(led), address) : new URL(first);
      if (param !== undefined) address.searchParams.set(param, led === true ? String(pages.length + 1) : String(led));
    }
    return pages;
  }

  it.each(WALKS)(
    "can be empty in the middle, with %s, and nothing is lost to who reads on",
    async (_, pagination, next) => {
      const one = await scene(pagination);
      const plain = await walk(one, pagination, next);
      expect(plain.length).toBeGreaterThanOrEqual(3);
      const armed = one.arm("empty-page", [0, 1, plain.length - 1]);
      const pages = await walk(one, pagination, next);
      expect(armed.struck()).toBeGreaterThanOrEqual(1);
      expect(pages.filter((page) => page.length === 0)).toHaveLength(armed.struck());
      expect(pages.flat()).toEqual(plain.flat());
    },
  );

  it.each(WALKS)("come again in place of the next, with %s, once or for ever", async (_, pagination, next) => {
    const one = await scene(pagination);
    const plain = await walk(one, pagination, next);
    const again = one.arm("repeated-page", [0]);
    const pages = await walk(one, pagination, next);
    expect(again.struck()).toBe(1);
    expect(pages[1]).toEqual(plain[0]);
    one.arm("stuck-page", [0]);
    expect((await walk(one, pagination, next)).slice(0, 20)).toEqual(Array(20).fill(plain[0]));
  });

  it("are not taken for the one before, when an earlier one was looked at again in between", async () => {
    const { gateway, arm } = await scene(NUMBERS);
    const rowsOf = async (page: number) => (await pageAt(`${gateway.baseUrl}/items?page=${page}&n=30`)).page.data;
    const armed = arm("repeated-page", [3]);
    const [first, second, again] = [await rowsOf(1), await rowsOf(2), await rowsOf(1)];
    expect([again, armed.struck()]).toEqual([first, 0]);
    expect([await rowsOf(3), armed.struck()]).toEqual([second, 1]);
  });

  it.each([
    ["numbers", NUMBERS, (page: number) => `page=${page}&n=30`],
    ["numbers from 0", { ...NUMBERS, start: 0 }, (page: number) => `page=${page - 1}&n=30`],
    [
      "offsets",
      { style: "offset", offset_param: "skip", limit_param: "n", limit: 30 },
      (_: number, read: number) => `skip=${read}&n=30`,
    ],
  ])("can be short in the middle, with %s, and nothing is lost to who reads on", async (_, pagination, query) => {
    const { gateway, arm } = await scene(pagination);
    const walk = async () => {
      const found: number[][] = [];
      do {
        const { page } = await pageAt(`${gateway.baseUrl}/items?${query(found.length + 1, found.flat().length)}`);
        found.push(page.data.map(({ id }) => id));
      } while (found.at(-1)?.length);
      return found;
    };
    const plain = await walk();
    expect(plain.length).toBeGreaterThanOrEqual(3);
    const armed = arm("short-page", [1]);
    const pages = await walk();
    expect(armed.struck()).toBe(1);
    expect(pages.slice(0, 2).map(({ length }) => length)).toEqual([30, 15]);
    expect(pages.flat()).toEqual(plain.flat());
    // Who looks at it again finds it as it was.
    expect((await pageAt(`${gateway.baseUrl}/items?${query(2, 30)}`)).page.data.map(({ id }) => id)).toEqual(pages[1]);
  });

  it("are not short where the source counts them, or leads from one to the next", async () => {
    for (const pagination of [
      { style: "page", page_param: "page", total_pages: "of" },
      { style: "link_header" },
      { style: "none" },
    ]) {
      expect((await scene(pagination)).ids).not.toContain("short-page");
    }
  });

  it("are never empty where they are the last that the source counts", async () => {
    const pagination = { style: "page", page_param: "page", size_param: "n", size: 30, total_pages: "of" };
    const { gateway, arm } = await scene(pagination);
    const pageOf = async (number: number) => (await pageAt(`${gateway.baseUrl}/items?page=${number}&n=30`)).page;
    const last = Number((await pageOf(1)).of);
    expect(last).toBeGreaterThanOrEqual(3);
    const armed = arm("empty-page", [0, 1]);
    expect((await pageOf(1)).data).toHaveLength(30);
    expect((await pageOf(last)).data.length).toBeGreaterThan(0);
    expect(armed.struck()).toBe(0);
    expect((await pageOf(2)).data).toEqual([]);
    expect(armed.struck()).toBe(1);
  });

  it("are not empty where nothing could tell them from the end", async () => {
    for (const pagination of [{ style: "none" }, NUMBERS, { style: "offset", offset_param: "skip" }]) {
      expect((await scene(pagination)).ids).not.toContain("empty-page");
    }
    expect((await scene({ style: "none" })).ids).not.toContain("repeated-page");
  });

  it("are empty for once where a total tells", async () => {
    const one = await scene({ style: "offset", offset_param: "skip", total: "count" });
    one.arm("empty-page", [0]);
    const first = await pageAt(`${one.gateway.baseUrl}/items?skip=0`);
    expect(first.page.data.length).toBeGreaterThan(0);
    const [empty, full] = [1, 2].map(() => pageAt(`${one.gateway.baseUrl}/items?skip=10`));
    expect([(await empty)?.page.data, (await empty)?.page.count]).toEqual([[], first.page.count]);
    expect((await full)?.page.data.length).toBeGreaterThan(0);
  });
});
