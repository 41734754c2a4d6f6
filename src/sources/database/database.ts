/** The kind of source that is a database: tables and views, read with SQL. */
import type { SourceKind } from "../kind.ts";
import { databaseClient, databaseTemplatesHash } from "./client.ts";
import { completeDatabase, databaseCredentials } from "./complete.ts";
import { describeDatabase } from "./describe/describe.ts";
import { countDatabase } from "./live/count.ts";
import { reachDatabase, readDatabase } from "./live/read.ts";
import { probeDatabase } from "./probe/probe.ts";
import { keptModule, tapeOf, whyNotKept } from "./python/contract.ts";
import { simulateDatabase } from "./simulate/simulate.ts";

export const databaseSource: SourceKind = {
  kind: "database",
  client: databaseClient,
  templatesHash: databaseTemplatesHash,
  describe: describeDatabase,
  // A file of DDL is read whole by `describe`; there is no part of it to choose from.
  outline: async () => undefined,
  credentials: databaseCredentials,
  complete: (source) => {
    if (source.kind !== "database") throw new Error(`the source is of kind ${source.kind}, not database`);
    return completeDatabase(source);
  },
  keeps: whyNotKept,
  keptModule,
  tape: tapeOf,
  simulate: simulateDatabase,
  probe: probeDatabase,
  reach: reachDatabase,
  read: readDatabase,
  count: countDatabase,
};
