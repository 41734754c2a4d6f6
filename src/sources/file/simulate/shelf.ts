/** Where the stand-in keeps its files: a real folder, or a server on loopback. */
import type { Fault, KeptFile, SeenRequest } from "../../simulator.ts";

export interface ShelvedFile {
  body: Buffer;
  /** Microseconds since 1970. */
  micros: bigint;
}

export interface Shelf {
  /** Adds or replaces a file. */
  put(name: string, file: ShelvedFile): void;
  remove(name: string): void;
  /** See `Simulator.keep`. */
  keep?(part: string): KeptFile[];
  /** A value for each configuration key. */
  configuration: Record<string, string>;
  baseUrl: string;
  /** See `Simulator.addressKey`. */
  addressKey?: string;
  requests: SeenRequest[];
  faults: readonly Fault[];
  close(): Promise<void>;
}

export interface ShelfOptions {
  port: number | undefined;
  /** Name of the connector, for names that people see. */
  name: string;
  /** Made of the seed: what has to be known to be let in. */
  secret: (label: string) => string;
  /** The table that a file belongs to, or that alone can have files that begin so. */
  tableOf: (name: string) => string | undefined;
  tableOfPrefix: (prefix: string) => string | undefined;
  /** The status with which a table is refused. */
  denied: (table: string | undefined) => number | undefined;
  /** Called before a file or a listing is given. */
  before: (table: string | undefined) => void;
  /** Records in a file as it is now. */
  recordsIn: (name: string) => number;
}

/** Files as one of JSON; undefined stands for one that is not there any more. Nanoseconds are text: no number of JSON's is safe for them. */
export function keepFiles(
  part: string,
  files: readonly (readonly [name: string, file: { body: Buffer; nanoseconds: bigint } | undefined])[],
): KeptFile[] {
  const kept = files.map(([name, file]) => {
    if (file === undefined) return [name, null];
    const text = file.body.toString("utf8");
    const content = Buffer.from(text).equals(file.body) ? { text } : { base64: file.body.toString("base64") };
    return [name, { modified_nanoseconds: String(file.nanoseconds), ...content }];
  });
  return [{ path: `${part}.json`, content: `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n` }];
}

/** A log of requests, with the milliseconds since it was begun. */
export function createLog(): { requests: SeenRequest[]; add: (seen: Omit<SeenRequest, "at">) => void } {
  const started = performance.now();
  const requests: SeenRequest[] = [];
  return { requests, add: (seen) => requests.push({ at: Math.round(performance.now() - started), ...seen }) };
}
