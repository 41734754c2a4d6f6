/** One request to the real source. Redirects are followed by hand, so that credentials reach no other host. */
import { messageOf, UserError } from "../../../errors.ts";

export interface Outgoing {
  method: "GET" | "HEAD" | "POST";
  headers: Record<string, string>;
  body?: URLSearchParams | string;
  /** Hosts that a redirect may lead to: `url` as it is to be asked, or undefined for any other host. */
  confine: (url: URL) => URL | undefined;
  signal: AbortSignal;
  /** Until the whole answer is there. Default 60. */
  seconds?: number;
  /** Bytes of the body to read. Default: all. */
  maxBytes?: number;
}

export interface Incoming {
  /** Where the answer came from, after redirects. */
  address: URL;
  status: number;
  headers: Headers;
  text: string;
  /** Whether there was more than `maxBytes`. */
  cut: boolean;
  milliseconds: number;
  /** Set when the answer is a redirect to another host, which was not followed. */
  elsewhere?: URL;
}

const MAX_REDIRECTS = 5;

/** Throws `UserError` when there is no answer, or no end of redirects. */
export async function send(url: URL, outgoing: Outgoing): Promise<Incoming> {
  const started = performance.now();
  let address = url;
  let { method, body } = outgoing;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await sendOnce(address, { ...outgoing, method, ...(body === undefined ? {} : { body }) });
    const incoming = { ...answer, address, milliseconds: Math.round(performance.now() - started) };
    const to = redirectOf(answer, address);
    if (to === undefined) return incoming;
    const next = outgoing.confine(to);
    if (next === undefined) return { ...incoming, elsewhere: to };
    // As fetch does it: only 307 and 308 repeat the body.
    if (method === "POST" && answer.status !== 307 && answer.status !== 308) [method, body] = ["GET", undefined];
    address = next;
  }
  throw new UserError(`The source redirects ${place(url)} more than ${MAX_REDIRECTS} times.`);
}

type Once = Pick<Incoming, "status" | "headers" | "text" | "cut">;

async function sendOnce(url: URL, outgoing: Outgoing & { body?: URLSearchParams | string }): Promise<Once> {
  const seconds = outgoing.seconds ?? 60;
  const timeout = AbortSignal.timeout(seconds * 1000);
  const { method, headers, body } = outgoing;
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.any([outgoing.signal, timeout]),
      ...(body === undefined ? {} : { body }),
    });
    return {
      status: response.status,
      headers: response.headers,
      ...(await readText(response, outgoing.maxBytes ?? Number.POSITIVE_INFINITY)),
    };
  } catch (error) {
    outgoing.signal.throwIfAborted();
    const why = timeout.aborted ? `no complete answer within ${seconds} s` : messageOf((error as Error).cause ?? error);
    throw new UserError(`The source did not answer at ${place(url)}: ${why}.`, { cause: error });
  }
}

async function readText(response: Response, maxBytes: number): Promise<{ text: string; cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let room = maxBytes;
  let cut = false;
  for await (const chunk of response.body ?? []) {
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    chunks.push(kept);
    room -= kept.length;
    cut = kept.length < chunk.length;
    if (cut) break;
  }
  // As `response.text()` does it: without the mark at the beginning that some sources write.
  return { text: new TextDecoder().decode(Buffer.concat(chunks)), cut };
}

function redirectOf({ status, headers }: Once, from: URL): URL | undefined {
  const location = headers.get("location");
  if (![301, 302, 303, 307, 308].includes(status) || location === null || !URL.canParse(location, from.href))
    return undefined;
  return new URL(location, from);
}

/** Without the query, which may carry credentials. */
function place(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
