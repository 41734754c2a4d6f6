/**
 * Recordings of what went through the gateway: small text files, one JSON object per line, that a replay can answer from.
 *
 * The first line is the head, every further one an exchange, in the order the requests arrived; a last line says how many
 * exchanges were left out, where the whole would have become too big:
 *
 *     {"recording":1,"basis":"simulated","base_path":"/v2"}
 *     {"request":{"method":"GET","path":"/v2/orders","query":[["page","1"]]},"answer":{"status":200,"headers":{"content-type":"application/json"},"body":"{…}"},"table":"orders"}
 *     {"left_out":12,"why":"a recording holds at most 1,000,000 bytes"}
 *
 * Bodies are text, unpacked and as exact as they came: numbers keep their digits. `{{origin}}` stands for the scheme and
 * authority of the server that is asked, in answers as in requests. `****` stands for a secret: in a request it matches
 * any characters, in an answer it is given out as it is. An answer that was too big to be kept whole (`cut`), or that never
 * came whole (`broken`), is not replayed.
 */
import { z } from "zod";
import { UserError } from "../../errors.ts";

export const ORIGIN = "{{origin}}";
export const MASK = "****";
/** Of all lines together. */
export const MAX_RECORDING_BYTES = 1_000_000;
/** Of one body; of a longer one only the beginning is kept. */
export const MAX_BODY_BYTES = 256 * 1024;

const headSchema = z.strictObject({
  recording: z.literal(1),
  basis: z.enum(["simulated", "live"]),
  /** Path of the connector's base address; "" when there is none. */
  base_path: z.string(),
});
export type RecordingHead = z.infer<typeof headSchema>;

const requestSchema = z.strictObject({
  method: z.string().min(1),
  /** As sent, percent-encoded, without the query. */
  path: z.string(),
  /** Decoded, in the order it was sent. */
  query: z.array(z.tuple([z.string(), z.string()])),
  /** Only where there was one. */
  body: z.string().optional(),
});
export type RecordedRequest = z.infer<typeof requestSchema>;

const answerSchema = z.strictObject({
  status: z.int(),
  /** Those that matter to a reader, names in lower case; one that was repeated is joined by commas. */
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  /** In place of `body`, for what is no text. */
  base64: z.string().optional(),
  /** Bytes of the whole body: what is kept is its beginning. */
  cut: z.int().optional(),
  /** Why there is no answer, or not the whole of it. */
  broken: z.string().optional(),
});
export type RecordedAnswer = z.infer<typeof answerSchema>;

const exchangeSchema = z.strictObject({
  request: requestSchema,
  answer: answerSchema,
  /** What the request was for, where that is known. */
  table: z.string().optional(),
});
export type RecordedExchange = z.infer<typeof exchangeSchema>;

const endSchema = z.strictObject({ left_out: z.int().positive(), why: z.string() });

export interface Recording {
  head: RecordingHead;
  exchanges: RecordedExchange[];
  /** Exchanges that are missing at the end. */
  leftOut: number;
}

/**
 * Exchanges beyond the limit are left out, all from the first that does not fit: a gap in the middle would mislead.
 * `missing`: how many more there were.
 */
export function writeRecording(head: RecordingHead, exchanges: readonly RecordedExchange[], missing = 0): string {
  let leftOut = missing;
  const lines = [JSON.stringify(head)];
  let bytes = Buffer.byteLength(lines[0] ?? "") + 1;
  for (const [index, exchange] of exchanges.entries()) {
    const line = JSON.stringify(exchange);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > MAX_RECORDING_BYTES) {
      leftOut += exchanges.length - index;
      break;
    }
    lines.push(line);
  }
  const why = `a recording holds at most ${MAX_RECORDING_BYTES.toLocaleString("en")} bytes`;
  if (leftOut > 0) lines.push(JSON.stringify({ left_out: leftOut, why }));
  return `${lines.join("\n")}\n`;
}

/** Reads what `writeRecording` wrote. `name` is for messages. Throws `UserError` naming the line that is wrong. */
export function readRecording(text: string, name: string): Recording {
  const lines = text.replace(/\n$/, "").split("\n");
  const head = headSchema.safeParse(jsonOf(lines[0] ?? "", { name, line: 1 }));
  if (!head.success) {
    throw unreadable(name, 1, 'it does not begin with {"recording":1,"basis":…,"base_path":…}');
  }
  const exchanges: RecordedExchange[] = [];
  let leftOut = 0;
  for (const [index, line] of lines.slice(1).entries()) {
    const value = jsonOf(line, { name, line: index + 2 });
    if (leftOut > 0) throw unreadable(name, index + 2, "something comes after the line that ends the recording");
    const end = endSchema.safeParse(value);
    if (end.success) {
      leftOut = end.data.left_out;
      continue;
    }
    const exchange = exchangeSchema.safeParse(value);
    if (!exchange.success) {
      const [issue] = exchange.error.issues;
      throw unreadable(name, index + 2, `${issue?.path.join(".") || "the line"}: ${issue?.message ?? "it is wrong"}`);
    }
    exchanges.push(exchange.data);
  }
  return { head: head.data, exchanges, leftOut };
}

function jsonOf(text: string, place: { name: string; line: number }): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw unreadable(place.name, place.line, "the line is no JSON");
  }
}

function unreadable(name: string, line: number, why: string): UserError {
  return new UserError(`The recording ${name} cannot be read: line ${line}: ${why}.`, {
    hint: "Record it anew, or take it back from where it was kept.",
  });
}
