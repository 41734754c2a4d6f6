/** The source behind the gateway: the stand-in, which knows the truth, or the real one, read by a second route. */
import { type Blueprint, type Table, webPart } from "../artifacts/blueprint.ts";
import { UserError } from "../errors.ts";
import type { SourceKind } from "../sources/kind.ts";
import type { Record_ } from "../sources/record.ts";
import type { SeenRequest, SimulateOptions, Simulator } from "../sources/simulator.ts";
import { writeAtomically } from "../system/files.ts";
import type { SourceUnderTest } from "./bench.ts";
import { webFaults } from "./faults/web.ts";
import type { Recorder } from "./gateway/recorder.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { tableOf } from "./table-of.ts";

export interface OpenedSource extends SourceUnderTest {
  simulator?: Simulator;
  /**
   * Writes what went through the gateway, one exchange per line, secrets scrubbed; beside it, as `….recording.jsonl`, the
   * first sync with all bodies, to be replayed.
   */
  record: (path: string) => Promise<void>;
  close: () => Promise<void>;
}

interface Opening {
  blueprint: Blueprint;
  kind: SourceKind;
  signal: AbortSignal;
}

export async function openSimulated({ blueprint, kind }: Opening, options: SimulateOptions): Promise<OpenedSource> {
  const simulator = await kind.simulate(blueprint, options);
  const gateway = simulator.proxied
    ? await startGateway({
        upstream: simulator.baseUrl,
        secrets: secretsOf(blueprint, simulator.configuration),
        label: (path) => tableOf(blueprint.tables, path)?.name,
        basis: "simulated",
      })
    : undefined;
  const firstSync = recordFirstSync(gateway);
  return {
    basis: "simulated",
    simulator,
    configuration: { ...simulator.configuration, ...(gateway ? { base_url: gateway.baseUrl } : {}) },
    faults: [...(gateway ? webFaults(gateway, blueprint, simulator) : []), ...(simulator.faults ?? [])],
    requests: () => simulator.requests,
    asked: () => (gateway?.exchanges ?? simulator.requests).length,
    beforeSync: async () => firstSync.next(),
    truth: async (table) => ({ rows: simulator.truth(table.name) }),
    record: async (path) => {
      await writeExchanges(path, gateway ? gateway.exchanges : simulator.requests);
      await firstSync.write(path);
    },
    close: async () => {
      await gateway?.close();
      await simulator.close();
    },
  };
}

export async function openLive(
  { blueprint, kind, signal }: Opening,
  configuration: Record<string, string>,
): Promise<OpenedSource> {
  const upstream = configuration.base_url ?? webPart(blueprint.source).base_url;
  const isWeb = webPart(blueprint.source).base_url !== undefined;
  const gateway =
    isWeb && upstream !== undefined
      ? await startGateway({
          upstream,
          secrets: secretsOf(blueprint, configuration),
          label: (path) => tableOf(blueprint.tables, path)?.name,
          records: (path) => recordsAt(tableOf(blueprint.tables, path)),
        })
      : undefined;
  const firstSync = recordFirstSync(gateway);
  const direct = {
    configuration: { ...configuration, ...(upstream === undefined ? {} : { base_url: upstream }) },
    signal,
  };
  const earlier = new Map<string, Record_[]>();
  const readWhole = async (table: Table) => {
    const rows: Record_[] = [];
    for await (const row of kind.read(blueprint, table.name, direct)) {
      if (!saysItIsDeleted(table, row)) rows.push(row);
    }
    return rows;
  };
  return {
    basis: "live",
    configuration: { ...configuration, ...(gateway ? { base_url: gateway.baseUrl } : {}) },
    faults: [],
    requests: () => gateway?.exchanges.map((exchange) => toSeen(blueprint, exchange)) ?? [],
    asked: () => gateway?.exchanges.length ?? 0,
    beforeSync: async () => {
      firstSync.next();
      earlier.clear();
      for (const table of blueprint.tables) {
        try {
          earlier.set(table.name, await readWhole(table));
        } catch (error) {
          // The connector will meet the same refusal and say more about it; `truth` tells it otherwise. What was not read
          // before is compared as if it did not move.
          if (!(error instanceof UserError)) throw error;
        }
      }
    },
    truth: async (table) => {
      try {
        const before = earlier.get(table.name);
        return { rows: await readWhole(table), ...(before ? { earlier: before } : {}) };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { rows: [], problem: error.message };
      }
    },
    record: async (path) => {
      await writeExchanges(path, gateway?.exchanges ?? []);
      await firstSync.write(path);
    },
    close: async () => gateway?.close(),
  };
}

function secretsOf({ configuration }: Blueprint, values: Record<string, string>): string[] {
  return configuration.filter(({ secret }) => secret).map(({ key }) => values[key] ?? "");
}

/** From the first sync to the second. */
function recordFirstSync(gateway: Gateway | undefined): { next(): void; write(path: string): Promise<void> } {
  let recorder: Recorder | undefined;
  return {
    next: () => {
      if (recorder === undefined) recorder = gateway?.record();
      else recorder.stop();
    },
    write: async (path) => {
      if (recorder !== undefined) await writeAtomically(path.replace(/\.jsonl$/, ".recording.jsonl"), recorder.text());
    },
  };
}

/** Where there is no gateway: what the source counted by itself, or nothing. */
async function writeExchanges(path: string, exchanges: readonly object[]): Promise<void> {
  await writeAtomically(path, exchanges.map((exchange) => `${JSON.stringify(exchange)}\n`).join(""));
}

function toSeen(blueprint: Blueprint, exchange: Gateway["exchanges"][number]): SeenRequest {
  const table = tableOf(blueprint.tables, exchange.path);
  return {
    at: exchange.at,
    method: exchange.method,
    path: exchange.path,
    query: exchange.query,
    status: exchange.status,
    // Too much to be counted is no empty answer.
    records: exchange.records ?? (exchange.status < 300 && exchange.bytes > 0 ? 1 : 0),
    ...(table ? { table: table.name } : {}),
  };
}

/** Where the answer has its list, for the gateway to count. */
function recordsAt(table: Table | undefined): string | undefined {
  return table?.read.kind === "rest" ? table.read.records : undefined;
}

/** The meaning of a `flag` (see `deletesSchema`), written once more: the judge does not share it with any connector. */
export function saysItIsDeleted({ deletes }: Table, row: Record_): boolean {
  if (deletes.kind !== "flag") return false;
  const text = String(row[deletes.column] ?? "")
    .trim()
    .toLowerCase();
  if (deletes.values.length > 0) return deletes.values.some((value) => value.toLowerCase() === text);
  return !["", "0", "false", "no", "none", "null"].includes(text);
}
