/**
 * The stand-in as contract tests are recorded from it: through a gateway that keeps bodies, as data that it keeps itself, or
 * as what the connector's driver answers, which is written down where the connector runs.
 */
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { SourceKind } from "../../sources/kind.ts";
import type { KeptFile, SimulateOptions, Simulator } from "../../sources/simulator.ts";
import type { Recorder } from "../gateway/recorder.ts";
import { MAX_RECORDING_BYTES, type RecordedExchange, readRecording } from "../gateway/recording.ts";
import { startGateway } from "../gateway.ts";

export interface KeptSource {
  simulator: Simulator;
  /** The configuration key of the address, where answers by HTTP are kept. */
  addressKey?: string;
  /** What is kept: answers by HTTP, the data themselves, or answers of a driver. */
  way: "exchanges" | "data" | "statements";
  /** Values for the connector; the address, if there is one, leads through the gateway. */
  configuration: Record<string, string>;
  /** The same as the suite may show them. */
  shown: Record<string, string>;
  /** Requests so far; undefined where none are seen. */
  requests(): number | undefined;
  /** From now on everything belongs to this part. */
  begin(part: string): void;
  /** What the part is replayed from; `taped` is what was written down of the driver. */
  keep(part: string, taped?: string): KeptFile[] | "too large";
  close(): Promise<void>;
}

/** In the place of a secret; recordings have the same. */
const MASK = "****";

export async function openKeptSource(
  { blueprint, kind }: { blueprint: Blueprint; kind: SourceKind },
  options: SimulateOptions,
): Promise<KeptSource> {
  const simulator = await kind.simulate(blueprint, options);
  const addressKey = simulator.proxied ? "base_url" : simulator.addressKey;
  const secrets = blueprint.configuration.filter(({ secret }) => secret).map(({ key }) => key);
  const values = simulator.configuration;
  const shown = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key !== addressKey && values[key] !== "")
      .map(([key, value]) => [key, secrets.includes(key) ? MASK : value]),
  );
  if (addressKey === undefined) {
    const { keep } = simulator;
    return {
      simulator,
      way: keep ? "data" : "statements",
      configuration: values,
      shown,
      requests: () => countOf(simulator),
      begin: () => {},
      keep: (part, taped = "") => whatFits(keep ? keep(part) : [{ path: `${part}.json`, content: taped }]),
      close: () => simulator.close(),
    };
  }
  const gateway = await startGateway({
    upstream: simulator.baseUrl,
    secrets: secrets.map((key) => values[key] ?? ""),
    basis: "simulated",
  });
  let recorder: Recorder | undefined;
  return {
    simulator,
    way: "exchanges",
    addressKey,
    configuration: { ...values, [addressKey]: gateway.baseUrl },
    shown,
    requests: () => gateway.exchanges.length,
    begin: () => {
      recorder = gateway.record();
    },
    keep: (part) => {
      recorder?.stop();
      const text = withoutRepetitions(recorder?.text() ?? "", part);
      return text === undefined ? "too large" : [{ path: `${part}.jsonl`, content: text }];
    },
    close: async () => {
      await gateway.close();
      await simulator.close();
    },
  };
}

/** Logins are not counted: how often a client shows who it is, is between its library and the server. */
function countOf({ requests }: Simulator): number | undefined {
  return requests.length === 0 ? undefined : requests.filter(({ method }) => method !== "LOGIN").length;
}

function whatFits(files: KeptFile[]): KeptFile[] | "too large" {
  const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return bytes > MAX_RECORDING_BYTES ? "too large" : files;
}

/**
 * The recording of several syncs with each request once: a source that nobody changes gives the same answer each time.
 * Undefined when some of it could not be kept whole.
 */
function withoutRepetitions(text: string, name: string): string | undefined {
  const { head, exchanges, leftOut } = readRecording(text, name);
  if (leftOut > 0 || exchanges.some(({ answer }) => answer.cut !== undefined)) return undefined;
  const kept = new Map<string, RecordedExchange>();
  for (const exchange of exchanges) {
    const { method, path, query, body } = exchange.request;
    const asked = `${method} ${path}?${query.map(([key, value]) => `${key}=${value}`).join("&")}`;
    if (exchange.answer.broken !== undefined) throw new Error(`${asked} was not answered: ${exchange.answer.broken}`);
    const id = JSON.stringify([method, path, query, body]);
    const known = kept.get(id);
    if (known !== undefined && JSON.stringify(known.answer) !== JSON.stringify(exchange.answer)) {
      throw new Error(`the source answered ${asked} in two ways although nobody changed it`);
    }
    kept.set(id, exchange);
  }
  return [head, ...kept.values()].map((line) => `${JSON.stringify(line)}\n`).join("");
}
