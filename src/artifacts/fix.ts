/** One turn of fixing: what was wrong, what was changed. At most two per run. */
import { z } from "zod";
import { blueprintSchema } from "./blueprint.ts";

/** One file's change as a unified diff, kept so that generating again does not lose it. */
export const patchSchema = z.strictObject({
  /** Relative to the connector directory, with `/`. */
  path: z.string(),
  patch: z.string(),
});
export type Patch = z.infer<typeof patchSchema>;

export const fixSchema = z.strictObject({
  version: z.literal(1),
  round: z.int().positive(),
  time: z.iso.datetime(),
  /** Only `blueprint` and `code` change anything; the others are for a person. */
  class: z.enum(["credentials", "infrastructure", "blueprint", "code", "harness"]),
  cause: z.string(),
  /** What the next report should show. */
  expected: z.string(),
  changes: z.array(z.strictObject({ field: z.string(), from: z.string(), to: z.string() })),
  /** Changes of the code (class `code`), as unified diffs against the files of the round before; applied when code is generated. */
  patches: z.array(patchSchema).default([]),
  /** The blueprint from here on, when it changed. */
  blueprint: blueprintSchema.optional(),
});
export type Fix = z.infer<typeof fixSchema>;
