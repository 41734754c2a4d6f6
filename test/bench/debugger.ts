/**
 * How fast the debugger is: the same connector on the real SDK once with its rows thrown away and once with its rows in
 * the warehouse, what our process holds in memory at two sizes, and what decoding a row takes here and with protobufjs.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSync } from "@grpc/proto-loader";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { syncFivetran } from "../../src/targets/fivetran/debugger/sync.ts";
import { createUpdateDecoder } from "../../src/targets/fivetran/debugger/wire.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import type { SyncWriter, Warehouse } from "../../src/warehouse/warehouse.ts";

export interface SyncMeasure {
  rows: number;
  rowsPerSecond: number;
  /** Peak resident memory of our process, in MB. */
  peakMegabytes: number;
}

export interface DebuggerBench {
  drained: SyncMeasure;
  written: SyncMeasure;
  /** A quarter of the rows, for comparison of memory. */
  writtenQuarter: SyncMeasure;
  /** Speed with the warehouse to speed without. */
  ratio: number;
  /** Microseconds to decode a row of ten columns. */
  decoding: { own: number; protobufjs: number };
}

/** Each run has a process of its own, so that memory is its own. */
export async function benchDebugger({ rows = 1_000_000 }: { rows?: number } = {}): Promise<DebuggerBench> {
  const drained = await runApart("drain", rows);
  const written = await runApart("write", rows);
  const writtenQuarter = await runApart("write", Math.round(rows / 4));
  const ratio = written.rowsPerSecond / drained.rowsPerSecond;
  return { drained, written, writtenQuarter, ratio, decoding: measureDecoding() };
}

export function formatDebuggerBench({ drained, written, writtenQuarter, ratio, decoding }: DebuggerBench): string {
  const line = (name: string, { rows, rowsPerSecond, peakMegabytes }: SyncMeasure) =>
    `${name.padEnd(22)} ${String(rows).padStart(9)} rows ${rowsPerSecond.toFixed(0).padStart(8)} rows/s ${peakMegabytes.toFixed(0).padStart(6)} MB`;
  return [
    line("into nothing", drained),
    line("into the warehouse", written),
    line("a quarter of it", writtenQuarter),
    `speed with the warehouse to speed without: ${ratio.toFixed(2)}`,
    `decoding a row: ${decoding.own.toFixed(1)} µs, with protobufjs ${decoding.protobufjs.toFixed(1)} µs`,
  ].join("\n");
}

type Mode = "drain" | "write";

async function runApart(mode: Mode, rows: number): Promise<SyncMeasure> {
  const child = fork(fileURLToPath(import.meta.url), [mode, String(rows)], { execArgv: ["--import", "tsx"] });
  const [[measure]] = await Promise.all([once(child, "message"), once(child, "exit")]);
  return measure as SyncMeasure;
}

async function runHere(mode: Mode, rows: number): Promise<SyncMeasure> {
  const python = await ensurePythonEnv();
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-bench-"));
  const warehouse = mode === "drain" ? drain() : await openWarehouse(join(directory, "warehouse.db"));
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  try {
    const result = await syncFivetran(
      {
        directory: fileURLToPath(new URL("../fixtures/connectors/bench", import.meta.url)),
        configuration: { rows: String(rows), page: "10000" },
        state: {},
        warehouse,
        name: mode,
      },
      python,
    );
    if (result.status !== "succeeded") throw new Error(result.reason);
    return { rows, rowsPerSecond: (rows / result.milliseconds) * 1000, peakMegabytes: peak / 1e6 };
  } finally {
    clearInterval(timer);
    await warehouse.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A warehouse that takes rows and keeps none. */
function drain(): Warehouse {
  const nothing = async () => {};
  const writer: SyncWriter = {
    declare: nothing,
    apply: nothing,
    checkpoint: nothing,
    finish: nothing,
    warnings: [],
    schemaChanges: 0,
    rows: {},
  };
  const refuse = () => {
    throw new Error("nothing is kept");
  };
  return {
    path: "",
    begin: async () => writer,
    rows: refuse,
    deletedRows: refuse,
    tables: refuse,
    query: refuse,
    state: refuse,
    close: nothing,
  };
}

function measureDecoding(): DebuggerBench["decoding"] {
  const proto = fileURLToPath(new URL("../targets/fivetran/wire.proto", import.meta.url));
  const service = loadSync(proto, { longs: String, keepCase: true })["fivetran_sdk.v2.SourceConnector"];
  const { Update: update } = service as unknown as {
    Update: { responseSerialize(message: object): Buffer; responseDeserialize(bytes: Buffer): object };
  };
  const records = Array.from({ length: 100 }, (_, i) => ({
    table_name: "events",
    data: {
      id: { long: String(i) },
      account: { long: "5" },
      name: { string: `customer ${i}` },
      email: { string: `customer${i}@example.com` },
      status: { string: "active" },
      amount: { double: i * 0.25 },
      created_at: { utc_datetime: { seconds: "1700000000" } },
      note: i % 5 === 0 ? { null: true } : { string: "a note of ordinary length" },
      flag: { bool: true },
      tags: { json: '{"a": 1}' },
    },
  }));
  const bytes = update.responseSerialize({ structured_records: { structured_records: records } });
  const decode = createUpdateDecoder([]);
  return {
    own: microseconds(() => decode(bytes)) / records.length,
    protobufjs: microseconds(() => update.responseDeserialize(bytes)) / records.length,
  };
}

/** The best of five, each of many calls: the others had company on the machine. */
function microseconds(work: () => unknown): number {
  const calls = 500;
  const rounds = Array.from({ length: 5 }, () => {
    const started = performance.now();
    for (let i = 0; i < calls; i++) work();
    return ((performance.now() - started) * 1000) / calls;
  });
  return Math.min(...rounds);
}

const [mode, rows] = process.argv.slice(2);
if (process.send !== undefined && (mode === "drain" || mode === "write")) {
  process.send(await runHere(mode, Number(rows)));
  process.disconnect();
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bench = await benchDebugger(mode === undefined ? {} : { rows: Number(mode) });
  process.stdout.write(`${formatDebuggerBench(bench)}\n`);
}
