/** The file kind of source. */
import type { SourceKind } from "../kind.ts";
import { fileClient, fileTemplatesHash } from "./client.ts";
import { completeFile, fileReferences } from "./configuration.ts";
import { describeFiles, outlineFiles } from "./describe/describe.ts";
import { countFiles } from "./live/count.ts";
import { reachFiles, readFiles } from "./live/read.ts";
import { probeFiles } from "./probe/probe.ts";
import { keptModule, whyNotKept } from "./python/contract.ts";
import { simulateFiles } from "./simulate/simulate.ts";

export const fileSource: SourceKind = {
  kind: "file",
  client: fileClient,
  templatesHash: fileTemplatesHash,
  describe: describeFiles,
  outline: outlineFiles,
  credentials: fileReferences,
  complete: (source) => {
    if (source.kind !== "file") throw new Error(`a source of kind ${source.kind} was given to the file kind`);
    return completeFile(source);
  },
  keeps: whyNotKept,
  keptModule,
  simulate: simulateFiles,
  probe: probeFiles,
  reach: reachFiles,
  read: readFiles,
  count: countFiles,
};
