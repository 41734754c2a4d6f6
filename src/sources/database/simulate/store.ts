/** The engine behind a stand-in: what holds the rows, and lets a connector in. */
import type { Fault, KeptFile, SeenRequest } from "../../simulator.ts";
import type { DatabaseTable } from "../complete.ts";

export type Meanwhile = (request: { table?: string }) => void;

export interface Store {
  /** Values of the configuration, but for user, password and database where the stand-in gives them. */
  configuration: Record<string, string>;
  baseUrl: string;
  /** Makes changes before the next reader is let in. */
  write(statements: readonly string[]): void;
  requests: readonly SeenRequest[];
  faults: readonly Fault[];
  /** Absent where changes cannot be made while somebody reads. */
  meanwhile?(hook: Meanwhile | undefined): void;
  /** See `Simulator.keep`. */
  keep?(part: string): KeptFile[];
  deny(table: DatabaseTable, denied: boolean): void;
  close(): Promise<void>;
}

export interface StoreOptions {
  tables: readonly DatabaseTable[];
  /** CREATE TABLE, and the first rows. */
  statements: readonly string[];
  credentials: { user: string; password: string; database: string };
  port: number | undefined;
}

/** Changes in their order, and whoever has to wait for them. */
export function createQueue(run: (statements: readonly string[]) => Promise<void>) {
  let queue: Promise<void> = Promise.resolve();
  return {
    add: (statements: readonly string[]) => {
      queue = queue.then(() => run(statements));
      // Whoever waits is told; nobody waiting is no reason to end the process.
      queue.catch(() => {});
    },
    done: () => queue,
  };
}
