/** A recording of the real source in its place: one sync, with the rows that the source really had. */
import { type Blueprint, isWeb } from "../../artifacts/blueprint.ts";
import type { SeenRequest } from "../../sources/simulator.ts";
import type { SourceUnderTest } from "../bench.ts";
import type { Exchange } from "../gateway/exchange.ts";
import { readRecording } from "../gateway/recording.ts";
import { startReplay } from "../gateway.ts";
import { tableOf } from "../table-of.ts";

export interface RecordedSource {
  /** Its text, as the gateway wrote it. */
  text: string;
  /** For messages. */
  name: string;
}

/** Any text will do where the recording has a secret. */
const SECRET = "recorded";

/** Opens the recording for one version. Throws `UserError` for one that cannot be read. */
export async function openRecorded(
  { text, name }: RecordedSource,
  blueprint: Blueprint,
): Promise<SourceUnderTest & { close(): Promise<void> }> {
  const gateway = await startReplay(readRecording(text, name), {
    secrets: [],
    label: (path) => tableOf(blueprint.tables, path)?.name,
    records: (path) => {
      const table = tableOf(blueprint.tables, path);
      return table?.read.kind === "rest" ? table.read.records : undefined;
    },
  });
  const values = blueprint.configuration.map(({ key, default: usual }) => [key, usual ?? SECRET]);
  return {
    // As at a stand-in: nobody is spared by waiting, and nothing else may be reached.
    basis: "simulated",
    configuration: { ...Object.fromEntries(values), base_url: gateway.baseUrl },
    faults: [],
    requests: () => gateway.exchanges.map(seen),
    asked: () => gateway.exchanges.length,
    truth: async () => ({ rows: [], problem: "A recording tells nothing of what it does not hold." }),
    close: gateway.close,
  };
}

/** Whether what a connector asks can be recorded at all. */
export function canBeRecorded({ source }: Blueprint): boolean {
  return isWeb(source);
}

function seen({ at, method, path, query, status, records, label }: Exchange): SeenRequest {
  return { at, method, path, query, status, records: records ?? 0, ...(label === undefined ? {} : { table: label }) };
}
