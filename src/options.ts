/** What every command is given besides its own arguments. */

import type { LogLevel } from "./system/logger.ts";

export const VERSION = "0.1.0";

export interface CommonOptions {
  readonly workspace: string;
  readonly json: boolean;
  /** Of the diagnostic log on stderr. */
  readonly logLevel: LogLevel;
  readonly color: boolean;
  readonly cacheDirectory: string | undefined;
  readonly python: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Streams {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** What a command is given: the options, where to write, and when to stop. */
export interface CommandContext extends CommonOptions {
  readonly streams: Streams;
  readonly signal: AbortSignal;
}

/** A job of a CI service, by the variable that they all set: no person sees its terminal, where it has one. */
export function isAutomated({ CI = "" }: CommonOptions["environment"]): boolean {
  return !["", "0", "false"].includes(CI);
}
