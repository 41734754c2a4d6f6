/**
 * The diagnostic log: what a run did inside, for whoever looks for a fault of ours. Off unless it is asked for. What people
 * are shown, and what is audited, is the run's own log of events.
 */
import pino, { type Logger } from "pino";

export type LogLevel = "silent" | "info" | "debug" | "trace";

export interface LoggerOptions {
  level: LogLevel;
  /** Where lines go: one JSON object each. */
  write: (line: string) => void;
  /** The door: pino's own redaction knows fields, not values inside a text. */
  redact: (text: string) => string;
}

export function createLogger({ level, write, redact }: LoggerOptions): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => write(redact(line)) },
  );
}
