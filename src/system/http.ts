/** Fetching people's documents: http(s) only, bounded in size and time. Passed in as an argument. */
import { messageOf, UserError } from "../errors.ts";

export interface Fetched {
  /** After redirects. */
  address: string;
  status: number;
  contentType: string;
  text: string;
}

export interface Http {
  /** Throws `UserError` when the address is not http(s), cannot be reached, is too large or too slow. */
  get(address: string, options: { signal: AbortSignal; maxBytes?: number; seconds?: number }): Promise<Fetched>;
}

/** Descriptions of big APIs reach 20 MB. */
const MAX_BYTES = 40 * 1024 * 1024;

export const http: Http = {
  async get(address, { signal, maxBytes = MAX_BYTES, seconds = 60 }) {
    if (!/^https?:\/\//i.test(address))
      throw new UserError(`Only http and https addresses are fetched, not ${address}.`);
    const timeout = AbortSignal.timeout(seconds * 1000);
    try {
      const response = await fetch(address, {
        signal: AbortSignal.any([signal, timeout]),
        redirect: "follow",
        headers: {
          accept: "application/json, application/yaml, text/html;q=0.9, */*;q=0.5",
          "user-agent": "syncsmith",
        },
      });
      const text = await readBounded(response, maxBytes);
      return {
        address: response.url,
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        text,
      };
    } catch (error) {
      if (error instanceof UserError || signal.aborted) throw error;
      const why = timeout.aborted
        ? `no complete answer within ${seconds} s`
        : messageOf((error as Error).cause ?? error);
      throw new UserError(`${address} could not be fetched: ${why}.`, {
        hint: "Check the address and the network, or save the document and give its path.",
        cause: error,
      });
    }
  },
};

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes)
      throw new UserError(`${response.url} is larger than ${Math.round(maxBytes / 1024 / 1024)} MB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
