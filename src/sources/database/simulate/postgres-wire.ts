/** PostgreSQL's protocol, version 3, as far as the stand-in has to know it: who logs in, what is asked, what was answered. */
import { once } from "node:events";
import type { Socket } from "node:net";
import type { SeenRequest } from "../../kind.ts";
import type { Visit } from "./proxy.ts";
import type { RequestLog } from "./requests.ts";

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

export interface Login {
  user: string;
  password: string;
  log: RequestLog;
}

/** Asks for the password before anything is let through: the embedded server takes any. */
export async function greetPostgres(socket: Socket, { user, password, log }: Login): Promise<Buffer | false> {
  const reader = messageReader(socket);
  let startup = await reader.startup();
  while (startup.readInt32BE(4) === SSL_REQUEST || startup.readInt32BE(4) === GSS_REQUEST) {
    socket.write("N");
    startup = await reader.startup();
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
  const error = `SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "${asked}"\0\0`;
  const body = Buffer.from(error);
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(body.length + 4, 1);
  socket.end(Buffer.concat([head, body]));
  return false;
}

interface MessageReader {
  startup(): Promise<Buffer>;
  message(): Promise<Buffer>;
  release(): void;
}

function messageReader(socket: Socket): MessageReader {
  let held: Buffer = Buffer.alloc(0);
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
      const [data] = (await once(socket, "data")) as [Buffer];
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

/** Notes queries and the number of rows that each of them was answered with. */
export function watchPostgres(log: RequestLog): Visit {
  const prepared = new Map<string, string>();
  let current: SeenRequest | undefined;
  const ask = (sql: string, parameters: readonly string[]) => {
    // What fetches from a cursor is about the query that was declared.
    if (!/^\s*(FETCH|MOVE)\b/i.test(sql)) current = log.query(sql, parameters);
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
  });
  const answered = splitter((type, body) => {
    if (current === undefined) return;
    if (type === "C") current.records += Number(/^(?:FETCH|SELECT) (\d+)/.exec(textAt(body, 0).text)?.[1] ?? 0);
    if (type === "E") current.status = /\0C42501\0/.test(body.toString("latin1")) ? 403 : 400;
  });
  return { fromClient: asked, fromServer: answered };
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
