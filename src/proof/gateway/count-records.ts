/** Counts the records of a JSON answer as it passes, from a copy of at most 1 MB. */
import { headerOf, type RawHeaders } from "./headers.ts";
import { unpack } from "./unpack.ts";

export interface RecordCounter {
  add(chunk: Uint8Array): void;
  /** Undefined when the answer was not JSON, too big, not whole, or has neither list nor object at the path. */
  result(): number | undefined;
}

const MAX_BYTES = 1024 * 1024;

/** `headers`: name and value by turns. `path`: dotted; "" is the whole answer. */
export function createCounter(headers: RawHeaders, path: string): RecordCounter {
  const json = /\bjson\b/i.test(headerOf(headers, "content-type"));
  const encoding = headerOf(headers, "content-encoding");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    add: (chunk) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) chunks.length = 0;
      else if (json) chunks.push(chunk);
    },
    result: () => {
      if (!json || bytes === 0 || bytes > MAX_BYTES) return undefined;
      const document = readJson(Buffer.concat(chunks), encoding);
      return document === undefined ? undefined : countAt(document.value, path);
    },
  };
}

/** Undefined for what cannot be unpacked or parsed: the answer is somebody else's and may be broken on purpose. */
function readJson(bytes: Buffer, encoding: string): { value: unknown } | undefined {
  try {
    const text = unpack(bytes, encoding)?.toString("utf8");
    return text === undefined ? undefined : { value: JSON.parse(text) };
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

/** A list has as many records as elements; a single object is one. */
function countAt(document: unknown, path: string): number | undefined {
  let place = document;
  for (const step of path === "" ? [] : path.split(".")) {
    if (typeof place !== "object" || place === null) return undefined;
    place = (place as Record<string, unknown>)[step];
  }
  if (Array.isArray(place)) return place.length;
  return typeof place === "object" && place !== null ? 1 : undefined;
}
