/**
 * A door before an embedded or scratch server: one visitor at a time, and only once all changes are made. It looks at
 * what goes through, in the database's own protocol.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { UserError } from "../../../errors.ts";

/** Looks at what goes through in one visit. */
export interface Visit {
  fromClient(data: Buffer): void;
  fromServer(data: Buffer): void;
}

export interface ProxyOptions {
  port: number | undefined;
  /** Where the server is. */
  upstream: { host: string; port: number };
  /** Waited for before a visitor is let in. */
  ready: () => Promise<void>;
  /** Talks to the visitor before the server does; false shows the door. */
  greet?: (socket: Socket) => Promise<Buffer | false>;
  visit: () => Visit;
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
  const visit = options.visit();
  if (first.length > 0) upstream.write(first);
  const forward = (data: Buffer) => {
    visit.fromClient(data);
    upstream.write(data);
  };
  client.on("data", forward);
  upstream.on("data", (data: Buffer) => {
    visit.fromServer(data);
    client.write(data);
  });
  upstream.on("error", () => upstream.destroy());
  client.on("close", () => upstream.destroy());
  client.resume();
  await once(upstream, "close");
  client.end();
}
