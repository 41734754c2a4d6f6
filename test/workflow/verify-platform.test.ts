/** The last step asks the platform: how its syncs ended, what it keeps; and starts one where a person said so. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Deployment } from "../../src/artifacts/deployment.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { adoptedTarget } from "../../src/targets/adopted.ts";
import type { Target, Targets } from "../../src/targets/target.ts";
import type { SyncsSeen, WatchRequest } from "../../src/targets/watching.ts";
import type { StepContext } from "../../src/workflow/step.ts";
import { openStore } from "../../src/workflow/store.ts";
import { askPlatform, holdStanding } from "../../src/workflow/verify/platform.ts";
import { type FakeSync, startFivetranApi } from "../support/fivetran-api.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import {
  CONNECTION,
  credentialsFor,
  JUST_DEPLOYED,
  makeVerifiable,
  type Verifiable,
  type Verifying,
  verifyShop,
} from "../support/verifiable.ts";
import { verifies } from "../support/verifies.ts";

let made: Verifiable;
let connector: string;
beforeAll(async () => {
  made = await makeVerifiable();
  ({ connector } = made);
});
const verify = (destination: object, how?: Verifying) => verifyShop(made, destination, how);

describe("the platform", () => {
  const deployed = async (state: object, environment: Record<string, string> = {}) => {
    const store = await openStore(connector);
    await store.write("deployment.json", JUST_DEPLOYED);
    const connection = { id: "one", service: "connector_sdk", schema: "shop", paused: false, ...state };
    const body = { code: "Success", data: { ...connection, items: [{ status: "FAILURE", reason: "KeyError 'id'" }] } };
    await using api = await startFivetranApi({ routes: () => ({ status: 200, body }) });
    const result = await verify({}, { environment: { ...credentialsFor(api.base), ...environment } });
    await rm(store.path("deployment.json"));
    return result;
  };

  /** A connection that was just made, on an account where that comes of its sync. */
  const syncing = async (sync: FakeSync, options: string[], interrupt?: AbortController) => {
    const store = await openStore(connector);
    await store.write("deployment.json", JUST_DEPLOYED);
    const made = { ...CONNECTION };
    await using api = await startFivetranApi({ connections: [made], sync });
    if (interrupt !== undefined)
      api.account.routes = ({ method }) => {
        if (method === "GET" && api.changes().length > 1) setTimeout(() => interrupt.abort(), 20);
        return undefined;
      };
    const asked = {
      environment: credentialsFor(api.base),
      options,
      ...(interrupt ? { signal: interrupt.signal } : {}),
    };
    const result = await verify({}, asked);
    return { ...result, changes: api.changes(), paused: made.paused, store };
  };
  const whole = { state: { orders: {} }, tables: ["orders", "lines", "visits"] };

  it(verifies("verify.started", "--yes-sync starts a connection that a deployment has left paused"), async () => {
    const left = await syncing(whole, []);
    expect(left).toMatchObject({ code: 0, paused: true, changes: [] });
    expect(left.verification?.reason).toContain("`syncsmith verify shop --yes-sync` starts one");
    const started = await syncing(whole, ["--yes-sync"]);
    expect(started).toMatchObject({ code: 0, paused: false });
    expect(started.stdout).toContain("Start the connection shop and sync it now?");
    expect(started.verification?.syncs).toMatchObject({
      ...{ outcome: "succeeded", running: false },
      standing: { state: ["orders"], tables: [{ name: "orders" }, { name: "lines" }, { name: "visits" }] },
    });
    expect(started.verification?.reason).toContain("it has all 3 tables of the local run");
    expect(started.verification?.reason).toContain("its state has orders, which the local run's lacks");
  });

  it(verifies("verify.platform", "a table that the platform lacks after a sync is red"), async () => {
    const { code, verification } = await syncing({ ...whole, tables: ["orders", "visits"] }, ["--yes-sync"]);
    expect(code).toBe(1);
    expect(verification).toMatchObject({
      outcome: "differs",
      reason: expect.stringContaining("the platform lacks lines, of which the local run has rows"),
    });
    const other = await syncing({ ...whole, tables: ["something"] }, ["--yes-sync"]);
    expect(other.code).toBe(1);
    expect(other.verification?.reason).toContain("the platform lacks orders, lines, visits");
  });

  it("that lists no table after a sync with rows is said to", async () => {
    const { code, verification } = await syncing({ ...whole, tables: [] }, ["--yes-sync"]);
    expect(code).toBe(0);
    expect(verification?.reason).toContain("it lists no table of it, so none was looked for there");
  });

  it("a wait that is interrupted ends at once, and is gone on with without a second start", async () => {
    const cut = await syncing({ runs: 9 }, ["--yes-sync"], new AbortController());
    expect(cut.stderr).toContain("interrupted; go on with `syncsmith verify shop`");
    expect(cut).toMatchObject({ code: 130, changes: ["PATCH connections/one", "POST connections/one/sync"] });
    expect(JSON.parse(await readFile(cut.store.path("sync.json"), "utf8"))).toEqual({
      ...{ connection_id: "one", ended_before: 0, deployed: "2026-11-21T10:00:00Z" },
    });
    const after = await deployed({ succeeded_at: "2026-11-21T09:30:00Z" });
    expect(after.verification, "by the platform's clock").toMatchObject({ syncs: { outcome: "succeeded" } });
    await expect(readFile(cut.store.path("sync.json"))).rejects.toThrow("ENOENT");
  });

  it(
    verifies("verify.started", "one that was asked for and has not begun is waited for again, not started twice"),
    async () => {
      const store = await openStore(join(made.workspace, "asked"));
      const started = { connection_id: "one", ended_before: 0 };
      const seen = async (outcome: SyncsSeen["outcome"]) => {
        const waited: unknown[] = [];
        const watch = async (request: WatchRequest): Promise<SyncsSeen> => {
          waited.push(request.started);
          if (request.started === undefined) await request.onStarted?.(started);
          return { outcome, running: false, words: [] };
        };
        const targets = { parts: [{ target: { watch } }] } as unknown as Targets;
        const services = { environment: {}, now: () => new Date() };
        const context = { store, services, redactor: createRedactor(), emit: () => {} } as unknown as StepContext;
        const deployment = JUST_DEPLOYED as unknown as Deployment;
        const { words } = (await askPlatform(context, { targets, deployment })) ?? {};
        return [waited, words];
      };
      const again = ["`syncsmith verify` waits for it again"];
      expect(await seen("none"), "the wait is over before it begins").toEqual([[undefined], again]);
      expect(await seen("rescheduled")).toEqual([[expect.objectContaining(started)], again]);
      expect(await seen("none")).toEqual([[expect.objectContaining(started)], again]);
      expect(await seen("succeeded")).toEqual([[expect.objectContaining(started)], []]);
      expect(await seen("paused")).toEqual([[undefined], ["`syncsmith verify asked --yes-sync` starts one"]]);
      expect(await seen("none")).toEqual([[undefined], again]);
    },
  );

  it(
    verifies("verify.syncs", "is asked how the syncs of a deployment ended: a failed one is red, with its reason"),
    async () => {
      const failed = await deployed({ failed_at: "2026-11-21T10:05:00Z" });
      expect(failed.code).toBe(1);
      expect(failed.verification).toMatchObject({ outcome: "sync-failed", syncs: { outcome: "failed" } });
      expect(failed.verification?.reason).toContain("FAILURE: KeyError 'id'");
      const paused = await deployed({ paused: true });
      expect(paused.code).toBe(0);
      expect(paused.verification).toMatchObject({
        outcome: "skipped",
        reason: expect.stringContaining("it is paused"),
      });
      const unasked = await deployed({}, { FIVETRAN_API_KEY: "", FIVETRAN_API_SECRET: "" });
      expect(unasked.verification?.reason).toContain("the platform could not be asked: There is no Fivetran API key");
    },
  );
});

