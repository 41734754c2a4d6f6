/** The REST kind of source. */
import type { SourceKind } from "../kind.ts";
import { completeRest } from "./complete.ts";
import { credentialReferences, describeRest } from "./describe/describe.ts";
import { outlineRest } from "./describe/outline.ts";
import { lookRest } from "./live/look.ts";
import { reachRest, readRest } from "./live/read.ts";
import { probeRest } from "./probe/probe.ts";
import { simulateRest } from "./simulate/simulate.ts";

export const restSource: SourceKind = {
  kind: "rest",
  describe: describeRest,
  outline: outlineRest,
  credentials: ({ spec }) => {
    const { auth, base_url } = spec.source;
    return { ...(base_url ? { base_url } : {}), ...(auth ? credentialReferences(auth) : {}) };
  },
  complete: completeRest,
  simulate: simulateRest,
  look: lookRest,
  probe: probeRest,
  reach: reachRest,
  read: readRest,
};
