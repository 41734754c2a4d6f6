/** Step 1: settles the spec. Without a model nothing is asked: what is missing is an error that names it. */
import { type Requirements, requirementsSchema } from "../artifacts/requirements.ts";
import type { Spec } from "../artifacts/spec.ts";
import { UserError } from "../errors.ts";
import { loadSpec } from "./spec-file.ts";
import type { Step } from "./step.ts";

/**
 * `FDA Food Enforcement` -> `fda_food_enforcement`: what Fivetran takes as a connection's name
 * (`^[_a-z][_a-z0-9]*$` in its SDK). Throws `UserError` when nothing is left.
 */
export function connectorName(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain.replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  if (name === "") {
    throw new UserError(`The name ${JSON.stringify(title)} has no letter or digit to make a connector's name of.`, {
      hint: "Give the spec a name with latin letters: it becomes the folder and the connection's name.",
    });
  }
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** What a spec must have beyond its schema. */
export function checkSpec(spec: Spec): void {
  const stated = (spec.tables ?? []).filter((table) => typeof table !== "string");
  if (spec.target !== "fivetran") {
    throw new UserError(`The target ${spec.target} cannot be built yet.`, { hint: "Use target: fivetran." });
  }
  if (spec.source.docs.length === 0 && stated.length === 0) {
    throw new UserError("The spec names neither a description (source.docs) nor a table in full (tables).", {
      hint: "Add the address or path of an OpenAPI description under source.docs, or state each table with its path and key.",
    });
  }
  if (spec.source.docs.length === 0 && spec.source.base_url === undefined) {
    throw new UserError("source.base_url is missing, and there is no description to take it from.", {
      hint: "Add base_url: https://…",
    });
  }
}

/** `specPath` is where the spec is now; the settled requirements are what later steps read. */
export function requirementsStep(specPath: string): Step {
  const settle = async (): Promise<Requirements> => {
    const { spec, path } = await loadSpec(specPath);
    checkSpec(spec);
    return requirementsSchema.parse({ version: 1, name: connectorName(spec.name), spec, spec_address: path });
  };
  return {
    name: "requirements",
    inputs: settle,
    outputs: async ({ store }) => [store.path("requirements.json")],
    run: async ({ store }) => {
      const requirements = await settle();
      await store.write("requirements.json", requirements);
      const { source, tables } = requirements.spec;
      const auth = source.auth ? source.auth.kind.replaceAll("_", " ") : "as described";
      const wanted = tables ? `${tables.length} tables asked for` : "all tables that are found";
      return { outcome: "done", summary: `${source.kind} source, authentication ${auth}, ${wanted}` };
    },
  };
}
