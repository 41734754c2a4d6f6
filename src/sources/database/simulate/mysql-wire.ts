/** MySQL's protocol, as far as the stand-in has to know it: what is asked, and how many rows are the answer. */
import type { SeenRequest } from "../../kind.ts";
import type { Visit } from "./proxy.ts";
import type { RequestLog } from "./requests.ts";

const QUERY = 0x03;
const ERROR = 0xff;
const END = 0xfe;
const ACCESS_DENIED = [1142, 1143, 1044, 1045];

/** Where the answer to a query is: nowhere, at its head, among its columns or its rows. */
type Phase = "login" | "idle" | "head" | "columns" | "rows";

export function watchMysql(log: RequestLog): Visit {
  let phase: Phase = "login";
  let current: SeenRequest | undefined;
  const asked = splitter((packet) => {
    if (phase === "login" || packet[0] !== QUERY) return;
    current = log.query(packet.toString("utf8", 1), []);
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
      if (isEnd(packet)) phase = "idle";
      else if (current !== undefined) current.records += 1;
    }
  });
  return { fromClient: asked, fromServer: answered };
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
