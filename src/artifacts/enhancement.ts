/** One enhancement of a connector that was there: what was wanted, what was changed, and what it does otherwise since. */
import { z } from "zod";
import { behaviourSchema } from "./behaviour.ts";
import { patchSchema } from "./fix.ts";

export const enhancementSchema = z.strictObject({
  version: z.literal(1),
  number: z.int().positive(),
  time: z.iso.datetime(),
  wanted: z.strictObject({
    title: z.string(),
    /** The request whole; empty where only a changed spec says it. */
    text: z.string(),
    /** Where it was read from. */
    file: z.string().optional(),
    /** The changed spec. */
    spec: z.string().optional(),
  }),
  model: z.string(),
  /** `kept`: the connector is the new one. Else it is as it was before, to the last file. */
  outcome: z.enum(["kept", "red", "refused"]),
  /** One sentence: the proof's summary, or why nothing came of it. */
  summary: z.string(),
  /** What is known of the source since. */
  changes: z.array(z.strictObject({ field: z.string(), from: z.string(), to: z.string() })),
  /** Files of the connector, as unified diffs. */
  patches: z.array(patchSchema),
  /** What blocks, where the proof is red. */
  blockers: z.array(z.string()),
  /** One per target; empty where there was nothing that could be run. */
  behaviour: z.array(behaviourSchema),
});
export type Enhancement = z.infer<typeof enhancementSchema>;
