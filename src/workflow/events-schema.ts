/** The events of `--json`, for programs that read them: the same as the types, published as `events.schema.json`. */
import { z } from "zod";
import { EXIT } from "../errors.ts";
import { STEP_NAMES, type StoredEvent } from "./events.ts";

const step = z.enum(STEP_NAMES);
const work = z.enum([...STEP_NAMES, "enhance", "ask"]);
const round = z.int().positive().describe("Test and fix turn in rounds, from 1");
const milliseconds = z.number();

const usage = z.strictObject({
  input: z.number().describe("Tokens neither read from the cache nor written to it"),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  output: z.number(),
});

const agentEvent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("turn-started"), turn: z.int() }),
  z.strictObject({ type: z.literal("text-delta"), text: z.string() }),
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("retry"), why: z.string() }),
  z.strictObject({ type: z.literal("tool-called"), call: z.string(), tool: z.string(), text: z.string() }),
  z.strictObject({
    type: z.literal("tool-returned"),
    call: z.string(),
    tool: z.string(),
    ok: z.boolean(),
    text: z.string(),
    milliseconds,
  }),
  z.strictObject({
    type: z.literal("turn-ended"),
    turn: z.int(),
    usage,
    usd: z.number().nullable().describe("Null where the model has no known price"),
  }),
  z.strictObject({ type: z.literal("cleared"), results: z.int(), tokens: z.number() }),
]);

const common = { time: z.iso.datetime(), connector: z.string() };

export const storedEventSchema = z.discriminatedUnion("type", [
  z
    .strictObject({
      ...common,
      type: z.literal("run-started"),
      run: z.string(),
      spec: z.string(),
      model: z.string().describe("A model's id, or none"),
      version: z.string().describe("Of Syncsmith"),
      provider: z.string().exactOptional(),
      testMode: z.string().exactOptional(),
      depth: z.string().exactOptional(),
    })
    .describe("The first event of a run"),
  z.strictObject({ ...common, type: z.literal("step-started"), step: work, round }),
  z
    .strictObject({ ...common, type: z.literal("step-fresh"), step, round, summary: z.string() })
    .describe("Nothing that the step depends on has changed: its last result is kept"),
  z.strictObject({ ...common, type: z.literal("progress"), step: work, text: z.string() }),
  z.strictObject({
    ...common,
    type: z.literal("step-ended"),
    step: work,
    round,
    outcome: z.enum(["done", "failed", "skipped"]),
    summary: z.string().describe("One line for people"),
    milliseconds,
  }),
  z.strictObject({ ...common, type: z.literal("note"), text: z.string() }),
  z.strictObject({ ...common, type: z.literal("agent"), step: z.enum([...work.options, "chat"]), event: agentEvent }),
  z
    .strictObject({ ...common, type: z.literal("connector-log"), text: z.string() })
    .describe("A line that the connector printed, with --logs"),
  z
    .strictObject({
      ...common,
      type: z.literal("run-ended"),
      outcome: z.enum(["green", "not-green", "error", "interrupted"]),
      exitCode: z.literal(Object.values(EXIT)),
      summary: z.string(),
    })
    .describe("The last event of a run; the exit code is the command's when it ran one connector"),
]);

/** Neither may have what the other has not. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const _same: Same<z.infer<typeof storedEventSchema>, StoredEvent> = true;

/** The published JSON Schema of one line. */
export function eventsJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(storedEventSchema), title: "Syncsmith event, one line of --json" };
}
