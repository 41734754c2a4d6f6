/**
 * As much of a SQL Server as a login takes: what it says of encryption, TLS inside of its packets, and the refusal of
 * whoever comes. It shows what a driver does before it gives the password away; nothing can be read from it.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

/** What it says of encryption: 1 it is on, 2 there is none, 3 it must be. */
export type Encryption = 1 | 2 | 3;

export interface TdsServer {
  port: string;
  /** How each login came, in their order; what did not get so far is not there. */
  logins: ("encrypted" | "clear")[];
  close(): Promise<void>;
}

export interface TdsOptions {
  encryption: Encryption;
  /** Lets everybody in, and answers with what is no TLS from the second statement on. */
  breaks?: boolean;
  cert: string;
  key: string;
}

const PRELOGIN = 0x12;
const LOGIN = 0x10;
const REPLY = 0x04;
const HEADER = 8;
/** Ends an answer. */
const DONE = Buffer.from([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

export async function startTdsServer(options: TdsOptions): Promise<TdsServer> {
  const logins: TdsServer["logins"] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(packet(REPLY, preloginReply(options.encryption)));
      if (options.encryption === 2) return answerLogin(socket, () => logins.push("clear"));
      const tls = secured(socket, options);
      if (options.breaks === true) return breakOff(tls, socket, () => logins.push("encrypted"));
      return answerLogin(tls, () => logins.push("encrypted"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: String((server.address() as AddressInfo).port),
    logins,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answerLogin(stream: Duplex, came: () => void): void {
  stream.on("error", () => stream.destroy());
  stream.once("data", (data: Buffer) => {
    if (data[0] !== LOGIN) return stream.destroy();
    came();
    return stream.write(packet(REPLY, loginFailed()));
  });
}

function breakOff(tls: TLSSocket, socket: Socket, came: () => void): void {
  let messages = 0;
  tls.on("error", () => tls.destroy());
  tls.on("data", () => {
    messages += 1;
    if (messages === 1) came();
    if (messages === 1) tls.write(packet(REPLY, Buffer.concat([welcome(), DONE])));
    else if (messages === 2) tls.write(packet(REPLY, DONE));
    else socket.write("this is no TLS, as of a proxy that has lost its way");
  });
}

/** The handshake goes in packets, what comes after it without. */
function secured(socket: Socket, { cert, key }: TdsOptions): TLSSocket {
  const inner = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => void socket.write(shaken ? chunk : packet(PRELOGIN, chunk), () => done()),
    final: (done) => void socket.end(() => done()),
  });
  let shaken = false;
  let pending = Buffer.alloc(0);
  const tls = new TLSSocket(inner, { isServer: true, cert, key, maxVersion: "TLSv1.2" });
  socket.on("data", (data: Buffer) => {
    pending = Buffer.concat([pending, data]);
    while (pending.length >= HEADER && pending[0] === PRELOGIN && pending.length >= pending.readUInt16BE(2)) {
      const length = pending.readUInt16BE(2);
      inner.push(pending.subarray(HEADER, length));
      pending = pending.subarray(length);
    }
    if (pending.length === 0 || pending[0] === PRELOGIN) return;
    shaken = true;
    inner.push(pending);
    pending = Buffer.alloc(0);
  });
  socket.on("close", () => inner.destroy());
  return tls;
}

/** The last of a message: type, status, length with the header, process, number, window. */
function packet(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt8(1, 1);
  header.writeUInt16BE(HEADER + body.length, 2);
  header.writeUInt8(1, 6);
  return Buffer.concat([header, body]);
}

/** Two options, each with place and length, an end, and their values: a version, and encryption. */
function preloginReply(encryption: Encryption): Buffer {
  const version = Buffer.from([16, 0, 0x10, 0, 0, 0]);
  return Buffer.concat([Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff]), version, Buffer.from([encryption])]);
}

/** An error token, and the one that ends an answer. */
function loginFailed(): Buffer {
  const text = Buffer.from("Login failed for user 'reader'.", "utf16le");
  const number = Buffer.alloc(4);
  number.writeUInt32LE(18456);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length / 2);
  const error = Buffer.concat([number, Buffer.from([1, 14]), length, text, Buffer.from([0, 0, 1, 0, 0, 0])]);
  const size = Buffer.alloc(2);
  size.writeUInt16LE(error.length);
  return Buffer.concat([Buffer.from([0xaa]), size, error, DONE]);
}

/** The token that lets a user in: interface, version of the protocol, the server's name and version. */
function welcome(): Buffer {
  const name = Buffer.from("Stand-in", "utf16le");
  const body = Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4, name.length / 2]), name, Buffer.from([16, 0, 0, 0])]);
  const size = Buffer.alloc(2);
  size.writeUInt16LE(body.length);
  return Buffer.concat([Buffer.from([0xad]), size, body]);
}
