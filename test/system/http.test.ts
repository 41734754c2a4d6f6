import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { hostOf, hostsOf, notPublic, refusedHost } from "../../src/system/addresses.ts";
import { createHttp, http, limitedTo } from "../../src/system/http.ts";
import { servePages } from "../research/page-server.ts";
import { verifies } from "../support/verifies.ts";

const signal = new AbortController().signal;

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe(verifies("trust.fetch", "which addresses are public"), () => {
  test.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "nonsense",
  ])("%s is not", (ip) => {
    expect(notPublic(ip)).toMatch(/^(a|an|no) /);
  });

  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
  ])("%s is", (ip) => {
    expect(notPublic(ip)).toBeUndefined();
  });

  const octet = fc.integer({ min: 0, max: 255 });
  const inner = fc.oneof(
    fc.tuple(fc.constant(127), octet, octet, octet),
    fc.tuple(fc.constant(10), octet, octet, octet),
    fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
    fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    fc.tuple(fc.constant(0), octet, octet, octet),
  );
  const form = fc.constantFrom<(parts: readonly number[]) => string>(
    (parts) => parts.join("."),
    (parts) => parts.map((part) => `0x${part.toString(16)}`).join("."),
    (parts) => parts.map((part) => `0${part.toString(8)}`).join("."),
    (parts) => String(parts.reduce((sum, part) => sum * 256 + part, 0)),
    (parts) => `0x${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`,
    (parts) => `${parts[0]}.${(parts[1] ?? 0) * 65536 + (parts[2] ?? 0) * 256 + (parts[3] ?? 0)}`,
    (parts) => `[::ffff:${parts.join(".")}]`,
    (parts) => `[::${parts.join(".")}]`,
    (parts) => `[64:ff9b::${parts.join(".")}]`,
    (parts) => `${parts.join(".")}.`,
    (parts) => parts.join(".").replaceAll(".", "%2e"),
  );

  test("no way of writing an inner address gets past, in any form that an address may have", () => {
    fc.assert(
      fc.property(inner, form, (parts, write) => {
        expect(refusedHost(new URL(`http://${write(parts)}/x`), [])).toMatch(/^an? /);
      }),
    );
  });

  test("hosts that were named are let through, with the port they were named with", () => {
    expect(
      hostsOf(["http://127.0.0.1:8080/docs", "./notes.md", undefined, "https://intranet/wiki", "${env:X}"]),
    ).toEqual(["127.0.0.1:8080", "intranet"]);
    expect(hostOf("ftp://127.0.0.1/")).toBeUndefined();
    expect(refusedHost(new URL("http://127.0.0.1:8080/other"), ["127.0.0.1:8080"])).toBeUndefined();
    expect(refusedHost(new URL("http://127.0.0.1:8081/"), ["127.0.0.1:8080"])).toBe("a loopback address");
    expect(refusedHost(new URL("http://localhost/"), ["127.0.0.1:8080"])).toBe("a loopback address");
  });
});

