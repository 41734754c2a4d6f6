/**
 * Asking the real source, read-only, from here: a second route to the same rows, which shares no code with any
 * connector. It is deliberately plain: no state, no retries beyond one, a new token where one has worn out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { UserError } from "../../../errors.ts";
import { atPath, isRecord, parseExactly } from "../../answers/exact.ts";
import { authenticate, type Credentials } from "../../http/live/credentials.ts";
import { hostsOf, otherHost } from "../../http/live/hosts.ts";
import { send } from "../../http/live/transport.ts";
import type { LiveOptions } from "../../live.ts";
import type { Json, Record_ } from "../../record.ts";

export interface GraphqlAnswer {
  status: number;
  data: Record_ | undefined;
  /** One line each: message and path. */
  errors: string[];
  /** Whether the answer is one of a GraphQL server at all. */
  known: boolean;
}

export interface GraphqlClient {
  /** Throws `UserError` when the source cannot be reached, redirects to another host, or gives no token. */
  ask: (query: string, variables: Record_) => Promise<GraphqlAnswer>;
}

const THROTTLED = /thrott|rate.?limit|too.?many/i;

export function createGraphqlClient(
  source: HttpSource,
  { configuration, signal, seconds = 60 }: LiveOptions & { seconds?: number },
): GraphqlClient {
  const hosts = hostsOf(source, configuration);
  const tokens = source.auth.kind === "oauth2_client_credentials" || source.auth.kind === "session";
  let login: Promise<Credentials> | undefined;
  let proven = false;
  const post = async (body: string): Promise<{ answer: GraphqlAnswer; wait: number }> => {
    login ??= authenticate({ auth: source.auth, hosts, configuration, signal });
    const { headers, query } = await login;
    const incoming = await send(hosts.address("", query), {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json", ...source.headers, ...headers },
      body,
      confine: hosts.confine,
      signal,
      seconds,
    });
    if (incoming.elsewhere) throw otherHost(incoming.elsewhere);
    const wait = Number(incoming.headers.get("retry-after"));
    return { answer: answerOf(incoming.status, parseExactly(incoming.text)), wait: wait > 0 ? Math.min(wait, 60) : 1 };
  };
  const patiently = async (body: string): Promise<GraphqlAnswer> => {
    const { answer, wait } = await post(body);
    const busy = answer.status === 429 || answer.status >= 500 || answer.errors.some((text) => THROTTLED.test(text));
    if (!busy) return answer;
    await sleep(wait * 1000, undefined, { signal });
    return (await post(body)).answer;
  };
  return {
    ask: async (query, variables) => {
      const body = writeExactly({ query, variables });
      let answer = await patiently(body);
      // A token wears out; one that never let a request in is refused for another reason.
      if (answer.status === 401 && tokens && proven) {
        [login, proven] = [undefined, false];
        answer = await patiently(body);
      }
      if (answer.status < 400) proven = true;
      return answer;
    },
  };
}

/** Integers beyond 2^53 as plain digits, which `JSON.stringify` does not know. */
function writeExactly(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(writeExactly).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${writeExactly(member)}`)
    .join(",")}}`;
}

export function answerOf(status: number, body: Json | undefined): GraphqlAnswer {
  const root = isRecord(body) ? body : {};
  const errors = Array.isArray(root.errors) ? root.errors.map(problemOf) : [];
  return {
    status,
    data: isRecord(root.data) ? root.data : undefined,
    errors,
    known: "data" in root || errors.length > 0,
  };
}

function problemOf(error: Json): string {
  if (!isRecord(error)) return String(error);
  const path = Array.isArray(error.path) ? ` (at ${error.path.map(String).join(".")})` : "";
  const code = atPath(error, "extensions.code");
  return `${typeof code === "string" ? `${code}: ` : ""}${String(error.message ?? "no message").slice(0, 300)}${path}`;
}

/** The data of an answer without errors. Throws `UserError` for any other: partial data is no data. */
export function dataOf(answer: GraphqlAnswer, what: string): Record_ {
  if (answer.errors.length > 0) {
    throw new UserError(
      `The source answers the query for ${what} with errors: ${answer.errors.slice(0, 3).join("; ")}.`,
    );
  }
  if (answer.status >= 400 || answer.data === undefined) {
    throw new UserError(`The source answers the query for ${what} with status ${answer.status} and no data.`);
  }
  return answer.data;
}
