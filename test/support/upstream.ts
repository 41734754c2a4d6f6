/** Servers of a test's own making, for what stands behind a proxy. They end with the test. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

const TLS = new URL("../fixtures/loopback-tls/", import.meta.url);

export interface Upstream {
  /** Without a slash at its end. */
  origin: string;
  server: Server;
}

export async function startUpstream(listener: RequestListener): Promise<Upstream> {
  return await start(createServer(listener), "http");
}

/** With a certificate that only `certificate` makes trusted. */
export async function startSecureUpstream(listener: RequestListener): Promise<Upstream & { certificate: string }> {
  const [key, cert] = await Promise.all([readFile(new URL("key.pem", TLS)), readFile(new URL("certificate.pem", TLS))]);
  const upstream = await start(createSecureServer({ key, cert }, listener), "https");
  return { ...upstream, certificate: cert.toString() };
}

async function start(server: Server, scheme: string): Promise<Upstream> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return { origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
