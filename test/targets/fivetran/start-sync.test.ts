/** A sync that is started from here: only after a yes, once, and told by the platform's clock. */
import { describe, expect, it } from "vitest";
import { watchSyncs } from "../../../src/targets/fivetran/syncs/watch.ts";
import type { StartedSync, Starting } from "../../../src/targets/watching.ts";
import {
  type ApiAnswer,
  type FakeConnection,
  type FakeSync,
  KEY,
  SECRET,
  startFivetranApi,
} from "../../support/fivetran-api.ts";
import { verifies } from "../../support/verifies.ts";

/** An hour and more behind ours: what ended is told from the ends before. */
const PLATFORM_EARLIER = "2026-11-21T08:00:00.000Z";
const PLATFORM_LATER = "2026-11-21T08:30:00.000Z";

interface World {
  connection?: Partial<FakeConnection>;
  sync?: FakeSync;
  agree?: boolean;
  started?: StartedSync;
  answers?: Record<string, ApiAnswer>;
  /** Aborts when this wait begins, counted from 1. */
  interruptedAt?: number;
}

async function watched({ connection, sync, agree, started, answers = {}, interruptedAt }: World) {
  await using api = await startFivetranApi({
    connections: [
      {
        ...{ id: "one", group_id: "group_one", service: "connector_sdk", schema: "shop", secrets: {} },
        ...{ paused: true, sync_frequency: 360, ...connection },
      },
    ],
    sync,
    routes: ({ method, path }) => answers[`${method} ${path}`],
  });
  const interrupt = new AbortController();
  const asked: Starting[] = [];
  const kept: StartedSync[] = [];
  const progress: string[] = [];
  let clock = Date.parse("2026-11-21T10:06:00Z");
  let waits = 0;
  const watching = watchSyncs({
    ...{ connectionId: "one", since: new Date("2026-11-21T10:00:00Z"), now: () => new Date(clock), seconds: 60 },
    environment: { FIVETRAN_API_KEY: KEY, FIVETRAN_API_SECRET: SECRET, SYNCSMITH_FIVETRAN_API: api.base },
    signal: interrupt.signal,
    conceal: () => {},
    onProgress: (text) => progress.push(text),
    started,
    ...(agree === undefined
      ? {}
      : {
          agree: async (starting: Starting) => {
            asked.push(starting);
            return agree;
          },
        }),
    onStarted: async (one) => void kept.push(one),
    wait: async (milliseconds, signal) => {
      waits += 1;
      if (waits === interruptedAt) interrupt.abort();
      signal.throwIfAborted();
      clock += milliseconds;
    },
  });
  const result = await watching.then(
    (seen) => ({ ...seen, text: seen.words.join("; ") }),
    (error: unknown) => ({ outcome: "thrown" as const, text: String(error), running: false, standing: undefined }),
  );
  return { ...result, asked, kept, progress, changes: api.changes(), paused: api.account.connections[0]?.paused };
}

