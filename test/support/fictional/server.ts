/**
 * What the fictional sources have in common: an HTTP server on loopback that answers for an API and shows the pages of
 * its documentation, and keeps a list of what it was asked.
 */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Record_ } from "../../../src/sources/record.ts";
import type { SeenRequest } from "../../../src/sources/simulator.ts";
import type { Site } from "./site.ts";

/** A source that does not exist anywhere, with what is true of it. */
export interface Fictional {
  /** Origin, without a slash at its end. */
  baseUrl: string;
  /** Addresses of all pages of prose that can be read. */
  docs: string[];
  /** Variable -> secret, for the references in `spec()`. */
  environment: Record<string, string>;
  /** A spec that leaves everything but the tables' names to the documentation; to be written as YAML. */
  spec(): object;
  /** Rows that a complete sync must have: parents' columns included, deleted rows left out. */
  truth(table: string): Record_[];
  /** All requests so far, those for pages included, in order. */
  requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export interface StartOptions {
  /** Default 0: any free one. */
  port?: number;
}

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  /** Sent as JSON. */
  body: unknown;
  headers?: Record<string, string>;
  /** Table that the request was for. */
  table?: string;
  /** Records in the answer. */
  records?: number;
}

export interface Served {
  baseUrl: string;
  requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/** `api` answers undefined for paths that are not its own; these are the site's. */
export async function serve(
  parts: { api: (asked: Asked) => Answer | undefined; site: Site },
  { port = 0 }: StartOptions = {},
): Promise<Served> {
  const requests: SeenRequest[] = [];
  const started = performance.now();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = await readRequest(request);
    const answer = parts.api(asked);
    const status = answer === undefined ? parts.site.show(asked, response) : send(answer, response);
    requests.push({
      at: Math.round(performance.now() - started),
      method: asked.method,
      path: asked.path,
      query: [...asked.query],
      status,
      records: answer?.records ?? 0,
      ...(answer?.table === undefined ? {} : { table: answer.table }),
    });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
  return {
    method: request.method ?? "GET",
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function send(answer: Answer, response: ServerResponse): number {
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8", ...answer.headers });
  response.end(text);
  return answer.status;
}

/** A whole number from a parameter: undefined when it is absent, NaN when it is none. */
export function wholeParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
