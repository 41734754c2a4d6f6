import { describe, expect, it } from "vitest";
import { watchSyncs } from "../../../src/targets/fivetran/syncs/watch.ts";
import { type ApiAnswer, type ApiRequest, KEY, SECRET, startFivetranApi } from "../../support/fivetran-api.ts";
import { verifies } from "../../support/verifies.ts";

const SINCE = new Date("2026-11-21T10:00:00Z");
const BEFORE = "2026-11-21T09:00:00.000Z";
const AFTER = "2026-11-21T10:05:00.000Z";

interface State {
  paused?: boolean;
  succeeded_at?: string | null;
  failed_at?: string | null;
  sync_state?: string;
  setup_state?: string;
}

/** The connection's states one after another, the last one from then on. */
async function watched(states: State[], history: ApiAnswer | object[] = [], secret = SECRET) {
  let asked = 0;
  let clock = new Date("2026-11-21T10:06:00Z").getTime();
  const requests: ApiRequest[] = [];
  const routes = (request: ApiRequest): ApiAnswer | undefined => {
    requests.push(request);
    if (request.path === "connections/one/sync-history") {
      return Array.isArray(history) ? { status: 200, body: { code: "Success", data: { items: history } } } : history;
    }
    const {
      sync_state = "scheduled",
      setup_state = "connected",
      ...state
    } = states[Math.min(asked, states.length - 1)] ?? {};
    asked += 1;
    const connection = { id: "one", service: "connector_sdk", schema: "shop", paused: false, ...state };
    return { status: 200, body: { code: "Success", data: { ...connection, status: { sync_state, setup_state } } } };
  };
  await using api = await startFivetranApi({ routes: (request) => (secret === SECRET ? routes(request) : undefined) });
  const waits: number[] = [];
  const concealed: string[] = [];
  const seen = await watchSyncs({
    connectionId: "one",
    since: SINCE,
    environment: { FIVETRAN_API_KEY: KEY, FIVETRAN_API_SECRET: secret, SYNCSMITH_FIVETRAN_API: api.base },
    now: () => new Date(clock),
    signal: new AbortController().signal,
    seconds: 60,
    conceal: (...values) => concealed.push(...values),
    onProgress: () => {},
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      clock += milliseconds;
    },
  });
  return { ...seen, text: seen.words.join("; "), waits, concealed, requests, changes: api.changes() };
}

describe("syncs of a connection", () => {
  it(verifies("verify.syncs", "waits for one that runs, and tells how it ended"), async () => {
    const seen = await watched([
      { sync_state: "syncing", succeeded_at: BEFORE },
      { sync_state: "syncing" },
      { succeeded_at: AFTER, failed_at: BEFORE },
    ]);
    expect(seen).toMatchObject({ outcome: "succeeded", waits: [15_000, 15_000], changes: [] });
    expect(seen.text).toContain(`its last sync succeeded at ${AFTER}`);
    expect(seen.concealed).toContain(SECRET);
  });

  it("tells the reason of a failure out of the history", async () => {
    const history = [{ sync_id: "a", status: "FAILURE", reason: "python_code_throwing_error: KeyError 'id'" }];
    const seen = await watched([{ failed_at: AFTER, succeeded_at: BEFORE }], history);
    expect(seen.outcome).toBe("failed");
    expect(seen.text).toContain("1 in its history since; FAILURE: python_code_throwing_error: KeyError 'id'");
    const asked = seen.requests.find(({ path }) => path.endsWith("sync-history"));
    expect(asked?.query.get("start_time")).toBe(SINCE.toISOString());
    expect(asked?.query.get("end_time")).toBe("2026-11-21T10:06:00.000Z");
  });

  it("explains one that was put off", async () => {
    const seen = await watched([{ sync_state: "rescheduled", succeeded_at: AFTER }]);
    expect(seen.outcome).toBe("rescheduled");
    expect(seen.text).toMatch(/memory, or the source limits requests/);
  });

  it("takes no success from before the deployment for one of it, and waits for none that is only planned", async () => {
    expect(await watched([{ succeeded_at: BEFORE }])).toMatchObject({ outcome: "none", waits: [] });
    expect(await watched([{ paused: true, sync_state: "paused", succeeded_at: null }])).toMatchObject({
      outcome: "paused",
      waits: [],
    });
    const broken = await watched([{ setup_state: "broken" }]);
    expect(broken.text).toContain("its set-up is broken");
  });

  it("ends its wait for one that never ends", async () => {
    const seen = await watched([{ sync_state: "syncing" }]);
    expect(seen.outcome).toBe("none");
    expect(seen.waits.reduce((sum, wait) => sum + wait, 0)).toBe(60_000);
    expect(seen.text).toContain("no sync has ended since the deployment (syncing)");
  });

  it("says when the history cannot be read, and refuses with a wrong key", async () => {
    const seen = await watched([{ succeeded_at: AFTER }], {
      status: 404,
      body: { code: "NotFound", message: "no such thing" },
    });
    expect(seen.outcome).toBe("succeeded");
    expect(seen.text).toContain("its history could not be read: Fivetran answered 404");
    await expect(watched([{}], [], "wrong")).rejects.toThrow("does not accept the API key");
  });
});
