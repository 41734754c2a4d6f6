/** Starting a sync of a connection, after a person's yes: one that is paused has to be started itself first. */
import { z } from "zod";
import { messageOf } from "../../../errors.ts";
import { count } from "../../../wording/numbers.ts";
import type { Starting, WatchRequest } from "../../watching.ts";
import { type FivetranApi, FivetranError } from "../api/client.ts";
import type { Connection } from "../api/shapes.ts";

export interface Start {
  /** Whether a sync is to be waited for. */
  started: boolean;
  /** As far as it is known to have changed. */
  connection: Connection;
  /** For people, as clauses. */
  remarks: string[];
}

type Agreed = Pick<WatchRequest, "seconds"> & { agree: NonNullable<WatchRequest["agree"]> };

/** What could not be started is said, and is no failure of the connector. */
export async function startSync(api: FivetranApi, connection: Connection, { seconds, agree }: Agreed): Promise<Start> {
  if (!(await agree(startingOf(connection, seconds)))) return { started: false, connection, remarks: [] };
  const path = `connections/${encodeURIComponent(connection.id)}`;
  let present = connection;
  try {
    if (connection.paused) {
      await api.patch(path, z.unknown(), { body: { paused: false } });
      present = { ...connection, paused: false };
    }
    // Without force: a sync that the start itself has brought is not broken off.
    await api.post(`${path}/sync`, z.unknown(), { body: { force: false } });
    return { started: true, connection: present, remarks: ["a sync was started from here"] };
  } catch (error) {
    if (!(error instanceof FivetranError)) throw error;
    const half = present.paused === connection.paused ? [] : ["it is not paused any more"];
    // After a broken answer it may have begun all the same.
    const unknown = error.status === undefined || error.status >= 500;
    return {
      started: unknown && !present.paused,
      connection: present,
      remarks: [
        ...half,
        `${unknown ? "whether a sync was started is not known" : "no sync could be started"}: ${messageOf(error)}`,
      ],
    };
  }
}

/** The same as long as the connection is. */
function startingOf({ id, schema, paused, sync_frequency }: Connection, seconds: number): Starting {
  const rhythm = sync_frequency ? `every ${count(sync_frequency)} minutes` : "in the rhythm that is set for it";
  return {
    question: paused ? `Start the connection ${schema} and sync it now?` : `Sync the connection ${schema} now?`,
    lines: [
      ...(paused
        ? [`the connection ${schema} (${id}) is paused: it is started, and from then on syncs by itself, ${rhythm}`]
        : [`the connection ${schema} (${id}) is not paused, and no sync of it has ended since the deployment`]),
      "a sync is started now, into the destination; its rows count towards what the account pays for",
      `it is waited for ${count(seconds)} s at most, and goes on by itself after that`,
    ],
  };
}