describe("what the platform keeps, held against the local run", () => {
  const naming = { table: (name: string) => name, column: (name: string) => name };
  const tables = ["orders", "lines", "empty"];
  const run = {
    blueprint: makeBlueprint(tables.map((name) => ({ name }))),
    target: { naming } as unknown as Target,
    figures: new Map(tables.map((name) => [name, { rows: name === "empty" ? 0 : 5, keys: undefined, ranges: [] }])),
    state: ["lines", "orders"],
  };
  const on = (name: string) => ({ name, synced: true });

  it("misses tables with rows, and neither empty ones nor those that somebody has unchosen", () => {
    const kept = { state: ["orders", "shop"], tables: [on("orders"), { name: "lines", synced: false }], unread: ["x"] };
    expect(holdStanding(kept, run)).toEqual({
      lost: [],
      words: [
        "it has no table empty",
        "not chosen to be synced: lines",
        "its state lacks lines, which the local run's has",
        "its state has shop, which the local run's lacks",
        "x",
      ],
    });
    expect(holdStanding({ ...kept, tables: [on("orders"), on("empty")] }, run).lost).toEqual(["lines"]);
  });

  it("misses the only table there is, unless the list is a guess", () => {
    const only = { ...run, blueprint: makeBlueprint([{ name: "orders" }]) };
    const kept = { state: undefined, tables: [on("something")], unread: [] };
    expect(holdStanding(kept, only)).toEqual({ lost: ["orders"], words: ["it has no table orders"] });
    expect(holdStanding({ ...kept, guessed: true }, only).lost).toEqual([]);
  });

  it("knows an adopted connector's tables by the names that it sends", () => {
    const target = { naming, destinationSql: () => ({}) } as unknown as Target;
    const tables = { orders: { name: "order", columns: {}, added: [] } };
    const adopted = adoptedTarget(target, { code: "connector", configuration: {}, tables });
    const kept = { state: undefined, tables: ["order", "lines", "empty"].map(on), unread: [] };
    expect(holdStanding(kept, { ...run, target: adopted })).toEqual({
      lost: [],
      words: ["it has all 3 tables of the local run"],
    });
  });

  it("says nothing of what is not told", () => {
    expect(holdStanding({ state: undefined, tables: undefined, unread: [] }, run)).toEqual({ words: [], lost: [] });
  });
});
