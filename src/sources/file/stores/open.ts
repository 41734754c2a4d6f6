/** Opening the place that a source names. */
import type { FileSource } from "../../../artifacts/kinds/file.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { LiveOptions } from "../../live.ts";
import { valuesOf } from "../configuration.ts";
import { openHttp } from "./http.ts";
import { openLocal } from "./local.ts";
import { openS3 } from "./s3.ts";
import { openSftp } from "./sftp.ts";
import type { Store } from "./store.ts";

/** Throws `UserError` when the store cannot be reached or does not let anybody in. */
export async function openStore(source: FileSource, options: LiveOptions): Promise<Store> {
  const values = valuesOf(source, options.configuration);
  const open = { local: openLocal, s3: openS3, sftp: openSftp, http: openHttp }[source.store];
  return open({ values, source, signal: options.signal });
}

/** Opens, uses and closes a store; what it throws names the location. */
export async function withStore<T>(
  source: FileSource,
  options: LiveOptions,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  let store: Store | undefined;
  try {
    store = await openStore(source, options);
    return await use(store);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw new UserError(`${source.location}: ${messageOf(error)}.`, { cause: error });
  } finally {
    await store?.close();
  }
}
