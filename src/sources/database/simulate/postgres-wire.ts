/** PostgreSQL's protocol, version 3, as far as the stand-in has to know it: who logs in, what is asked, what was answered. */
import { once } from "node:events";
import type { Socket } from "node:net";
import type { SeenRequest } from "../../simulator.ts";
import { type Disturbance, happensToConnections, happensToQueries, type ServerError } from "./faults.ts";
import { type Line, resetSoon, type Visit } from "./proxy.ts";
import type { RequestLog } from "./requests.ts";

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

export interface Login {
  user: string;
  password: string;
  log: RequestLog;
}

const WRONG_PASSWORD = "28P01";

/** Asks for the password before anything is let through: the embedded server takes any. */
export async function greetPostgres(socket: Socket, { user, password, log }: Login): Promise<Buffer | false> {
  const reader = messageReader(socket);
  let startup = await reader.startup();
  while (startup.readInt32BE(4) === SSL_REQUEST || startup.readInt32BE(4) === GSS_REQUEST) {
    socket.write("N");
    startup = await reader.startup();
  }
  const struck = log.strikes.at(log.seen.length, happensToConnections);
  if (struck !== undefined) {
    log.login(503);
    if (struck.kind === "error" && struck.connect) socket.end(errorMessage(struck.connect));
    else resetSoon(socket);
    return false;
  }
  const fields = startup.subarray(8).toString("utf8").split("\0");
  const asked = fields[fields.indexOf("user") + 1];
  socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
  const answer = await reader.message();
  const given = answer.subarray(5, answer.length - 1).toString("utf8");
  reader.release();
  if (asked === user && given === password) {
    log.login(200);
    return startup;
  }
  log.login(401);
  socket.end(errorMessage({ state: WRONG_PASSWORD, message: `password authentication failed for user "${asked}"` }));
  return false;
}

function errorMessage({ state, message }: ServerError): Buffer {
  return messageOf("E", `SFATAL\0VFATAL\0C${state}\0M${message}\0\0`);
}

function messageOf(type: string, text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0]);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

interface MessageReader {
  startup(): Promise<Buffer>;
  message(): Promise<Buffer>;
  release(): void;
}

function messageReader(socket: Socket): MessageReader {
  let held: Buffer = Buffer.alloc(0);
  const gone = once(socket, "close").then(() => {
    throw new Error("the visitor left before the door");
  });
  gone.catch(() => {});
  const take = async (lengthAt: number): Promise<Buffer> => {
    for (;;) {
      if (held.length >= lengthAt + 4) {
        const length = held.readInt32BE(lengthAt) + lengthAt;
        if (held.length >= length) {
          const message = held.subarray(0, length);
          held = held.subarray(length);
          return message;
        }
      }
      const [data] = (await Promise.race([once(socket, "data"), gone])) as [Buffer];
      held = Buffer.concat([held, data]);
    }
  };
  return {
    startup: () => take(0),
    message: () => take(1),
    release: () => {
      socket.pause();
      if (held.length > 0) socket.unshift(held);
    },
  };
}

/** Notes queries and the number of rows that each of them was answered with, and does to them what is to be done. */
export function visitPostgres(line: Line, log: RequestLog): Visit {
  const prepared = new Map<string, string>();
  let current: SeenRequest | undefined;
  let struck: Disturbance | undefined;
  let fetches = 0;
  let rows = 0;
  /** `request`: the rest of what is asked is not sent on. */
  let withheld: "nothing" | "request" | "all" = "nothing";
  const ask = (sql: string, parameters: readonly string[]) => {
    // What fetches from a cursor is about the query that was declared.
    if (/^\s*(FETCH|MOVE)\b/i.test(sql)) {
      fetches += 1;
      return;
    }
    fetches = 0;
    current = log.query(sql, parameters);
    struck = current && log.strikes.at(log.seen.length - 1, happensToQueries);
  };
  const asked = splitter((type, body) => {
    if (type === "Q") ask(textAt(body, 0).text, []);
    if (type === "P") {
      const name = textAt(body, 0);
      prepared.set(name.text, textAt(body, name.end).text);
    }
    if (type === "B") {
      const portal = textAt(body, 0);
      const name = textAt(body, portal.end);
      ask(prepared.get(name.text) ?? "", parametersOf(body, name.end));
    }
    if (type === "S" && withheld === "request") withheld = "nothing";
  });
  const answered = splitter((type, body) => {
    if (current === undefined) return;
    if (type === "D") rows += 1;
    if (type === "C") current.records += Number(/^(?:FETCH|SELECT) (\d+)/.exec(textAt(body, 0).text)?.[1] ?? 0);
    if (type === "E") current.status = /\0C42501\0/.test(body.toString("latin1")) ? 403 : 400;
  });
  /** Whether the query may go on to the server. */
  const strike = (): boolean => {
    if (struck === undefined || struck.kind === "reset-in-rows") return true;
    if (struck.kind === "reset-between-portions" && fetches < 2) return true;
    if (current !== undefined && struck.kind !== "reset-between-portions") current.status = 503;
    if (struck.kind === "error" && struck.query?.closes !== true) return false;
    withheld = "all";
    if (struck.kind === "error" && struck.query) {
      line.toClient(errorMessage(struck.query));
      line.hangUp();
    } else if (struck.kind !== "silent") line.reset();
    return false;
  };
  return {
    fromClient: (data) => {
      const before = withheld;
      asked(data);
      if (before !== "nothing") return;
      if (strike()) line.toServer(data);
      else if (struck?.kind === "error" && struck.query && withheld === "nothing") {
        // The server fails by itself, so that it knows its transaction for failed.
        line.toServer(messageOf("Q", `${raising(struck.query)}\0`));
        struck = undefined;
        withheld = endsRequest(data) ? "nothing" : "request";
      }
    },
    fromServer: (data) => {
      if (withheld === "all") return;
      const before = rows;
      answered(data);
      if (struck?.kind !== "reset-in-rows" || rows === before) return line.toClient(data);
      withheld = "all";
      line.toClient(data.subarray(0, Math.floor(data.length / 2)));
      line.reset();
    },
  };
}

function raising({ state, message }: ServerError): string {
  return `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${state}', MESSAGE = '${message}'; END $$`;
}

/** Whether the server is asked to answer now: by a plain query, or by Sync. */
function endsRequest(data: Buffer): boolean {
  let ends = false;
  splitter((type) => {
    ends = type === "Q" || type === "S";
  })(data);
  return ends;
}

/** Calls back for each whole message: one letter, a length that counts itself, a body. */
function splitter(onMessage: (type: string, body: Buffer) => void): (data: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    while (held.length >= 5) {
      const length = held.readInt32BE(1) + 1;
      if (held.length < length) return;
      onMessage(String.fromCharCode(held[0] ?? 0), held.subarray(5, length));
      held = held.subarray(length);
    }
  };
}

function textAt(body: Buffer, start: number): { text: string; end: number } {
  const end = body.indexOf(0, start);
  return { text: body.toString("utf8", start, end), end: end + 1 };
}

/** Values of a Bind message that are texts. */
function parametersOf(body: Buffer, start: number): string[] {
  let at = start + 2 + 2 * body.readInt16BE(start);
  const count = body.readInt16BE(at);
  at += 2;
  return Array.from({ length: count }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return "";
    const text = body.toString("utf8", at, at + length);
    at += length;
    return text;
  });
}
