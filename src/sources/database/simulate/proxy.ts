/**
 * A door before an embedded or scratch server: one visitor at a time, and only once all changes are made. It looks at
 * what goes through, in the database's own protocol.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { UserError } from "../../../errors.ts";

/** What comes from both sides in one visit; it sends on what it lets through. */
export interface Visit {
  fromClient(data: Buffer): void;
  fromServer(data: Buffer): void;
}

/** The ways out of a visit. */
export interface Line {
  /** Data goes in its order, and not before `ready`. */
  toServer(data: Buffer, ready?: Promise<void>): void;
  toClient(data: Buffer): void;
  /** Ends the visit as a crash does, once what was sent has arrived. */
  reset(): void;
  /** Ends it as a server does that has said why. */
  hangUp(): void;
}

/** More than loopback takes. */
const ARRIVAL_MILLISECONDS = 20;

export interface ProxyOptions {
  port: number | undefined;
  /** Where the server is. */
  upstream: { host: string; port: number };
  /** Waited for before a visitor is let in. */
  ready: () => Promise<void>;
  /** Talks to the visitor before the server does; false shows the door. */
  greet?: (socket: Socket) => Promise<Buffer | false>;
  visit: (line: Line) => Visit;
}

export interface Proxy {
  port: number;
  close(): Promise<void>;
}

export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  let queue: Promise<void> = Promise.resolve();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const before = queue;
    queue = before.then(() => serve(socket, options)).catch(() => void socket.destroy());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw new UserError(`Port ${options.port} cannot be used: ${(error as Error).message}`, {
      hint: "Name another port, or none.",
    });
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await queue;
    },
  };
}

async function serve(client: Socket, options: ProxyOptions): Promise<void> {
  if (client.destroyed) return;
  await options.ready();
  const first = options.greet === undefined ? Buffer.alloc(0) : await options.greet(client);
  if (first === false) return;
  const upstream = connect(options.upstream);
  await once(upstream, "connect");
  if (client.destroyed) return void upstream.destroy();
  const visit = options.visit(lineBetween(client, upstream));
  if (first.length > 0) upstream.write(first);
  client.on("data", (data: Buffer) => visit.fromClient(data));
  upstream.on("data", (data: Buffer) => visit.fromServer(data));
  upstream.on("error", () => upstream.destroy());
  client.on("close", () => upstream.destroy());
  client.resume();
  await once(upstream, "close");
  client.end();
}

function lineBetween(client: Socket, upstream: Socket): Line {
  let sent: Promise<void> = Promise.resolve();
  return {
    toServer: (data, ready) => {
      sent = sent.then(() => ready).then(() => void upstream.write(data));
      // A change that cannot be made shows when the stand-in is closed.
      sent.catch(() => client.destroy());
    },
    toClient: (data) => void client.write(data),
    reset: () => resetSoon(client),
    hangUp: () => void client.end(() => upstream.destroy()),
  };
}

/** A reset throws away what has not arrived yet. */
export function resetSoon(socket: Socket): void {
  setTimeout(() => socket.resetAndDestroy(), ARRIVAL_MILLISECONDS);
}