describe("a sync that is started from here", () => {
  it(
    verifies("verify.started", "starts a paused connection after a yes to just that, and waits for the end"),
    async () => {
      const sync = { begins: 1, runs: 1, at: PLATFORM_LATER, state: { orders: {} }, tables: ["orders"] };
      const seen = await watched({ agree: true, sync, connection: { succeeded_at: PLATFORM_EARLIER } });
      expect(seen).toMatchObject({ outcome: "succeeded", running: false, paused: false });
      expect(seen.asked).toEqual([
        {
          question: "Start the connection shop and sync it now?",
          lines: [
            "the connection shop (one) is paused: it is started, and from then on syncs by itself, every 360 minutes",
            "a sync is started now, into the destination; its rows count towards what the account pays for",
            "it is waited for 60 s at most, and goes on by itself after that",
          ],
        },
      ]);
      expect(seen.changes).toEqual(["PATCH connections/one", "POST connections/one/sync"]);
      expect(seen.kept).toEqual([{ connection_id: "one", ended_before: Date.parse(PLATFORM_EARLIER) }]);
      expect(seen.progress).toEqual([
        "the sync was asked for and has not begun; waiting 60 s at most",
        "a sync is running; waiting 45 s at most",
      ]);
      expect(seen.text).toContain("a sync was started from here");
      expect(seen.standing).toEqual({ state: ["orders"], tables: [{ name: "orders", synced: true }], unread: [] });
    },
  );

  it.each([false, undefined])("leaves it as it is without a yes (%s)", async (agree) => {
    const seen = await watched(agree === undefined ? {} : { agree });
    expect(seen).toMatchObject({ outcome: "paused", changes: [], paused: true, kept: [] });
  });

  it("starts none where one has ended, runs, or was put off", async () => {
    const states: Partial<FakeConnection>[] = [
      { paused: false, succeeded_at: "2026-11-21T10:05:00Z" },
      { paused: false, status: { sync_state: "syncing" } },
      { paused: false, status: { sync_state: "rescheduled" } },
    ];
    for (const connection of states) {
      const { asked, changes } = await watched({ agree: true, connection });
      expect([asked, changes], JSON.stringify(connection)).toEqual([[], []]);
    }
  });

  it("tells a failure with its reason, and one that is put off", async () => {
    const failed = await watched({
      agree: true,
      sync: { ends: "failed", reason: "KeyError 'id'", at: PLATFORM_LATER },
    });
    expect(failed.outcome).toBe("failed");
    expect(failed.text).toContain("FAILURE: KeyError 'id'");
    const put = await watched({ agree: true, sync: { ends: "rescheduled" } });
    expect(put).toMatchObject({ outcome: "rescheduled", text: expect.stringContaining("out of its 1 GB of memory") });
  });

  it("gives up waiting for one that never begins, or never ends", async () => {
    const never = await watched({ agree: true, sync: { begins: Number.POSITIVE_INFINITY } });
    expect(never).toMatchObject({ outcome: "none", running: false });
    expect(never.progress).toHaveLength(4);
    const endless = await watched({ agree: true, sync: { runs: Number.POSITIVE_INFINITY } });
    expect(endless).toMatchObject({ outcome: "none", running: true });
    expect(endless.progress).toHaveLength(4);
  });

  it(verifies("verify.started", "waits on after an interruption, and starts no second one"), async () => {
    const cut = await watched({ agree: true, sync: { runs: 9 }, interruptedAt: 2 });
    expect(cut).toMatchObject({ outcome: "thrown", kept: [{ connection_id: "one", ended_before: 0 }] });
    const again = await watched({
      agree: true,
      ...(cut.kept[0] ? { started: cut.kept[0] } : {}),
      connection: { paused: false, succeeded_at: PLATFORM_LATER },
    });
    expect(again).toMatchObject({ outcome: "succeeded", changes: [], asked: [] });
    const waiting = await watched({
      agree: true,
      ...(cut.kept[0] ? { started: cut.kept[0] } : {}),
      connection: { paused: false },
    });
    expect(waiting).toMatchObject({ outcome: "none", changes: [], asked: [] });
  });

  it("says what could not be done, and what was done of it", async () => {
    const refused = { status: 403, body: { code: "Forbidden", message: "read only" } };
    const half = await watched({ agree: true, answers: { "POST connections/one/sync": refused } });
    expect(half).toMatchObject({ outcome: "none", paused: false, kept: [] });
    expect(half.text).toMatch(/it is not paused any more; no sync could be started: .*read only/);
    const nothing = await watched({ agree: true, answers: { "PATCH connections/one": refused } });
    expect(nothing).toMatchObject({ outcome: "paused", paused: true });
    expect(nothing.text).toMatch(/no sync could be started: .*may not PATCH/);
    const broken = { status: 502, body: "<html>" };
    const unknown = await watched({ agree: true, answers: { "POST connections/one/sync": broken } });
    expect(unknown.kept, "it may have begun").toHaveLength(1);
    expect(unknown.text).toContain("whether a sync was started is not known");
  });
});

describe("what the platform keeps of a connection", () => {
  const idle = { paused: false, succeeded_at: "2026-11-21T10:05:00Z" };
  it("is undefined where there is none yet, or it is of another form", async () => {
    const none = await watched({ connection: idle });
    expect(none.standing).toEqual({ state: undefined, tables: undefined, unread: [] });
    const odd = { status: 200, body: { code: "Success", data: { state: "x", schemas: [] } } };
    const other = await watched({
      connection: idle,
      answers: { "GET connections/one/state": odd, "GET connections/one/schemas": odd },
    });
    expect(other.standing).toMatchObject({ state: undefined, tables: undefined });
    expect(other.standing?.unread.join()).toMatch(/its state could not be read: .*its schemas could not be read: /);
  });

  it("is the tables of the connection's schema, or a guess where there is only another", async () => {
    const listed = (...names: string[]) => {
      const schemas = Object.fromEntries(names.map((name) => [name, { tables: { orders: { enabled: true } } }]));
      return { "GET connections/one/schemas": { status: 200, body: { code: "Success", data: { schemas } } } };
    };
    const tables = [{ name: "orders", synced: true }];
    const standing = async (...names: string[]) =>
      (await watched({ connection: idle, answers: listed(...names) })).standing;
    expect(await standing("other", "shop")).toEqual({ state: undefined, tables, unread: [] });
    expect(await standing("other")).toEqual({ state: undefined, tables, guessed: true, unread: [] });
    expect(await standing("other", "another")).toEqual({ state: undefined, tables: undefined, unread: [] });
  });

  it("never holds a value of the state", async () => {
    const { standing, text } = await watched({ connection: { ...idle, state: { orders: { cursor: "2026-value" } } } });
    expect(standing?.state).toEqual(["orders"]);
    expect(JSON.stringify(standing) + text).not.toContain("2026-value");
  });
});
