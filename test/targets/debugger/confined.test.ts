/** What keeps a connector in its place: requests led elsewhere, other hosts and folders out of reach. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";

const PYTHON = fileURLToPath(new URL("../../../src/targets/debugger/python", import.meta.url));

const PROGRAM = `
import os, socket, sys, urllib.request
sys.path.insert(0, sys.argv[1])
from confined import confine
import requests, urllib3

confine(lambda what, name: print("denied", what, name), (sys.argv[2],))
ADDRESS = "https://api.example.com/v2/things?page=1"
print("requests", requests.get(ADDRESS, params={"size": 2}).text)
print("urllib3", urllib3.PoolManager().request("GET", ADDRESS).data.decode())
print("urllib", urllib.request.urlopen(ADDRESS).read().decode())
print("request", urllib.request.urlopen(urllib.request.Request("https://api.example.com/token")).read().decode())

def refused(work):
    try:
        work()
    except OSError as error:
        print("refused", type(error).__name__)
    else:
        print("let")

refused(lambda: requests.get("https://api.example.com.evil.example/v2"))
refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1))
refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.2", 53)))
refused(lambda: open("/var/tmp/outside", "a"))
refused(lambda: os.rename(os.path.join(sys.argv[2], "inside"), "/var/tmp/outside"))
refused(lambda: os.mkdir("/var/tmp/outside"))
refused(lambda: open(os.path.join(sys.argv[2], "inside"), "w").close())
refused(lambda: os.remove(os.path.join(sys.argv[2], "inside")))
refused(lambda: open("/etc/hostname").close())
`;

test("three clients are led to the source under test, and nothing goes anywhere else", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    response.end(request.url);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { python } = await ensurePythonEnv();
  const { stdout } = await execa(python, ["-c", PROGRAM, PYTHON, await temporaryDirectory()], {
    env: {
      SYNCSMITH_CONFINED: "1",
      SYNCSMITH_REWRITE: JSON.stringify({ from: "https://api.example.com/v2", to: `http://127.0.0.1:${port}/base` }),
    },
  });
  server.close();
  expect(stdout.split("\n")).toEqual([
    "requests /base/things?page=1&size=2",
    "urllib3 /base/things?page=1",
    "urllib /base/things?page=1",
    // Beside the base address: on the other host, at the same path.
    "request /token",
    "denied connection api.example.com.evil.example:443",
    "refused ConnectionError",
    "denied connection 192.0.2.1:80",
    "refused Denied",
    "denied connection 192.0.2.2:53",
    "refused Denied",
    "denied file /var/tmp/outside",
    "refused Denied",
    "refused Denied",
    "refused Denied",
    "let",
    "let",
    "let",
  ]);
  expect(asked.every((request) => request.startsWith(`127.0.0.1:${port} `))).toBe(true);
});
