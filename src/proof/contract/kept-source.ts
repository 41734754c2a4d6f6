/** The stand-in as contract tests are recorded from it: through a gateway that keeps bodies, or as data that it keeps itself. */
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { KeptFile, SimulateOptions, Simulator, SourceKind } from "../../sources/kind.ts";
import type { Recorder } from "../gateway/recorder.ts";
import { type RecordedExchange, readRecording } from "../gateway/recording.ts";
import { startGateway } from "../gateway.ts";

export interface KeptSource {
  simulator: Simulator;
  /** Values for the connector; `base_url` leads through the gateway. */
  configuration: Record<string, string>;
  /** The same as the suite may show them. */
  shown: Record<string, string>;
  /** Whether requests are recorded; else the data is kept. */
  recorded: boolean;
  /** Requests so far; 0 where none are seen. */
  requests(): number;
  /** From now on everything belongs to this part. */
  begin(part: string): void;
  /** What the part is replayed from. */
  keep(part: string): KeptFile[] | "too large";
  close(): Promise<void>;
}

/** In the place of a secret; recordings have the same. */
const MASK = "****";

export async function openKeptSource(
  { blueprint, kind }: { blueprint: Blueprint; kind: SourceKind },
  options: SimulateOptions,
): Promise<KeptSource> {
  const simulator = await kind.simulate(blueprint, options);
  const secrets = blueprint.configuration.filter(({ secret }) => secret).map(({ key }) => key);
  const values = simulator.configuration;
  const shown = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key !== "base_url" && values[key] !== "")
      .map(([key, value]) => [key, secrets.includes(key) ? MASK : value]),
  );
  if (!simulator.proxied) {
    const keep = (part: string) => simulator.keep?.(part) ?? [];
    const { path: _, ...rest } = shown;
    return {
      simulator,
      configuration: values,
      shown: rest,
      recorded: false,
      requests: () => 0,
      begin: () => {},
      keep,
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
    configuration: { ...values, base_url: gateway.baseUrl },
    shown,
    recorded: true,
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
