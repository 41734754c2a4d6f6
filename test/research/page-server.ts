/** A web server on loopback that answers what a test says, and remembers what it was asked. */

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Answer {
  status?: number;
  type?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export type Answers = Record<string, Answer | string | ((request: IncomingMessage, response: ServerResponse) => void)>;

export interface PageServer {
  base: string;
  /** `127.0.0.1:<port>`. */
  host: string;
  requests: { path: string; headers: IncomingMessage["headers"] }[];
}

/** A text is HTML. Closed when the test ends. */
export async function servePages(answers: Answers): Promise<PageServer> {
  const requests: PageServer["requests"] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    requests.push({ path, headers: request.headers });
    const answer = answers[path];
    if (typeof answer === "function") return answer(request, response);
    const {
      status = 200,
      type = "text/html; charset=utf-8",
      headers = {},
      body = "",
    } = answer === undefined
      ? { status: 404, body: "<h1>Not found</h1>" }
      : typeof answer === "string"
        ? { body: answer }
        : answer;
    response.writeHead(status, { "content-type": type, ...headers }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { base: `http://${host}`, host, requests };
}

export function pageFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/pages/${name}`, import.meta.url), "utf8");
}
