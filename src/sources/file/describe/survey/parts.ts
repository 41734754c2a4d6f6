/** Reading a file, or parts of one that is large, and saying which one cannot be read. */
import type { Readable } from "node:stream";
import { messageOf, UserError } from "../../../../errors.ts";
import { unzipped } from "../../formats/records.ts";
import type { StoredFile } from "../../stores/store.ts";
import type { Context } from "./context.ts";

const PART_BYTES = 128 * 1024;
/** Of the first lines, for quoting. */
export const HEAD_CHARACTERS = 2000;

/** Head, middle and tail of a file, or all of it; of what is compressed the beginning. */
export async function partsOf({ store, group, whole }: Context, file: StoredFile): Promise<Buffer[]> {
  const gzip = group.compression === "gzip";
  if (whole || file.size === undefined || file.size <= 3 * PART_BYTES || gzip) {
    const stream = await store.read(file.name);
    return [await collect(gzip ? unzipped(stream) : stream, whole ? undefined : 3 * PART_BYTES)];
  }
  const middle = Math.floor(file.size / 2 / 4) * 4;
  const tail = Math.floor((file.size - PART_BYTES) / 4) * 4;
  const starts = [0, middle, tail];
  return Promise.all(
    starts.map(async (start) =>
      collect(await store.read(file.name, { start, end: Math.min(start + PART_BYTES, file.size ?? 0) - 1 }), undefined),
    ),
  );
}

async function collect(stream: Readable, limit: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (limit !== undefined && length >= limit) break;
  }
  stream.destroy();
  return Buffer.concat(chunks);
}

/** Runs `read`; what goes wrong is told with the name of the file. */
export async function named<T>(file: StoredFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file.name} cannot be read: ${whatIsWrong(error)}.`, {
      hint: "Have it delivered again, whole.",
      cause: error,
    });
  }
}

/** In the file's own terms: copies of ours that it was read from are nobody's business. */
function whatIsWrong(error: unknown): string {
  const [what = ""] = messageOf(error).split("\n");
  if (what === "unexpected end of file") return "it ends in the middle of its compressed data";
  return what
    .replace(/^(Invalid Input|IO) Error: /, "")
    .replace(/ ?'[^']*copy\.parquet'/, "")
    .replace(/\.$/, "");
}
