/**
 * `syncsmith mcp`: on stdio for one client, or on HTTP for several. Stdout belongs to the protocol: everything else goes to
 * stderr. When the client goes, what is at work ends in order; what is done is kept.
 */

import { timingSafeEqual } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { EXIT, type ExitCode, messageOf, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { sha256 } from "../../system/files.ts";
import { createMcp } from "./server.ts";
import type { Server } from "./state.ts";

export interface ServeRequest {
  /** `PORT` or `HOST:PORT`; undefined: stdio. */
  http?: string | undefined;
}

/** Name of the environment variable with the token that HTTP clients must send. */
export const TOKEN = "SYNCSMITH_MCP_TOKEN";
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const HIGHEST_PORT = 65_535;

export async function serve({ http }: ServeRequest, given: CommandContext): Promise<ExitCode> {
  const { stderr } = given.streams;
  // A host that does not fill in its variables would have us make a folder of that name.
  if (given.workspace.includes("${"))
    throw new UserError(`The workspace ${given.workspace} holds a variable that the host did not fill in.`);
  const context: CommandContext = { ...given, streams: { stdout: stderr, stderr } };
  let made: Promise<Server> | undefined;
  const server = () => {
    made ??= import("./state.ts").then(({ createServer }) => createServer(context));
    return made;
  };
  const factory = () => createMcp(server);
  const onerror = (error: Error) => void stderr.write(`mcp: ${messageOf(error).split("\n")[0]}\n`);
  try {
    if (http === undefined) await onStdio(factory, { onerror, signal: context.signal });
    else await onHttp(http, { factory, onerror, context });
  } finally {
    await (await made)?.runs.close();
  }
  return EXIT.done;
}

type Factory = () => ReturnType<typeof createMcp>;
type OnError = (error: Error) => void;

async function onStdio(
  factory: Factory,
  { onerror, signal }: { onerror: OnError; signal: AbortSignal },
): Promise<void> {
  const handle = serveStdio(factory, { onerror });
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await handle.close();
}

interface Http {
  factory: Factory;
  onerror: OnError;
  context: CommandContext;
}

async function onHttp(place: string, { factory, onerror, context }: Http): Promise<void> {
  const { localhostHostValidation, localhostOriginValidation, toNodeHandler } = await import(
    "@modelcontextprotocol/node"
  );
  const { host, port } = placeOf(place);
  const token = context.environment[TOKEN];
  const isLocal = LOOPBACK.has(host);
  if (!isLocal && !token) {
    throw new UserError(`${host} can be reached from other machines, and no token is set.`, {
      hint: `Set ${TOKEN}, which clients then send as a bearer token; or serve on 127.0.0.1:${port}.`,
      exitCode: EXIT.refused,
    });
  }
  const handler = createMcpHandler(factory, { onerror });
  // The adapter's own types were written without `exactOptionalPropertyTypes`.
  const serveMcp = toNodeHandler(handler) as (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  // Pages of a browser must not reach a server on the same machine, whatever name they give it.
  const hostIsRight = isLocal ? localhostHostValidation() : () => true;
  const originIsRight = localhostOriginValidation();
  const listener = createHttpServer((request, response) => {
    if (!hostIsRight(request, response) || !originIsRight(request, response)) return;
    if (new URL(request.url ?? "/", "http://localhost").pathname !== "/mcp")
      return plain(response, 404, "The server is at /mcp.");
    if (token && !sendsToken(request, token)) {
      response.setHeader("WWW-Authenticate", "Bearer");
      return plain(response, 401, `A bearer token is needed: the value of ${TOKEN}.`);
    }
    void serveMcp(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", (error: NodeJS.ErrnoException) => reject(refused(error, place)));
    listener.listen(port, host, resolve);
  });
  const address = listener.address();
  const real = typeof address === "object" && address !== null ? address.port : port;
  context.streams.stderr.write(`MCP server at http://${host.includes(":") ? `[${host}]` : host}:${real}/mcp\n`);
  if (!context.signal.aborted) {
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true }));
  }
  await handler.close();
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
}

/** `8420`, `127.0.0.1:8420`, `[::1]:8420`. Throws `UserError`. */
function placeOf(text: string): { host: string; port: number } {
  const [, bracketed, name, digits = ""] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port > HIGHEST_PORT) {
    throw new UserError(`--http ${text} is no port and no HOST:PORT.`, { hint: "For example: --http 8420" });
  }
  return { host: bracketed ?? name ?? "127.0.0.1", port };
}

function refused(error: NodeJS.ErrnoException, place: string): Error {
  const why = { EADDRINUSE: "is in use", EACCES: "may not be used", EADDRNOTAVAIL: "is no address of this machine" }[
    error.code ?? ""
  ];
  if (why === undefined) return error;
  return new UserError(`${place} ${why}.`, { hint: "Choose another with --http HOST:PORT.", cause: error });
}

/** Compared as hashes: the time it takes tells nothing. */
function sendsToken(request: IncomingMessage, token: string): boolean {
  const [, sent = ""] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
  return timingSafeEqual(Buffer.from(sha256(sent)), Buffer.from(sha256(token)));
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
