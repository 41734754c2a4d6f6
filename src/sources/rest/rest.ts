/** The REST kind of source. */
import type { SourceKind } from "../kind.ts";
import { credentialReferences, describeRest } from "./describe/describe.ts";
import { reachRest, readRest } from "./live/read.ts";
import { simulateRest } from "./simulate/simulate.ts";

export const restSource: SourceKind = {
  kind: "rest",
  describe: describeRest,
  credentials: ({ spec }) => {
    const { auth, base_url } = spec.source;
    return { ...(base_url ? { base_url } : {}), ...(auth ? credentialReferences(auth) : {}) };
  },
  simulate: simulateRest,
  reach: reachRest,
  read: readRest,
};
