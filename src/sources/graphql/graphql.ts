/** The GraphQL kind of source. */
import { credentialReferences } from "../http/describe/configuration.ts";
import type { SourceKind } from "../kind.ts";
import { completeGraphql } from "./complete.ts";
import { describeGraphql } from "./describe/describe.ts";
import { outlineGraphql } from "./describe/outline.ts";
import { graphqlSpec } from "./describe/schema-document.ts";
import { countGraphql } from "./live/count.ts";
import { lookGraphql } from "./live/look.ts";
import { reachGraphql, readGraphql } from "./live/read.ts";
import { probeGraphql } from "./probe/probe.ts";
import { clientGraphql, graphqlTemplatesHash } from "./python/client.ts";
import { simulateGraphql } from "./simulate/simulate.ts";

export const graphqlSource: SourceKind = {
  kind: "graphql",
  client: clientGraphql,
  templatesHash: graphqlTemplatesHash,
  describe: describeGraphql,
  outline: outlineGraphql,
  credentials: (requirements) => {
    const { auth, base_url } = graphqlSpec(requirements);
    return { ...(base_url ? { base_url } : {}), ...(auth ? credentialReferences(auth) : {}) };
  },
  complete: (source) => completeGraphql(graphqlOnly(source)),
  keeps: () => undefined,
  simulate: simulateGraphql,
  look: (source, look, options) => lookGraphql(graphqlOnly(source), look, options),
  probe: probeGraphql,
  reach: reachGraphql,
  read: readGraphql,
  count: countGraphql,
};

type Source = Parameters<SourceKind["complete"]>[0];

function graphqlOnly(source: Source): Extract<Source, { kind: "graphql" }> {
  if (source.kind !== "graphql") throw new Error(`the source is of kind ${source.kind}, not graphql`);
  return source;
}
