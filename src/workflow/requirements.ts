/** Step 1: settles the spec. Without a model nothing is asked: what is missing is an error that names it. */

import { advancesOf } from "../artifacts/blueprint.ts";
import type { FileStore } from "../artifacts/kinds/file.ts";
import { type Requirements, requirementsSchema } from "../artifacts/requirements.ts";
import { type Spec, TABLE_FIELDS_OF_KIND, webSpec } from "../artifacts/spec.ts";
import { UserError } from "../errors.ts";
import { adoptedSecrets } from "./adopt.ts";
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
  refuseStrays(spec);
  const { source } = spec;
  if (spec.adopted && spec.target === "both") {
    throw new UserError("An adopted connector is written for one target, and the spec's target is both.", {
      hint: "Write target: fivetran, or target: lakeflow.",
    });
  }
  const { destination } = spec;
  if (destination?.connection !== undefined && !["postgresql", "duckdb"].includes(destination.type)) {
    throw new UserError(
      `destination.connection cannot be used for ${destination.type}: only PostgreSQL and DuckDB are read.`,
      {
        hint: "Write destination.type: postgresql or duckdb, or leave the connection away: the SQL to look with is written.",
      },
    );
  }
  if (source.kind === "rest") checkRest(spec);
  else need(source, neededOf(source));
}

/** Field -> an example of it. */
function neededOf(source: Exclude<Spec["source"], { kind: "rest" }>): Readonly<Record<string, string>> {
  switch (source.kind) {
    case "graphql":
      return { base_url: "base_url: https://…/graphql" };
    case "database":
      return source.engine === "sqlite"
        ? { path: "path: ./shop.db" }
        : { host: "host: db.example.com", database: "database: shop", user: "user: reader" };
    case "file":
      return NEEDED_OF_STORE[source.store];
  }
}

const NEEDED_OF_STORE: { readonly [S in FileStore]: Readonly<Record<string, string>> } = {
  local: { path: "path: ./exports" },
  s3: { bucket: "bucket: my-bucket" },
  sftp: {
    host: "host: files.example.com",
    user: "user: reader",
    host_key: "host_key: what `ssh-keyscan HOST` prints",
  },
  http: { base_url: "base_url: https://…" },
};

/** Fields without which nothing can be read, each with an example. */
function need(source: Spec["source"], fields: Readonly<Record<string, string>>): void {
  const stated = source as Readonly<Record<string, unknown>>;
  const missing = Object.keys(fields).find((field) => stated[field] === undefined);
  if (missing === undefined) return;
  throw new UserError(`source.${missing} is missing.`, { hint: `Add ${fields[missing]}` });
}

/** What a table states has to be of the source's kind. */
function refuseStrays({ source: { kind }, tables = [] }: Spec): void {
  const own = Object.keys(TABLE_FIELDS_OF_KIND[kind]);
  const others = Object.entries(TABLE_FIELDS_OF_KIND).filter(([other]) => other !== kind);
  for (const table of tables) {
    if (typeof table === "string") continue;
    const stated = Object.entries(table).filter(([, value]) => value !== undefined);
    for (const [field] of stated) {
      const of = others.find(([, fields]) => field in fields)?.[0];
      if (of === undefined || own.includes(field)) continue;
      throw new UserError(`The table ${table.name} states ${field}, which is for ${of} sources; this one is ${kind}.`, {
        hint: own.length > 0 ? `Here a table may state ${own.join(", ")}.` : `Leave ${field} away.`,
      });
    }
    const advance = typeof table.incremental === "object" ? table.incremental.kind : "full";
    if (!advancesOf(kind).includes(advance)) {
      throw new UserError(`The table ${table.name} has incremental ${advance}, which a ${kind} source does not know.`, {
        hint: `Possible here: ${advancesOf(kind).join(", ")}.`,
      });
    }
  }
}

function checkRest(spec: Spec): void {
  const stated = (spec.tables ?? []).filter((table) => typeof table !== "string");
  if (spec.source.kind !== "rest") return;
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
    run: async ({ store, redactor }) => {
      const requirements = await settle();
      redactor.add(...(await adoptedSecrets(requirements, store.directory)));
      await store.write("requirements.json", requirements);
      const { source, tables } = requirements.spec;
      const { auth } = webSpec(source);
      const isWeb = source.kind === "rest" || source.kind === "graphql";
      const access = isWeb ? `, authentication ${auth ? auth.kind.replaceAll("_", " ") : "as described"}` : "";
      const wanted = tables ? `${tables.length} tables asked for` : "all tables that are found";
      return { outcome: "done", summary: `${source.kind} source${access}, ${wanted}` };
    },
  };
}
