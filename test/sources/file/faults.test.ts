/** What can go wrong between a connector and its files: rows, or a clear failure and the rows with the next sync. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FileSource } from "../../../src/artifacts/kinds/file.ts";
import { fileSource } from "../../../src/sources/file/file.ts";
import type { Json, Record_ } from "../../../src/sources/record.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { type ClientSession, openClientSession, type Reading } from "../../support/client-session.ts";
import { column, fileBlueprint } from "../../support/file-blueprint.ts";
import { thorough } from "../../support/thorough.ts";
import { clientProcess } from "./client-part.ts";

const COLUMNS = [column("id", "integer", { nullable: false }), column("note", "string")];
/** Nothing fails: what may pass by itself is asked again. */
const MENDED = {
  s3: ["500", "503", "reset-in-body", "truncated-body"],
  http: ["500", "503", "reset", "reset-in-body", "truncated-body"],
  sftp: ["reset", "truncated-file"],
} as const;
const SILENT = { s3: "silent-in-body", http: "silent-in-body", sftp: "silent" } as const;

function session(source: Partial<FileSource>, defect?: { from: string; to: string }) {
  let simulator: Simulator | undefined;
  let client: ClientSession | undefined;
  let clean = 0;
  beforeAll(async () => {
    const blueprint = fileBlueprint(source, [{ columns: COLUMNS, key: ["id"] }]);
    simulator = await fileSource.simulate(blueprint, { seed: 5 });
    client = await openClientSession(blueprint, simulator.configuration, defect);
    const reading = await client.read("orders");
    expect(reading.error).toBeNull();
    expectAll([reading]);
    clean = simulator.requests.length;
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await simulator?.close();
  });
  const expectAll = (readings: readonly Reading[]) => {
    const truth = simulator?.truth("orders") ?? [];
    const rows = new Map(readings.flatMap(({ records }) => records.map((record) => [record.id, record.note])));
    expect(truth.length).toBeGreaterThan(20);
    expect([...rows].sort()).toEqual(truth.map(({ id, note }) => [id, note]).sort());
  };
  return {
    clean: () => clean,
    faultOf: (id: string) => {
      const fault = simulator?.faults?.find((one) => one.id === id);
      if (fault === undefined) throw new RangeError(`no fault ${id}`);
      return fault;
    },
    /** Reads while something changes before the third request, and once more. */
    async moving(kind: "insert" | "update" | "late" | "delete") {
      let requests = 0;
      const source = simulator as Simulator;
      expect(source.meanwhile).toBeDefined();
      source.meanwhile?.(() => {
        requests += 1;
        if (requests === 3) expect(source.change({ kind, table: "orders", count: 1 })).not.toEqual([]);
      });
      const first = await (client as ClientSession).read("orders");
      source.meanwhile?.(undefined);
      expect(requests).toBeGreaterThanOrEqual(3);
      const second = await (client as ClientSession).read("orders", { saved: first.saved });
      expect(second.error).toBeNull();
      const rows = new Map([...first.records, ...second.records].map((record) => [record.id, record.note]));
      // Rows of files that went stay behind: their deletes do not show.
      for (const { id, note } of source.truth("orders")) expect(rows.get(id)).toBe(note);
      return first;
    },
    /** Reads with the fault at these requests, and once more without it from where that ended. */
    async struck(id: string, at: number[]) {
      const before = simulator?.requests.length ?? 0;
      const armed = this.faultOf(id).arm(at);
      const first = await (client as ClientSession).read("orders");
      armed.disarm();
      const asked = (simulator?.requests.length ?? 0) - before;
      const second = await (client as ClientSession).read("orders", { saved: first.saved });
      expect(second.error).toBeNull();
      expectAll([first, second]);
      if (first.error === null) expectAll([first]);
      return { struck: armed.struck(), error: first.error, asked, again: second.records.length };
    },
  };
}

