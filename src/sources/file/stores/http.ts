/** Files below an address of a web server, found by index pages or by a manifest. */
import { Readable } from "node:stream";
import { load } from "cheerio";
import { UserError } from "../../../errors.ts";
import type { Store, StoredFile, StoreOptions } from "./store.ts";

const SECONDS = 60;

export async function openHttp({ values, source, signal }: StoreOptions): Promise<Store> {
  const base = `${(values.base_url ?? "").replace(/\/+$/, "")}/`;
  const authorization =
    source.credentials === "password"
      ? { authorization: `Basic ${Buffer.from(`${values.user}:${values.password}`).toString("base64")}` }
      : {};
  const send = async (name: string, init: { method: string; headers?: Record<string, string> }): Promise<Response> => {
    const answer = await fetch(addressOf(base, name), {
      ...init,
      headers: { "accept-encoding": "identity", ...authorization, ...init.headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]),
    });
    if (answer.ok) return answer;
    throw refusal(`${source.location}: ${name || "the base address"}`, answer.status);
  };
  const look = async (name: string) => fileOf(name, (await send(name, { method: "HEAD" })).headers);
  const walk = async (folder: string, levels: number | undefined): Promise<string[]> => {
    const page = await (await send(folder, { method: "GET" })).text();
    const found: string[] = [];
    for (const name of linkedNames(page, addressOf(base, folder))) {
      if (!name.endsWith("/")) found.push(folder + name);
      else if (levels === undefined) found.push(...(await walk(folder + name, undefined)));
      else if (levels > 0) found.push(...(await walk(folder + name, levels - 1)));
    }
    return found;
  };
  const names = async (prefix: string, levels: number | undefined): Promise<string[]> => {
    if (source.manifest !== undefined)
      return manifestNames(await (await send(source.manifest, { method: "GET" })).text());
    return walk(prefix.slice(0, prefix.lastIndexOf("/") + 1), levels);
  };
  return {
    list: async (prefix, levels) => {
      const found: StoredFile[] = [];
      for (const name of await names(prefix, levels)) if (name.startsWith(prefix)) found.push(await look(name));
      return found;
    },
    look,
    read: async (name, range) => {
      const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
      const answer = await send(name, { method: "GET", headers });
      // A server that does not know ranges sends all of it.
      if (range && answer.status !== 206) {
        const all = Buffer.from(await answer.arrayBuffer());
        return Readable.from([all.subarray(range.start, range.end + 1)]);
      }
      return answer.body === null
        ? Readable.from([])
        : Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
    },
    close: async () => {},
  };
}

function addressOf(base: string, name: string): string {
  return base + name.split("/").map(encodeURIComponent).join("/");
}

function fileOf(name: string, headers: Headers): StoredFile {
  const stated = headers.get("last-modified");
  const size = headers.get("content-length");
  return {
    name,
    size: size === null ? undefined : Number(size),
    modified: stated === null ? undefined : new Date(stated).toISOString(),
    version: headers.get("etag") ?? (stated === null ? "" : `${stated}-${size ?? ""}`),
  };
}

function linkedNames(page: string, address: string): string[] {
  const $ = load(page);
  const names = new Set<string>();
  for (const link of $("a[href]").toArray()) {
    const target = URL.parse($(link).attr("href") ?? "", address);
    if (target === null || target.search !== "" || !target.href.startsWith(address)) continue;
    target.hash = "";
    const name = decodeURIComponent(target.href.slice(address.length));
    if (name !== "" && !name.slice(0, -1).includes("/")) names.add(name);
  }
  return [...names];
}

function manifestNames(text: string): string[] {
  if (!text.trimStart().startsWith("["))
    return text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const entries = JSON.parse(text) as (string | { name: string })[];
  return entries.map((entry) => (typeof entry === "string" ? entry : entry.name));
}

function refusal(what: string, status: number): UserError {
  const hint =
    status === 401 || status === 403 ? "Check user and password." : "Check base_url, and the manifest's name.";
  return new UserError(`${what} answers with status ${status}.`, { hint });
}
