/** Every store and format: the stand-in, the live reader and the generated client against each other. */

import { describe, expect, test } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import type { FileSource } from "../../../src/artifacts/kinds/file.ts";
import { fileSource } from "../../../src/sources/file/file.ts";
import type { Json, Record_ } from "../../../src/sources/record.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { CSV, column, type FileTableShape, fileBlueprint, OWN_COLUMNS } from "../../support/file-blueprint.ts";
import { thorough } from "../../support/thorough.ts";
import { verifies } from "../../support/verifies.ts";
import { type ClientProcess, canonicalRows, clientProcess } from "./client-part.ts";

const NESTED = [...OWN_COLUMNS, column("nested", "json"), column("blob", "binary")];
const SHAPED = [
  ...OWN_COLUMNS,
  column("map", "json"),
  column("nested", "json", {
    shape: {
      kind: "list",
      items: {
        kind: "object",
        fields: [
          { name: "a", shape: { kind: "value", type: "integer" } },
          { name: "B c", shape: { kind: "value", type: "string" } },
        ],
      },
    },
  }),
  column("blob", "binary"),
];
const CASES: { name: string; source: Partial<FileSource>; shape: FileTableShape }[] = [
  { name: "CSV in a folder", source: {}, shape: { deletes: { kind: "files" } } },
  {
    name: "TSV without header in a bucket, gzip",
    source: { store: "s3", credentials: "access_key" },
    shape: {
      pattern: "in/{year}/orders_*.tsv.gz",
      compression: "gzip",
      content: { ...CSV, delimiter: "\t", header: false, nulls: ["\\N"] } as typeof CSV,
      deletes: { kind: "files" },
    },
  },
  {
    name: "NDJSON in an open bucket",
    source: { store: "s3" },
    shape: { pattern: "e/{date:digits}.ndjson", content: { format: "ndjson" }, columns: NESTED, key: ["id"] },
  },
  {
    name: "Parquet on an SFTP server",
    source: { store: "sftp", credentials: "password" },
    shape: { pattern: "{part}.parquet", content: { format: "parquet" }, columns: SHAPED, deletes: { kind: "files" } },
  },
  {
    name: "CSV on an SFTP server, by key",
    source: { store: "sftp", credentials: "private_key" },
    shape: { pattern: "a/**/{date:digits}.csv", key: ["id"], content: { ...CSV, encoding: "cp1252" } as typeof CSV },
  },
  {
    name: "JSON on a web server",
    source: { store: "http", credentials: "password" },
    shape: {
      pattern: "d/{n}/list.json",
      content: { format: "json", records: "data.items" },
      columns: NESTED,
      deletes: { kind: "files" },
    },
  },
  {
    name: "CSV on a web server with a manifest",
    source: { store: "http", manifest: "files.txt" },
    shape: { pattern: "x/{n}.csv", key: ["id"] },
  },
];

async function live(blueprint: Blueprint, configuration: Record<string, string>): Promise<Record_[]> {
  const rows: Record_[] = [];
  for await (const row of fileSource.read(blueprint, "orders", { configuration, signal: AbortSignal.timeout(30_000) }))
    rows.push(row);
  return rows;
}

