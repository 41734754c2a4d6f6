/** What can go wrong between a connector and a database server: rows, or a clear failure and the rows with the next sync. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { completeDatabase } from "../../../src/sources/database/complete.ts";
import { databaseSource } from "../../../src/sources/database/database.ts";
import { findMariadb } from "../../../src/sources/database/simulate/mariadb.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { type ClientSession, openClientSession, type Reading } from "../../support/client-session.ts";
import { kindBlueprint } from "../../support/kind-blueprints.ts";

/** Several portions per read. */
const PORTION = 25;
const noMariadb = (await findMariadb()) === undefined;

function blueprintFor(engine: "postgresql" | "mysql" | "sqlite"): Blueprint {
  const blueprint = kindBlueprint("database");
  const tables = blueprint.tables.slice(0, 1).map((table) => ({
    ...table,
    columns: [
      ...table.columns,
      { name: "note", type: "string", nullable: false },
      { name: "count", type: "integer", nullable: true },
    ],
    read: { ...table.read, batch: PORTION, ...(engine === "sqlite" ? { schema: undefined } : {}) },
  }));
  if (blueprint.source.kind !== "database") throw new TypeError("no database");
  const own = completeDatabase({ ...blueprint.source, engine });
  return { ...blueprint, ...own, tables: tables as Blueprint["tables"] };
}

/** Without zeros at the end of a fraction. */
function shortened(value: unknown): string | null {
  return value === null || value === undefined
    ? null
    : String(value)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
}

const idsOf = ({ records }: Reading) => records.map(({ id }) => String(id));

/** Faults after which a connector of ours brings every row in the same sync, once and thrice. */
const MENDED = ["connection-reset", "server-restart", "too-many-connections", "conflict"];
/** Of those, the ones that strike in the middle: it goes on from the last portion that it gave. */
const RESUMED = { postgresql: ["connection-reset-between-portions"], mysql: [] };
const ENGINES = [
  { engine: "postgresql", skipped: false },
  { engine: "mysql", skipped: noMariadb },
] as const;

