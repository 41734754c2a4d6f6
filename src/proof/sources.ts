/** The source behind the gateway: the stand-in, which knows the truth, or the real one, read by a second route. */
import { type Blueprint, parentOf, type Table, webPart } from "../artifacts/blueprint.ts";
import { UserError } from "../errors.ts";
import type { Record_, SeenRequest, SimulateOptions, Simulator, SourceKind } from "../sources/kind.ts";
import { writeAtomically } from "../system/files.ts";
import type { SourceUnderTest } from "./bench.ts";
import { webFaults } from "./faults/web.ts";
import { type Gateway, startGateway } from "./gateway.ts";

export interface OpenedSource extends SourceUnderTest {
  simulator?: Simulator;
  /** Writes what went through the gateway, one exchange per line, secrets scrubbed. */
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
    ? await startGateway({ upstream: simulator.baseUrl, secrets: secretsOf(blueprint, simulator.configuration) })
    : undefined;
  return {
    basis: "simulated",
    simulator,
    configuration: { ...simulator.configuration, ...(gateway ? { base_url: gateway.baseUrl } : {}) },
    faults: [...(gateway ? webFaults(gateway, blueprint) : []), ...(simulator.faults ?? [])],
    requests: () => simulator.requests,
    truth: async (table) => ({ rows: simulator.truth(table.name) }),
    record: (path) => writeRecording(path, gateway ? gateway.exchanges : simulator.requests),
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
          records: (path) => recordsAt(tableOf(blueprint.tables, path)),
        })
      : undefined;
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
    beforeSync: async () => {
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
    record: (path) => writeRecording(path, gateway?.exchanges ?? []),
    close: async () => gateway?.close(),
  };
}

function secretsOf({ configuration }: Blueprint, values: Record<string, string>): string[] {
  return configuration.filter(({ secret }) => secret).map(({ key }) => values[key] ?? "");
}

/** Where there is no gateway: what the source counted by itself, or nothing. */
async function writeRecording(path: string, exchanges: readonly object[]): Promise<void> {
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

/** The table whose path template fits, the one with the fewest placeholders first. */
function tableOf(tables: readonly Table[], path: string): Table | undefined {
  const fits = tables.filter(({ read }) => {
    if (read.kind !== "rest") return false;
    const pattern = read.path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+");
    return new RegExp(`(^|/)${pattern.replace(/^\//, "")}$`).test(path);
  });
  return fits.sort((a, b) => (parentOf(a)?.bind.length ?? 0) - (parentOf(b)?.bind.length ?? 0))[0];
}

/** Where the answer has its list, for the gateway to count. */
function recordsAt(table: Table | undefined): string | undefined {
  return table?.read.kind === "rest" ? table.read.records : undefined;
}

/** The meaning of a `flag` (see `deletesSchema`), written once more: the judge does not share it with any connector. */
function saysItIsDeleted({ deletes }: Table, row: Record_): boolean {
  if (deletes.kind !== "flag") return false;
  const text = String(row[deletes.column] ?? "")
    .trim()
    .toLowerCase();
  if (deletes.values.length > 0) return deletes.values.some((value) => value.toLowerCase() === text);
  return !["", "0", "false", "no", "none", "null"].includes(text);
}
