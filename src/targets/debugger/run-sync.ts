/** What every sync is around its session: the warehouse opened and closed, failures of the connector made results. */
import { ConnectorFault } from "../../warehouse/fault.ts";
import type { SyncWriter } from "../../warehouse/warehouse.ts";
import type { SyncRequest, SyncResult } from "../target.ts";
import { createProgress, type Progress } from "./progress.ts";
import { configurationRedactor } from "./redact.ts";
import { SyncFailure } from "./watch.ts";

/** What a session works with. */
export interface Work {
  writer: SyncWriter;
  progress: Progress;
}

/** Rejects only for faults of ours, or with the signal's reason when aborted. */
export async function runSync(
  request: SyncRequest & Required<Pick<SyncRequest, "naming">>,
  session: (work: Work) => Promise<void>,
): Promise<SyncResult> {
  request.signal?.throwIfAborted();
  const redact = configurationRedactor(request.configuration, request.secretKeys);
  const progress = createProgress(request, redact);
  const writer = await request.warehouse.begin({ naming: request.naming });
  let failure: SyncFailure | undefined;
  let keep = false;
  try {
    await session({ writer, progress });
    keep = true;
  } catch (error) {
    if (error instanceof SyncFailure) failure = error;
    else if (error instanceof ConnectorFault) failure = new SyncFailure(error.message);
    else throw error;
  } finally {
    await writer.finish({ keep });
  }
  request.signal?.throwIfAborted();
  return progress.result({ writer, reason: failure === undefined ? undefined : redact(failure.message) });
}

/** Ends the sync where the request wants it killed: its rows up to here are in the warehouse for good. */
export function killAtCheckpoint({ killAfterCheckpoint }: SyncRequest, { operations }: Progress): void {
  if (operations.checkpoints !== killAfterCheckpoint) return;
  throw new SyncFailure(`killed after checkpoint ${killAfterCheckpoint}, as asked`);
}

/** The same between two checkpoints: the rows since the last one are lost, as on the platform. */
export function killAtRow({ killAfterRows }: SyncRequest, { operations }: Progress): void {
  if (killAfterRows === undefined || operations.upserts + operations.updates < killAfterRows) return;
  throw new SyncFailure(`killed after row ${killAfterRows}, as asked`);
}
