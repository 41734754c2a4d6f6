/** A web server with an index page per folder, or a manifest, in the way that Apache and nginx have them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FileSource } from "../../../../artifacts/kinds/file.ts";
import { createLog, type Shelf, type ShelfOptions, type ShelvedFile } from "../shelf.ts";
import { canHappenTo, createWebStrikes, sendAnswer, type WebAnswer } from "../web-faults.ts";

const ROOT = "/exports/";

export async function openHttpShelf(source: FileSource, options: ShelfOptions): Promise<Shelf> {
  const files = new Map<string, ShelvedFile>();
  const log = createLog();
  const { strikes, faults } = createWebStrikes(log.requests);
  const user = "reader";
  const password = options.secret("password");
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const server = createServer((request, response) => {
    const address = new URL(request.url ?? "/", "http://loopback");
    const path = decodeURIComponent(address.pathname);
    const name = path.startsWith(ROOT) ? path.slice(ROOT.length) : undefined;
    const table = name === undefined ? undefined : (options.tableOf(name) ?? options.tableOfPrefix(name));
    const answer = (rightStatus: number, rightBody: string | Buffer, headers: Record<string, string> = {}) => {
      const right: WebAnswer = { status: rightStatus, body: rightBody, headers };
      const struck = strikes.at(log.requests.length, canHappenTo(request, right));
      const given = struck?.kind === "status" ? { status: struck.status, body: "later", headers: {} } : right;
      const { status } = given;
      const whole = struck === undefined && request.method === "GET" && status < 300;
      const got = whole && name !== undefined && files.has(name);
      log.add({
        method: request.method ?? "GET",
        path,
        query: [...address.searchParams],
        status,
        records: got ? options.recordsIn(name) : 0,
        ...(table === undefined ? {} : { table }),
      });
      sendAnswer(request, response, { answer: given, struck });
    };
    if (source.credentials === "password" && request.headers.authorization !== expected)
      return answer(401, "who are you?", { "www-authenticate": 'Basic realm="exports"' });
    if (name === undefined) return answer(404, "nothing here");
    options.before(table);
    const status = options.denied(table);
    if (status !== undefined) return answer(status, "not for you");
    if (source.manifest !== undefined && name === source.manifest) return answer(200, [...files.keys()].join("\n"));
    const file = files.get(name);
    if (file === undefined) {
      const folder = name === "" || name.endsWith("/");
      if (!folder || source.manifest !== undefined) return answer(404, "nothing here");
      const page = indexPage(name, [...files.keys()]);
      return page === undefined
        ? answer(404, "nothing here")
        : answer(200, page, { "content-type": "text/html; charset=utf-8" });
    }
    const headers = {
      "last-modified": new Date(Number(file.micros / 1000n)).toUTCString(),
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
    };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (range === null) return answer(200, file.body, headers);
    return answer(206, file.body.subarray(Number(range[1]), Number(range[2]) + 1), headers);
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(options.port ?? 0, "127.0.0.1", done);
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${ROOT.slice(0, -1)}`;
  return {
    put: (name, file) => void files.set(name, file),
    remove: (name) => void files.delete(name),
    configuration: { base_url: baseUrl, ...(source.credentials === "password" ? { user, password } : {}) },
    baseUrl,
    addressKey: "base_url",
    requests: log.requests,
    faults,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Undefined for a folder that there is not. The links to sort by are what such pages really have. */
function indexPage(folder: string, names: readonly string[]): string | undefined {
  const below = names.filter((name) => name.startsWith(folder)).map((name) => name.slice(folder.length));
  if (below.length === 0 && folder !== "") return undefined;
  const entries = [...new Set(below.map((name) => name.replace(/\/.*$/, "/")))].sort();
  const links = entries.map(
    (entry) => `<a href="${encodeURIComponent(entry).replace(/%2F$/, "/")}">${entry.slice(0, 20)}</a>`,
  );
  return `<html><body><h1>Index</h1><a href="?C=M;O=A">Last modified</a> <a href="../">Parent Directory</a>\n${links.join("\n")}</body></html>`;
}
