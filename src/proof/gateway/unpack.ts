/** Undoing the Content-Encoding of a body. */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

/** Undefined for an encoding that is not known. Throws for bytes that are not packed so, and beyond 16 MB. */
export function unpack(bytes: Buffer, encoding: string): Buffer | undefined {
  const limit = { maxOutputLength: MAX_UNPACKED_BYTES };
  switch (encoding.trim().toLowerCase()) {
    case "":
    case "identity":
      return bytes;
    case "gzip":
    case "x-gzip":
      return gunzipSync(bytes, limit);
    case "deflate":
      return inflateSync(bytes, limit);
    case "br":
      return brotliDecompressSync(bytes, limit);
    default:
      return undefined;
  }
}