/** What a destination has: upserts and deletes by key, in their order. */
class Destination {
  readonly #rows = new Map<string, Record_>();
  readonly #key: readonly string[];
  constructor(key: readonly string[]) {
    this.#key = key;
  }
  #keyOf(row: Record_): string {
    return JSON.stringify(this.#key.map((name) => String(row[name])));
  }
  write(rows: readonly Record_[] = []): void {
    for (const row of rows) this.#rows.set(this.#keyOf(row), row);
  }
  remove(keys: readonly Record_[] = []): void {
    for (const key of keys) this.#rows.delete(this.#keyOf(key));
  }
  rows(): Record_[] {
    return [...this.#rows.values()];
  }
}

interface Synced {
  saved: Json;
  sent: number;
}

async function sync(
  client: ClientProcess,
  simulator: Simulator,
  { into, saved }: { into: Destination; saved: Json },
): Promise<Synced> {
  const { answers, error } = await client.run({
    table: "orders",
    configuration: simulator.configuration,
    steps: ["read_changes"],
    saved,
  });
  expect(error).toBeUndefined();
  into.write(answers.read_changes?.records);
  into.remove(answers.read_changes?.deleted);
  return { saved: answers.read_changes?.saved ?? {}, sent: answers.read_changes?.records.length ?? 0 };
}

/** On a real OpenSSH server keys are tried in any case. */
const tried = CASES.filter(({ name }) => thorough || !name.endsWith("by key"));

describe.each(tried)("$name", ({ source, shape }) => {
  test("all rows arrive exactly, then only what is new, changed or gone", async () => {
    const blueprint = fileBlueprint(source, [shape]);
    const [table] = blueprint.tables;
    const simulator = await fileSource.simulate(blueprint, { seed: 7 });
    try {
      const client = await clientProcess(blueprint);
      const deletes = shape.deletes?.kind === "files";
      const into = new Destination(table?.primary_key ?? []);
      const equal = () =>
        expect(canonicalRows(blueprint, "orders", into.rows())).toEqual(
          canonicalRows(blueprint, "orders", simulator.truth("orders")),
        );
      const truth = simulator.truth("orders");
      expect(truth.length).toBeGreaterThan(25);
      expect(canonicalRows(blueprint, "orders", await live(blueprint, simulator.configuration))).toEqual(
        canonicalRows(blueprint, "orders", truth),
      );
      let state = await sync(client, simulator, { into, saved: {} });
      equal();
      state = await sync(client, simulator, { into, saved: state.saved });
      expect(state.sent).toBe(0);
      for (const kind of ["tie", "late", "insert", "update"] as const)
        expect(simulator.change({ kind, table: "orders", count: 2 }).length).toBeGreaterThan(0);
      state = await sync(client, simulator, { into, saved: state.saved });
      equal();
      if (deletes) {
        expect(simulator.change({ kind: "delete", table: "orders", count: 2 }).length).toBeGreaterThan(2);
        await sync(client, simulator, { into, saved: state.saved });
        equal();
      }
      expect(canonicalRows(blueprint, "orders", await live(blueprint, simulator.configuration))).toEqual(
        canonicalRows(blueprint, "orders", simulator.truth("orders")),
      );
    } finally {
      await simulator.close();
    }
  }, 60_000);
});

test(verifies("sources.refused", "wrong credentials stop at once and name their keys"), async () => {
  const stores = [
    { source: { store: "s3", credentials: "access_key" }, keys: ["access_key_id", "secret_access_key"] },
    { source: { store: "sftp", credentials: "password" }, keys: ["password", "host_key"] },
    { source: { store: "http", credentials: "password" }, keys: ["password"] },
  ] as const;
  for (const { source, keys } of stores) {
    const blueprint = fileBlueprint(source, [{}]);
    const simulator = await fileSource.simulate(blueprint, { seed: 7 });
    const client = await clientProcess(blueprint);
    for (const key of keys) {
      const other =
        key === "host_key"
          ? "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
          : "wrong-Zq7";
      const configuration = { ...simulator.configuration, [key]: other };
      const before = simulator.requests.length;
      const { error, log } = await client.run({ table: "orders", configuration, steps: ["read_whole"] });
      expect(error).toContain(key);
      expect(`${error}${log}`).not.toContain("wrong-Zq7");
      expect(simulator.requests.length - before).toBeLessThanOrEqual(1);
      expect(await fileSource.reach(blueprint, { configuration, signal: AbortSignal.timeout(20_000) })).toBeTypeOf(
        "string",
      );
    }
    expect(
      await fileSource.reach(blueprint, {
        configuration: simulator.configuration,
        signal: AbortSignal.timeout(20_000),
      }),
    ).toBeUndefined();
    await simulator.close();
  }
}, 60_000);
