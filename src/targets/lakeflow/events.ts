/** What the driver says: events as JSON lines, and its rows as the warehouse takes them. */

import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { z } from "zod";
import { ConnectorFault } from "../../warehouse/fault.ts";
import type { WireScalar, WireType } from "../../warehouse/warehouse.ts";
import { deniedSchema } from "../debugger/denied.ts";

const wireTypeSchema = z.enum([
  "boolean",
  "int",
  "long",
  "decimal",
  "float",
  "double",
  "naive_date",
  "utc_datetime",
  "binary",
  "string",
  "json",
]);

const tableSchema = z.object({
  name: z.string(),
  ingestion: z.enum(["snapshot", "cdc", "cdc_with_deletes", "append"]),
  keys: z.array(z.string()),
  columns: z.array(
    z.object({
      name: z.string(),
      type: wireTypeSchema,
      precision: z.int().optional(),
      scale: z.int().optional(),
    }),
  ),
});
export type DriverTable = z.infer<typeof tableSchema>;

const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("declare"), tables: z.array(tableSchema) }),
  z.object({
    event: z.literal("rows"),
    table: z.string(),
    kind: z.enum(["upsert", "delete"]),
    rows: z.array(z.array(z.unknown())),
  }),
  z.object({ event: z.literal("truncate"), table: z.string() }),
  z.object({ event: z.literal("checkpoint"), state: z.string() }),
  z.object({ event: z.literal("warning"), text: z.string(), count: z.int() }),
  z.object({ event: z.literal("sleep"), seconds: z.number() }),
  deniedSchema,
  /** `import`: the module could not be loaded; `fault`: the platform would have refused; `sync`: the connector raised. */
  z.object({
    event: z.literal("exception"),
    where: z.enum(["import", "fault", "sync"]),
    type: z.string(),
    message: z.string(),
    trace: z.array(z.string()),
  }),
  /** `peak`: resident memory in bytes, which nobody can ask for once the process has ended. */
  z.object({ event: z.literal("done"), peak: z.int().nullable() }),
]);
export type DriverEvent = z.infer<typeof eventSchema>;

/** Events in their order; the line is not read faster than they are taken. A connector that writes there is at fault. */
export async function* readEvents(line: Duplex): AsyncGenerator<DriverEvent> {
  for await (const text of readLines(line)) {
    const parsed = eventSchema.safeParse(parseJson(text));
    if (!parsed.success) throw new ConnectorFault("the connector wrote to descriptor 3, which is not its own");
    yield parsed.data;
  }
}

async function* readLines(line: Duplex): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  for await (const chunk of line) {
    const pieces = decoder.write(chunk as Buffer).split("\n");
    for (const [index, piece] of pieces.entries()) {
      parts.push(piece);
      if (index === pieces.length - 1) continue;
      yield parts.join("");
      parts = [];
    }
  }
}

/** A value as it came, in the form that the warehouse takes for its type. */
export function scalarOf(value: unknown, type: WireType): WireScalar {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value;
  if (type === "double" || type === "float") return typeof value === "number" ? value : floatOf(String(value));
  const text = String(value);
  if (type === "naive_date" || type === "utc_datetime") return wholeOf(text);
  return type === "binary" ? Buffer.from(text, "base64") : text;
}

function wholeOf(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** As Python prints what JSON has no numbers for. */
function floatOf(text: string): number {
  if (text === "nan") return Number.NaN;
  return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