for (const store of ["s3", "http", "sftp"] as const) {
  describe(store, () => {
    const own = session(store === "sftp" ? { store, credentials: "password" } : { store });

    // Each of them costs many logins on SFTP: the one that loses rows there, unless everything is run.
    const mended = MENDED[store].filter((id) => thorough || store !== "sftp" || id === "truncated-file");
    it.each(mended)("%s: asks again, at the beginning, in the middle and at the end, and thrice", async (id) => {
      const places = [0, Math.floor(own.clean() / 2), own.clean() - 2];
      const { struck, error, asked } = await own.struck(id, places);
      expect(error).toBeNull();
      expect(struck).toBe(3);
      expect(asked).toBeLessThanOrEqual(own.clean() + struck * own.faultOf(id).extra);
      expect(await own.struck(id, [2, 3, 4])).toMatchObject({ error: null, struck: 3 });
    });

    it.runIf(thorough)(
      "files that come, change and go while others are read: no failure, and with the next sync every row",
      async () => {
        for (const kind of ["insert", "update", "late", "delete"] as const) {
          expect((await own.moving(kind)).error).toBeNull();
        }
      },
    );

    it("gives up a store that does not come to itself, saying what", async () => {
      const { error } = await own.struck(
        MENDED[store][0],
        Array.from({ length: 20 }, (_, at) => at),
      );
      expect(error).toMatch(/orders.*(after 5 attempts|InternalError)/);
    });

    it(`${SILENT[store]}: ends by itself`, async () => {
      expect(own.faultOf(SILENT[store]).silent).toBe(true);
      const { struck } = await own.struck(SILENT[store], [own.clean() - 2]);
      expect(struck).toBe(1);
    });
  });
}

describe("local", () => {
  const own = session({});

  it.each(["file-unreadable", "file-forbidden", "folder-gone"])(
    "%s: fails and names it; the next sync has every row",
    async (id) => {
      const { error } = await own.struck(id, [0]);
      expect(error).toMatch(/orders: /);
    },
  );

  it("replaced-while-read: the half that was read is never taken for the file", async () => {
    expect(await own.struck("replaced-while-read", [0])).toMatchObject({ struck: 1, error: null });
  });
});

describe("a client that takes what came for the whole file", () => {
  const own = session(
    { store: "sftp", credentials: "password" },
    { from: "before.st_size not in (None, target.tell())", to: "False" },
  );

  it("loses rows by it, and that shows", async () => {
    await expect(own.struck("truncated-file", [own.clean() - 2])).rejects.toThrow();
  });
});

describe("a file that gets shorter while others are read", () => {
  it("leaves no row behind", async () => {
    const blueprint = fileBlueprint({ store: "s3" }, [{ columns: COLUMNS, deletes: { kind: "files" } }]);
    const simulator = await fileSource.simulate(blueprint, { seed: 5 });
    try {
      const client = await clientProcess(blueprint);
      const rows = new Set<string>();
      const keyOf = ({ _file, _line }: Record_) => `${_file} ${_line}`;
      let saved: Json = {};
      let shortened = 0;
      for (const moves of [true, false]) {
        let read = 0;
        simulator.meanwhile?.(() => {
          const { method, path } = simulator.requests.at(-1) ?? { method: "", path: "" };
          if (method === "GET" && path.endsWith(".csv")) read += 1;
          // Two of four files have been read.
          if (!moves || read < 2 || shortened > 0) return;
          shortened = simulator.change({ kind: "delete", table: "orders", count: 2 }).length;
        });
        const { answers, error } = await client.run({
          table: "orders",
          configuration: simulator.configuration,
          steps: ["read_changes"],
          saved,
        });
        expect(error).toBeUndefined();
        for (const row of answers.read_changes?.records ?? []) rows.add(keyOf(row));
        for (const row of answers.read_changes?.deleted ?? []) rows.delete(keyOf(row));
        saved = answers.read_changes?.saved ?? {};
      }
      expect(shortened).toBeGreaterThan(2);
      expect([...rows].sort()).toEqual(simulator.truth("orders").map(keyOf).sort());
    } finally {
      await simulator.close();
    }
  }, 60_000);
});