for (const { engine, skipped } of ENGINES) {
  describe.skipIf(skipped)(`${engine}${skipped ? ": skipped, no MariaDB" : ""}`, () => {
    let source: Simulator;
    let client: ClientSession;
    let all: string[];
    beforeAll(async () => {
      const blueprint = blueprintFor(engine);
      source = await databaseSource.simulate(blueprint, { seed: 5 });
      client = await openClientSession(blueprint, source.configuration);
      all = source.truth("orders").map(({ id }) => String(id));
    }, 120_000);
    afterAll(async () => {
      await client.close();
      await source.close();
    });

    const faultOf = (id: string) => {
      const fault = source.faults?.find((one) => one.id === id);
      if (fault === undefined) throw new RangeError(`no fault ${id}`);
      return fault;
    };
    const distinct = (readings: readonly Reading[]) => new Set(readings.flatMap(idsOf));

    /** Reads with the fault at these requests, and once more without it from where that ended. */
    async function struck(id: string, { at, whole = false }: { at: number[]; whole?: boolean }) {
      const before = source.requests.length;
      const armed = faultOf(id).arm(at);
      const first = await client.read("orders", { whole });
      armed.disarm();
      const requests = source.requests.slice(before);
      const second = await client.read("orders", { whole, saved: first.saved });
      expect(second.error).toBeNull();
      if (whole) expect(idsOf(second)).toHaveLength(all.length);
      expect(distinct(whole ? [second] : [first, second]).size).toBe(all.length);
      return { first, requests, struck: armed.struck() };
    }

    it("reads all rows when nothing happens, and counts what it is asked", async () => {
      const reading = await client.read("orders");
      expect(reading).toMatchObject({ error: null, pauses: [] });
      expect(idsOf(reading).toSorted()).toEqual(all.toSorted());
      expect(source.requests.map(({ method }) => method)).toEqual(["CONNECT", "SELECT"]);
    });

    it.each(MENDED)("%s: asks again, once and thrice, and waits in between", async (id) => {
      const place = id === "conflict" ? 1 : 0;
      const once = await struck(id, { at: [place] });
      expect(once).toMatchObject({ struck: 1, first: { error: null, pauses: [2] } });
      expect(idsOf(once.first)).toHaveLength(all.length);
      const thrice = await struck(id, { at: id === "conflict" ? [1, 2, 3] : [0, 1, 2], whole: true });
      expect(thrice).toMatchObject({ struck: 3, first: { error: null, pauses: [2, 4, 8] } });
      expect(idsOf(thrice.first)).toHaveLength(all.length);
      expect(thrice.requests.length).toBeLessThanOrEqual(2 + 3 * faultOf(id).extra);
    });

    it("server-restart and connection-reset: the same when it happens to a query", async () => {
      for (const id of ["server-restart", "connection-reset"]) {
        const { first, requests, ...rest } = await struck(id, { at: [1, 2] });
        expect({ ...rest, error: first.error }).toEqual({ struck: 2, error: null });
        expect(idsOf(first)).toHaveLength(all.length);
        expect(requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
          "CONNECT 200",
          "SELECT 503",
          "CONNECT 503",
          "CONNECT 200",
          "SELECT 200",
        ]);
      }
    });

    it("gives up a server that does not come back, saying why", async () => {
      const { first } = await struck("too-many-connections", { at: [0, 1, 2, 3, 4, 5, 6, 7] });
      expect(first.error).toMatch(/gives no connection.*[Tt]oo many/);
      expect(first.error).not.toContain(source.configuration.password);
      expect(first.pauses).toEqual([2, 4, 8, 16]);
    });

    it("connection-reset-in-rows: never part of the rows as all of them", async () => {
      const changes = await struck("connection-reset-in-rows", { at: [1] });
      expect(changes.struck).toBe(1);
      const whole = await struck("connection-reset-in-rows", { at: [1], whole: true });
      expect(whole.struck).toBe(1);
      expect(whole.first.error === null ? idsOf(whole.first).length : all.length).toBe(all.length);
    });

    it.each(RESUMED[engine])("%s: goes on from the last portion, or fails where that cannot be", async (id) => {
      const changes = await struck(id, { at: [1] });
      expect(changes).toMatchObject({ struck: 1, first: { error: null } });
      // What equals the saved value comes again, and no more than that.
      expect(idsOf(changes.first).length).toBeLessThan(all.length + PORTION);
      const whole = await struck(id, { at: [1], whole: true });
      expect(idsOf(whole.first)).toHaveLength(PORTION);
      expect(whole.first.error).toContain("orders");
    });

    it("query-cancelled: somebody wants it so, and it is not asked again", async () => {
      const { first, requests } = await struck("query-cancelled", { at: [1] });
      expect(first.error).toMatch(/orders: .*(cancel|interrupt)/);
      expect(first.pauses).toEqual([]);
      expect(requests).toHaveLength(2);
    });

    it.each(["null", "unicode", "big-integer", "decimal", "new-field"] as const)(
      "drift: %s arrives as it is, and so does what it was before",
      async (form) => {
        const { saved } = await client.read("orders");
        for (const count of [3, 0]) {
          const drifted = source.drift?.(form, "orders", count) ?? [];
          expect(drifted).toHaveLength(3);
          const { records, error } = await client.read("orders", { saved });
          expect(error).toBeNull();
          for (const row of drifted) {
            const got = records.findLast(({ id }) => String(id) === String(row.id));
            for (const name of ["note", "amount", "count"]) expect(shortened(got?.[name])).toBe(shortened(row[name]));
          }
        }
      },
    );

    it("silent-server: ends by itself", async () => {
      expect(faultOf("silent-server").silent).toBe(true);
      const { first, struck: times } = await struck("silent-server", { at: [0] });
      expect(times).toBe(1);
      expect(first.error).toMatch(/orders: .*(said nothing|timed out)/);
    });

    it.runIf(engine === "mysql")(
      "rows that come while others are read arrive with this sync or with the next",
      async () => {
        const { saved } = await client.read("orders");
        const asked: (string | undefined)[] = [];
        const before = new Set(source.truth("orders").map(({ id }) => String(id)));
        source.meanwhile?.(({ table }) => {
          asked.push(table);
          source.change({ kind: "insert", table: "orders", count: 2 });
          source.change({ kind: "tie", table: "orders", count: 1 });
        });
        const during = await client.read("orders", { saved });
        source.meanwhile?.(undefined);
        expect(asked).toEqual(["orders"]);
        const after = await client.read("orders", { saved: during.saved });
        const came = source.truth("orders").flatMap(({ id }) => (before.has(String(id)) ? [] : [String(id)]));
        expect(came).toHaveLength(3);
        expect([...new Set([...idsOf(during), ...idsOf(after)])]).toEqual(expect.arrayContaining(came));
      },
    );
  });
}

describe("sqlite", () => {
  it("fails and names what it reads where the file is not whole, and has every row when it is", async () => {
    const blueprint = blueprintFor("sqlite");
    const source = await databaseSource.simulate(blueprint, { seed: 5, scale: 10 });
    const client = await openClientSession(blueprint, source.configuration);
    try {
      const spoiling = (source.faults ?? []).filter(({ id }) => id !== "locked");
      expect(spoiling.length).toBe(2);
      for (const fault of spoiling) {
        const armed = fault.arm([0]);
        const struck = await client.read("orders");
        armed.disarm();
        expect(struck.error).toMatch(/^orders: .*(malformed|not a database)/);
        const next = await client.read("orders", { saved: struck.saved });
        expect(next.error).toBeNull();
        expect(new Set([...idsOf(struck), ...idsOf(next)]).size).toBe(600);
      }
      const lock = source.faults?.find(({ id }) => id === "locked");
      if (process.platform === "linux") expect(lock).toBeDefined();
      if (lock === undefined) return;
      const armed = lock.arm([0]);
      const locked = await client.read("orders", { whole: true });
      armed.disarm();
      expect({ error: locked.error, rows: locked.records.length, struck: armed.struck() }).toEqual({
        error: null,
        rows: 600,
        struck: 1,
      });
    } finally {
      await client.close();
      await source.close();
    }
  }, 60_000);
});
