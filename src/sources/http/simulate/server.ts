/** The HTTP side of the stand-in: bodies in, answers out, every request on record. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, UserError } from "../../../errors.ts";
import type { SeenRequest } from "../../simulator.ts";
import { writeJson } from "./exact.ts";
import { type Answer, type Asked, Refusal, refusalAnswer } from "./exchange.ts";

export interface JsonServer {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export interface JsonServerOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** May throw `Refusal`. */
  answer: (asked: Asked) => Answer;
  /** Query parameters whose values are not put on record. */
  hide: (name: string) => boolean;
  /** The time that answers bear, microseconds since 1970; default: the time it is. */
  clock?: () => bigint;
}

/** No token request or login is near this. */
const MAX_BODY_BYTES = 64 * 1024;

/** Listens on loopback. Throws `UserError` when the port is taken. */
export async function startJsonServer(options: JsonServerOptions): Promise<JsonServer> {
  const started = performance.now();
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void serve(request, response, {
      options,
      record: (seen) => requests.push({ at: performance.now() - started, ...seen }),
    });
  });
  // Longer than clients pause between requests: a connection closed under their hands would look like a fault.
  server.keepAliveTimeout = 120_000;
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new UserError(`The simulated source cannot listen on port ${port}: ${messageOf(cause)}`, {
      hint: "Choose another port, or none to get a free one.",
      cause,
    });
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  context: { options: JsonServerOptions; record: (seen: Omit<SeenRequest, "at">) => void },
): Promise<void> {
  const { options, record } = context;
  const { path, query } = splitTarget(request.url ?? "/");
  const method = request.method ?? "GET";
  let answer: Answer;
  try {
    const body = await readBody(request);
    answer = options.answer({ method, path, query, headers: request.headers, body, origin: originOf(request) });
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    answer = refusalAnswer(error instanceof Refusal ? error : brokenServer(error));
  }
  const shown = query.map(([name, value]): [string, string] => [name, options.hide(name) ? "***" : value]);
  const { table, records = 0, seen = { path, query: shown } } = answer;
  record({ method, ...seen, status: answer.status, records, ...(table === undefined ? {} : { table }) });
  const text = writeJson(answer.body);
  response.writeHead(answer.status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...(options.clock ? { date: new Date(Number(options.clock() / 1000n)).toUTCString() } : {}),
    ...answer.headers,
  });
  response.end(text);
}

/** The path stays as it came: `%2F` in a key is not a slash. */
function splitTarget(target: string): { path: string; query: [string, string][] } {
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, query: [] };
  return { path: target.slice(0, mark), query: [...new URLSearchParams(target.slice(mark + 1))] };
}

/** The address the client used, also when it came through a proxy that says so. */
function originOf(request: IncomingMessage): string {
  const { host } = request.headers;
  const [forwarded, scheme] = ["x-forwarded-host", "x-forwarded-proto"].map((name) => request.headers[name]);
  if (typeof forwarded === "string") return `${typeof scheme === "string" ? scheme : "http"}://${forwarded}`;
  return `http://${host ?? "127.0.0.1"}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  // Only once all of it is here: who is still sending does not read an answer.
  if (bytes > MAX_BODY_BYTES) throw new Refusal(413, { code: "too_large", message: "The body is too large." });
  return Buffer.concat(chunks).toString();
}

/** A mistake of ours must be seen where it happens, in the answer, not as a request that hangs. */
function brokenServer(error: unknown): Refusal {
  const message = `The simulated source is broken: ${messageOf(error)}`;
  return new Refusal(500, { code: "simulator_error", message });
}
