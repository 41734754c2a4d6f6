/** MySQL's protocol, as far as the stand-in has to know it: what is asked, and how many rows are the answer. */
import type { Socket } from "node:net";
import type { SeenRequest } from "../../simulator.ts";
import { type Disturbance, happensToConnections, happensToQueries, type ServerError } from "./faults.ts";
import { type Line, resetSoon, type Visit } from "./proxy.ts";
import type { RequestLog } from "./requests.ts";

const QUERY = 0x03;
const ERROR = 0xff;
const END = 0xfe;
const ACCESS_DENIED = [1142, 1143, 1044, 1045];

/** Where the answer to a query is: nowhere, at its head, among its columns or its rows. */
type Phase = "login" | "idle" | "head" | "columns" | "rows";

/** Turns a visitor away where that is to be; else the server greets. */
export async function greetMysql(socket: Socket, log: RequestLog): Promise<Buffer | false> {
  const struck = log.strikes.at(log.seen.length, happensToConnections);
  if (struck === undefined) return Buffer.alloc(0);
  log.login(503);
  if (struck.kind === "error" && struck.connect) socket.end(errorPacket(struck.connect, 0));
  else resetSoon(socket);
  return false;
}

export interface MysqlVisit {
  log: RequestLog;
  /** Called for each query before it is answered; what it returns is waited for. */
  beforeQuery: (request: SeenRequest) => Promise<void> | undefined;
}

export function visitMysql(line: Line, { log, beforeQuery }: MysqlVisit): Visit {
  let phase: Phase = "login";
  let current: SeenRequest | undefined;
  let struck: Disturbance | undefined;
  let rows = 0;
  let over = false;
  const asked = splitter((packet) => {
    if (phase === "login" || packet[0] !== QUERY) return;
    current = log.query(packet.toString("utf8", 1), []);
    struck = current && log.strikes.at(log.seen.length - 1, happensToQueries);
    phase = "head";
  });
  const answered = splitter((packet, sequence) => {
    const [kind] = packet;
    if (phase === "login") {
      // The greeting comes first, and then, maybe after more questions, the verdict.
      if (sequence === 0) return;
      if (kind === ERROR) log.login(401);
      if (kind === 0) log.login(200);
      if (kind === 0) phase = "idle";
      return;
    }
    if (kind === ERROR && phase !== "idle") {
      if (current !== undefined) current.status = ACCESS_DENIED.includes(packet.readUInt16LE(1)) ? 403 : 400;
      phase = "idle";
    } else if (phase === "head") phase = kind === 0 ? "idle" : "columns";
    else if (phase === "columns") phase = isEnd(packet) ? "rows" : phase;
    else if (phase === "rows") {
      rows += 1;
      if (isEnd(packet)) phase = "idle";
      else if (current !== undefined) current.records += 1;
    }
  });
  /** Answers in the server's place. */
  const strike = (disturbance: Disturbance) => {
    if (current !== undefined) current.status = 503;
    struck = undefined;
    if (disturbance.kind === "error" && disturbance.query) {
      line.toClient(errorPacket(disturbance.query, 1));
      phase = "idle";
      if (disturbance.query.closes !== true) return;
    }
    over = true;
    if (disturbance.kind === "error") line.hangUp();
    else if (disturbance.kind !== "silent") line.reset();
  };
  return {
    fromClient: (data) => {
      if (over) return;
      const before = current;
      asked(data);
      if (struck !== undefined && struck.kind !== "reset-in-rows") strike(struck);
      else line.toServer(data, current !== undefined && current !== before ? beforeQuery(current) : undefined);
    },
    fromServer: (data) => {
      if (over) return;
      const before = rows;
      answered(data);
      if (struck?.kind !== "reset-in-rows" || rows === before) return line.toClient(data);
      over = true;
      line.toClient(data.subarray(0, Math.floor(data.length / 2)));
      line.reset();
    },
  };
}

/** `sequence`: of the packet among those of one question and its answer. */
function errorPacket({ state, number = 1105, message }: ServerError, sequence: number): Buffer {
  const body = Buffer.concat([Buffer.from([ERROR, 0, 0]), Buffer.from(`#${state}${message}`)]);
  body.writeUInt16LE(number, 1);
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, body]);
}

function isEnd(packet: Buffer): boolean {
  return packet[0] === END && packet.length < 9;
}

/** Calls back for each whole packet: three bytes of length, one of sequence. */
function splitter(onPacket: (packet: Buffer, sequence: number) => void): (data: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    while (held.length >= 4) {
      const length = held.readUIntLE(0, 3) + 4;
      if (held.length < length) return;
      onPacket(held.subarray(4, length), held[3] ?? 0);
      held = held.subarray(length);
    }
  };
}
