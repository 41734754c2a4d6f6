/** What step 1 settles: the spec with its defaults, credentials as references only, nothing missing. */
import { z } from "zod";
import type { Kind, TableOf } from "./blueprint.ts";
import { type Spec, type SpecTable, specSchema } from "./spec.ts";

export const requirementsSchema = z.strictObject({
  version: z.literal(1),
  /** Connector name derived from the spec's name. */
  name: z.string().regex(/^[_a-z][_a-z0-9]*$/),
  spec: specSchema,
  /** Absolute path or address the spec came from; relative `docs` are resolved against it. */
  spec_address: z.string(),
});
export type Requirements = z.infer<typeof requirementsSchema>;

/** Requirements for a source of one kind: what a spec states of its tables is of that kind. */
export type RequirementsOf<K extends Kind> = Omit<Requirements, "spec"> & { spec: SpecOf<K> };
export type SpecOf<K extends Kind> = Omit<Spec, "source" | "tables"> & {
  source: Extract<Spec["source"], { kind: K }>;
  tables?: (string | SpecTableOf<K>)[] | undefined;
};
export type SpecTableOf<K extends Kind> = Omit<SpecTable, "incremental"> & {
  incremental?: "auto" | "none" | TableOf<K>["advance"] | undefined;
};

/** The requirements as those of that kind. Another kind here is a bug of ours: what a spec mixes is refused when it is read. */
export function requirementsOf<K extends Kind>(requirements: Requirements, kind: K): RequirementsOf<K> {
  const found = requirements.spec.source.kind;
  if (found !== kind) throw new Error(`Requirements of kind ${found} where those of kind ${kind} belong.`);
  return requirements as unknown as RequirementsOf<K>;
}
