/** What can go wrong between a connector and files that are had by HTTP: a bucket, or a web server. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createStrikes, type Strikes } from "../../http/simulate/strikes.ts";
import type { Fault, SeenRequest } from "../../simulator.ts";

export type WebDisturbance =
  | { kind: "reset" | "reset-in-body" | "truncated" | "silent" | "silent-in-body" }
  | { kind: "status"; status: 500 | 503 };

export type WebStrikes = Strikes<WebDisturbance>;

export interface WebAnswer {
  status: number;
  body: string | Buffer;
  headers: Record<string, string>;
}

const FAULTS: readonly (Pick<Fault, "id" | "says" | "owes" | "silent"> & { disturbance: WebDisturbance })[] = [
  {
    id: "500",
    says: "the store answers with an internal error (500)",
    owes: "rows",
    disturbance: { kind: "status", status: 500 },
  },
  {
    id: "503",
    says: "the store wants to be asked less often (503)",
    owes: "rows",
    disturbance: { kind: "status", status: 503 },
  },
  {
    id: "reset",
    says: "the connection breaks instead of an answer",
    owes: "rows-or-failure",
    disturbance: { kind: "reset" },
  },
  {
    id: "reset-in-body",
    says: "the connection breaks in the middle of a file or a listing",
    owes: "rows-or-failure",
    disturbance: { kind: "reset-in-body" },
  },
  {
    id: "truncated-body",
    says: "an answer ends, in good order, before the length that it states",
    owes: "rows-or-failure",
    disturbance: { kind: "truncated" },
  },
  {
    id: "silent",
    says: "the store never answers",
    owes: "rows-or-failure",
    silent: true,
    disturbance: { kind: "silent" },
  },
  {
    id: "silent-in-body",
    says: "the store falls silent in the middle of a file or a listing",
    owes: "rows-or-failure",
    silent: true,
    disturbance: { kind: "silent-in-body" },
  },
];

/** The same request once more, and what a client asks to see whether a file changed meanwhile. */
const AGAIN = 2;

export function createWebStrikes(seen: readonly SeenRequest[]): { strikes: WebStrikes; faults: Fault[] } {
  const strikes = createStrikes<WebDisturbance>(seen);
  const faults = FAULTS.map(({ disturbance, ...described }) =>
    strikes.fault({ ...described, extra: AGAIN }, disturbance),
  );
  return { strikes, faults };
}

/** Whether it can happen to a request: a body that is never sent cannot break off. */
export function canHappenTo({ method }: IncomingMessage, { body, status }: Pick<WebAnswer, "body" | "status">) {
  const halved = method === "GET" && status < 300 && body.length > 1;
  return ({ kind }: WebDisturbance): boolean => kind === "status" || kind === "reset" || kind === "silent" || halved;
}

export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, struck }: { answer: WebAnswer; struck: WebDisturbance | undefined },
): void {
  const { status, headers } = answer;
  const bytes = Buffer.from(answer.body as string);
  if (struck?.kind === "silent") return;
  if (struck?.kind === "reset") return void request.socket.resetAndDestroy();
  response.writeHead(status, { ...headers, "content-length": String(bytes.length) });
  if (struck === undefined || struck.kind === "status")
    return void response.end(request.method === "HEAD" ? undefined : bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (struck.kind === "truncated") request.socket.end();
    // A reset throws away what has not arrived yet.
    if (struck.kind === "reset-in-body") setTimeout(() => request.socket.resetAndDestroy(), 20);
  });
}
