/** Rows of files in forms that nobody announced: they arrive as they are, or what cannot be read is named. */
import { describe, expect, it } from "vitest";
import type { FileFormat } from "../../../src/artifacts/kinds/file.ts";
import { fileSource } from "../../../src/sources/file/file.ts";
import type { Record_ } from "../../../src/sources/record.ts";
import { DRIFTS, type Drift } from "../../../src/sources/simulator.ts";
import { openClientSession } from "../../support/client-session.ts";
import { CSV, column, fileBlueprint, OWN_COLUMNS } from "../../support/file-blueprint.ts";
import { canonicalRows } from "./client-part.ts";

const NUMBERS = OWN_COLUMNS.map((one) => (one.name === "rate" ? column("rate", "number", { nullable: false }) : one));
const CASES: { name: string; content: FileFormat; key?: string[]; forms: readonly Drift[]; tried?: Drift[] }[] = [
  {
    name: "NDJSON, rows by their key",
    content: { format: "ndjson" },
    key: ["id"],
    forms: DRIFTS,
  },
  {
    name: "CSV, rows by their place",
    content: CSV,
    forms: ["new-field", "absent-field", "null", "unicode", "big-integer", "decimal"],
  },
  {
    name: "Parquet, rows by their key",
    content: { format: "parquet" },
    key: ["id"],
    // Each file takes a process to write.
    tried: ["new-field", "nested", "decimal"],
    forms: ["new-field", "decimal"],
  },
];

describe.each(CASES)("$name", ({ content, key, forms, tried = DRIFTS }) => {
  it("every form arrives as it is, and once more as it was", async () => {
    const blueprint = fileBlueprint({}, [{ pattern: "o/{n}.x", content, columns: NUMBERS, ...(key ? { key } : {}) }]);
    const simulator = await fileSource.simulate(blueprint, { seed: 9 });
    const client = await openClientSession(blueprint, simulator.configuration);
    try {
      const rows = new Map<string, Record_>();
      let saved: object = {};
      const sync = async () => {
        const reading = await client.read("orders", { saved });
        expect(reading.error).toBeNull();
        saved = reading.saved;
        for (const record of reading.records)
          rows.set(JSON.stringify((key ?? ["_file", "_line"]).map((name) => String(record[name]))), record);
        expect(canonicalRows(blueprint, "orders", [...rows.values()])).toEqual(
          canonicalRows(blueprint, "orders", simulator.truth("orders")),
        );
      };
      await sync();
      const possible = tried.filter((form) => {
        const before = simulator.truth("orders");
        const drifted = simulator.drift?.(form, "orders", 2) ?? [];
        // Each row is known, and none is as it was.
        const known = new Set(before.map((row) => String(row[key?.[0] ?? "_file"])));
        expect(drifted.every((row) => known.has(String(row[key?.[0] ?? "_file"])))).toBe(true);
        return drifted.length > 0;
      });
      expect(possible).toEqual(forms);
      await sync();
      for (const form of possible) expect(simulator.drift?.(form, "orders", 0)).not.toEqual([]);
      await sync();
    } finally {
      await client.close();
      await simulator.close();
    }
  }, 60_000);
});
