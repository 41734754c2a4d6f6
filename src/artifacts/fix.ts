/** One turn of fixing: what was wrong, what was changed. At most two per run. */
import { z } from "zod";
import { blueprintSchema } from "./blueprint.ts";

export const fixSchema = z.strictObject({
  version: z.literal(1),
  round: z.int().positive(),
  time: z.iso.datetime(),
  /** Only `blueprint` and `code` change anything; the others are for a person. */
  class: z.enum(["credentials", "infrastructure", "blueprint", "code"]),
  cause: z.string(),
  /** What the next report should show. */
  expected: z.string(),
  changes: z.array(z.strictObject({ field: z.string(), from: z.string(), to: z.string() })),
  /** The blueprint from here on, when it changed. */
  blueprint: blueprintSchema.optional(),
});
export type Fix = z.infer<typeof fixSchema>;