describe(verifies("trust.fetch", "fetching"), () => {
  test("an address that a person gave is fetched, wherever it is", async () => {
    const { base, requests } = await servePages({ "/a": "<p>hello</p>" });
    expect(await http.get(`${base}/a`, { signal })).toEqual({
      address: `${base}/a`,
      status: 200,
      contentType: "text/html; charset=utf-8",
      text: "<p>hello</p>",
    });
    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(requests[0]?.headers.cookie).toBeUndefined();
  });

  test("an address that a page gave is fetched only when it is public or its host is allowed", async () => {
    const { base, host, requests } = await servePages({ "/a": "x" });
    const strict = createHttp();
    expect(await refusal(strict.get(`${base}/a`, { signal }))).toBe(
      `${base}/a is not fetched: 127.0.0.1 is a loopback address.`,
    );
    expect(await refusal(http.get(`${base}/a`, { signal, allow: [] }))).toContain("loopback");
    expect(await refusal(limitedTo(http, ["127.0.0.1:1"]).get(`${base}/a`, { signal }))).toContain("loopback");
    expect(requests).toEqual([]);
    expect((await limitedTo(http, [host]).get(`${base}/a`, { signal })).text).toBe("x");
    expect((await strict.get(`${base}/a`, { signal, allow: [host] })).text).toBe("x");
  });

  test("redirects are followed and each is checked", async () => {
    const inner = await servePages({ "/secret": "inside" });
    const { base } = await servePages({
      "/one": { status: 302, headers: { location: "/two" } },
      "/two": { status: 308, headers: { location: "three?x=1" } },
      "/three?x=1": "here",
      "/inner": { status: 302, headers: { location: `${inner.base}/secret` } },
      "/metadata": { status: 301, headers: { location: "http://169.254.169.254/latest/meta-data" } },
      "/file": { status: 302, headers: { location: "file:///etc/passwd" } },
      "/user": { status: 302, headers: { location: "https://me:pw@example.com/" } },
      "/round": { status: 302, headers: { location: "/round" } },
    });
    const found = await http.get(`${base}/one`, { signal });
    expect([found.address, found.text]).toEqual([`${base}/three?x=1`, "here"]);
    expect(await refusal(http.get(`${base}/inner`, { signal }))).toContain("127.0.0.1 is a loopback address");
    expect(await refusal(http.get(`${base}/metadata`, { signal }))).toContain(
      "169.254.169.254 is a link-local address",
    );
    expect(await refusal(http.get(`${base}/file`, { signal }))).toBe(
      "Only http and https addresses are fetched, not file:///etc/passwd.",
    );
    expect(await refusal(http.get(`${base}/user`, { signal }))).toContain("carries a user name or password");
    expect(await refusal(http.get(`${base}/round`, { signal }))).toContain("redirects more than 5 times");
    expect(inner.requests).toEqual([]);
  });

  test("a name is refused when any of its addresses is inner, and the connection goes to an address that was checked", async () => {
    const { base, requests } = await servePages({ "/": "x" });
    const port = new URL(base).port;
    const names: Record<string, { address: string; family: number }[]> = {
      "rebound.example": [
        { address: "93.184.216.34", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ],
      "mapped.example": [{ address: "::ffff:127.0.0.1", family: 6 }],
      "empty.example": [],
    };
    let asked = 0;
    const strict = createHttp({
      resolve: async (name) => {
        asked += 1;
        return names[name] ?? [];
      },
    });
    for (const name of ["rebound.example", "mapped.example"]) {
      expect(await refusal(strict.get(`http://${name}:${port}/`, { signal }))).toContain(
        `${name} leads to a loopback address`,
      );
    }
    expect(await refusal(strict.get("http://empty.example/", { signal }))).toContain("has no address");
    // Once for each connection: nothing asks a second time, with another answer.
    expect(asked).toBe(3);
    expect(requests).toEqual([]);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("%s is unpacked, and measured unpacked", async (encoding, pack) => {
    const { base } = await servePages({
      "/small": { headers: { "content-encoding": encoding }, body: pack("Grüße") },
      "/bomb": { headers: { "content-encoding": encoding }, body: pack(Buffer.alloc(5_000_000, "a")) },
      "/cut": {
        headers: { "content-encoding": encoding },
        body: pack(Buffer.from("abc".repeat(1000))).subarray(0, 12),
      },
    });
    expect((await http.get(`${base}/small`, { signal })).text).toBe("Grüße");
    expect(await refusal(http.get(`${base}/bomb`, { signal, maxBytes: 1024 * 1024 }))).toBe(
      `${base}/bomb is larger than 1 MB.`,
    );
    expect(await refusal(http.get(`${base}/cut`, { signal }))).toContain("could not be fetched");
  });

  test("too slow, broken off, not there, aborted", async () => {
    const { base } = await servePages({
      "/slow": (_, response) => void response.write("a"),
      "/broken": (_, response) => {
        response.writeHead(200, { "content-length": "100" }).write("abc", () => response.destroy());
      },
    });
    expect(await refusal(http.get(`${base}/slow`, { signal, seconds: 0.2 }))).toContain(
      "no complete answer within 0.2 s",
    );
    expect(await refusal(http.get(`${base}/broken`, { signal }))).toContain("could not be fetched");
    expect(await refusal(http.get(`http://127.0.0.1:${await closedPort()}/`, { signal }))).toContain("ECONNREFUSED");
    expect(await refusal(http.get("ftp://example.com/", { signal }))).toContain("Only http and https");
    const abort = new AbortController();
    const asked = http.get(`${base}/slow`, { signal: abort.signal });
    abort.abort(new Error("stop"));
    await expect(asked).rejects.not.toBeInstanceOf(UserError);
  });

  test("text comes in the charset that is stated, by the header, a mark or the page", async () => {
    const latin = Buffer.from("caf\xe9", "latin1");
    const { base } = await servePages({
      "/header": { type: "text/plain; charset=ISO-8859-1", body: latin },
      "/meta": { type: "text/html", body: Buffer.concat([Buffer.from('<meta charset="windows-1252">'), latin]) },
      "/mark": { type: "text/plain", body: Buffer.from("\uFEFFcafé", "utf16le") },
      "/unknown": { type: "text/plain; charset=klingon", body: "café" },
    });
    for (const path of ["/header", "/meta", "/mark", "/unknown"])
      expect((await http.get(base + path, { signal })).text, path).toContain("café");
  });
});

async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
