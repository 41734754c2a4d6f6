/**
 * Asking the real source, read-only, from here: a second route to the same rows, which shares no code with any
 * connector. It is deliberately plain: no state, no retries beyond one, a new token where one has worn out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { UserError } from "../../../errors.ts";
import { parseExactly } from "../../answers/exact.ts";
import type { LiveOptions } from "../../live.ts";
import type { Json } from "../../record.ts";
import { authenticate, type Credentials } from "./credentials.ts";
import { hostsOf, otherHost } from "./hosts.ts";
import { send } from "./transport.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** Undefined when the answer is no JSON. */
  body: Json | undefined;
}

/** Where a client's requests go. */
export interface Addresses {
  /** The absolute address of a path below the base. */
  address: (path: string, params: Record<string, string>) => URL;
  /**
   * An address that an answer gives, relative to the one it answered. Throws `UserError` when it leads to another host:
   * the credentials are not for that one.
   */
  follow: (next: string, from: URL) => URL;
}

export interface LiveClient extends Addresses {
  /** `address` is absolute. Throws `UserError` when the source cannot be reached, or redirects to another host. */
  get: (address: URL) => Promise<Answer>;
}

export function createLiveClient(
  { source }: { source: HttpSource },
  { configuration, signal }: LiveOptions,
): LiveClient {
  const hosts = hostsOf(source, configuration);
  const tokens = source.auth.kind === "oauth2_client_credentials" || source.auth.kind === "session";
  let login: Promise<Credentials> | undefined;
  /** Whether the credentials of `login` have let a request in. */
  let proven = false;
  const request = async (url: URL, headers: Record<string, string>): Promise<Answer> => {
    const answer = await send(url, { method: "GET", headers, confine: hosts.confine, signal });
    if (answer.elsewhere) throw otherHost(answer.elsewhere);
    return { status: answer.status, headers: answer.headers, body: parseExactly(answer.text) };
  };
  const ask = async (address: URL): Promise<Answer> => {
    login ??= authenticate({ auth: source.auth, hosts, configuration, signal });
    const { headers, query } = await login;
    const url = new URL(address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const sent = { ...source.headers, ...headers };
    const first = await request(url, sent);
    if (first.status !== 429 && first.status < 500) return first;
    const wait = Number(first.headers.get("retry-after"));
    await sleep(Number.isFinite(wait) && wait > 0 ? Math.min(wait, 60) * 1000 : 1000, undefined, { signal });
    return request(url, sent);
  };
  return {
    address: hosts.address,
    follow: (next, from) => follow(next, from, hosts.confine),
    get: async (address) => {
      let answer = await ask(address);
      // A token wears out; one that never let a request in is refused for another reason.
      if (answer.status === 401 && tokens && proven) {
        [login, proven] = [undefined, false];
        answer = await ask(address);
      }
      if (answer.status < 400) proven = true;
      return answer;
    },
  };
}

/** See `Addresses.follow`. */
export function follow(next: string, from: URL, confine: (url: URL) => URL | undefined): URL {
  if (!URL.canParse(next, from.href))
    throw new UserError(`The source gives a next page that is no address: ${next.slice(0, 80)}`);
  const url = new URL(next, from);
  const confined = confine(url);
  if (confined === undefined) throw otherHost(url);
  return confined;
}
