/** The places that files are in, read without any of a connector's code. */
import type { Readable } from "node:stream";
import type { FileSource } from "../../../artifacts/kinds/file.ts";

export interface StoredFile {
  /** Relative to the location, folders parted by slashes. */
  name: string;
  size: number | undefined;
  /** ISO 8601 in UTC; undefined where the store does not say. */
  modified: string | undefined;
  /** Differs when the file does; "" where the store does not say enough to tell. */
  version: string;
}

export interface Store {
  /** Files whose names begin with a text, down to so many folders below it; undefined: at any depth. */
  list(prefix: string, levels: number | undefined): Promise<StoredFile[]>;
  /** The file as it is now, from a byte on. */
  look(name: string): Promise<StoredFile>;
  read(name: string, range?: ByteRange): Promise<Readable>;
  close(): Promise<void>;
}

export interface ByteRange {
  start: number;
  /** The last byte. */
  end: number;
}

export interface StoreOptions {
  /** A value for each key that the store has, "" where there is none. */
  values: Record<string, string>;
  source: FileSource;
  signal: AbortSignal;
}

/** Whole microseconds since 1970 as ISO 8601. */
export function isoOf(micros: bigint): string {
  const milliseconds = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = micros - milliseconds * 1000n;
  const text = new Date(Number(milliseconds)).toISOString();
  return rest === 0n ? text : text.replace("Z", `${String(rest).padStart(3, "0")}Z`);
}
