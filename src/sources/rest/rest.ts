/** The REST kind of source. */

import { type Blueprint, blueprintOf, type RestBlueprint, type Source } from "../../artifacts/blueprint.ts";
import { requirementsOf } from "../../artifacts/requirements.ts";
import { credentialReferences } from "../http/describe/configuration.ts";
import { lookRest } from "../http/live/look.ts";
import type { SourceKind } from "../kind.ts";
import { completeRest } from "./complete.ts";
import { describeRest } from "./describe/describe.ts";
import { outlineRest } from "./describe/outline.ts";
import { countRest } from "./live/count.ts";
import { reachRest, readRest } from "./live/read.ts";
import { probeRest } from "./probe/probe.ts";
import { clientRest, restTemplatesHash } from "./python/client.ts";
import { simulateRest } from "./simulate/simulate.ts";

export const restSource: SourceKind = {
  kind: "rest",
  client: async (blueprint) => clientRest(rest(blueprint)),
  templatesHash: restTemplatesHash,
  describe: (requirements, context) => describeRest(requirementsOf(requirements, "rest"), context),
  outline: outlineRest,
  credentials: (requirements) => {
    const { auth, base_url } = requirementsOf(requirements, "rest").spec.source;
    return { ...(base_url ? { base_url } : {}), ...(auth ? credentialReferences(auth) : {}) };
  },
  complete: (source) => completeRest(restOnly(source)),
  keeps: () => undefined,
  simulate: (blueprint, options) => simulateRest(rest(blueprint), options),
  look: (source, look, options) => lookRest(restOnly(source), look, options),
  probe: (blueprint, options) => probeRest(rest(blueprint), options),
  reach: (blueprint, options) => reachRest(rest(blueprint), options),
  read: (blueprint, table, options) => readRest(rest(blueprint), table, options),
  count: (blueprint, table, options) => countRest(rest(blueprint), table, options),
};

function rest(blueprint: Blueprint): RestBlueprint {
  return blueprintOf(blueprint, "rest");
}

/** Another kind here is a bug of ours, not of the person's. */
function restOnly(source: Source): RestBlueprint["source"] {
  if (source.kind !== "rest") throw new Error(`The source is of kind ${source.kind}, not rest.`);
  return source;
}
