import type { RequirementId } from "../requirements.ts";

/** Prefix of a test's name that cites what it shows: `it(verifies("spec.errors", "names the key"), …)`. */
export function verifies(id: RequirementId, behaviour: string): string {
  return `[${id}] ${behaviour}`;
}
