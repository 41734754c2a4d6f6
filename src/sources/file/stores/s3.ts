/** Files in a bucket of an S3-compatible object store. */
import { Readable } from "node:stream";
import { AwsClient } from "aws4fetch";
import { load } from "cheerio";
import { UserError } from "../../../errors.ts";
import type { Store, StoredFile, StoreOptions } from "./store.ts";

const SECONDS = 60;

export async function openS3({ values, source, signal }: StoreOptions): Promise<Store> {
  const { access_key_id: accessKeyId = "", secret_access_key: secretAccessKey = "", region = "" } = values;
  const prefix = (values.prefix ?? "").replace(/^\/+|\/+$/g, "");
  const root = prefix === "" ? "" : `${prefix}/`;
  const base = baseOf(values);
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 2 });
  const send = async (path: string, init: RequestInit & { method: string }): Promise<Response> => {
    const url = `${base}${path}`;
    const limited = { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]) };
    const answer =
      source.credentials === "none" ? await fetch(url, limited) : await client.fetch(url, limited as RequestInit);
    if (answer.ok) return answer;
    throw refusal(source.location, answer.status, await answer.text());
  };
  const page = async (start: string, token: string | undefined) => {
    const query = new URLSearchParams({ "list-type": "2", prefix: start, "encoding-type": "url" });
    if (token !== undefined) query.set("continuation-token", token);
    // aws4fetch signs what the address has: blanks as %20.
    const answer = await send(`/?${query.toString().replaceAll("+", "%20")}`, { method: "GET" });
    return readListing(await answer.text());
  };
  const keyPath = (name: string) => `/${(root + name).split("/").map(encodeRfc3986).join("/")}`;
  return {
    list: async (start) => {
      const found: StoredFile[] = [];
      let token: string | undefined;
      do {
        const listing = await page(root + start, token);
        for (const { key, ...file } of listing.files) {
          if (!key.endsWith("/")) found.push({ name: key.slice(root.length), ...file });
        }
        token = listing.next;
      } while (token !== undefined);
      return found;
    },
    look: async (name) => {
      const { headers } = await send(keyPath(name), { method: "HEAD" });
      const modified = new Date(headers.get("last-modified") ?? "");
      return {
        name,
        size: Number(headers.get("content-length")),
        modified: modified.toISOString(),
        version: (headers.get("etag") ?? "").replaceAll('"', ""),
      };
    },
    read: async (name, range) => {
      const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
      const { body } = await send(keyPath(name), { method: "GET", headers });
      return body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    },
    close: async () => {},
  };
}

/** Stores of one's own have buckets as folders, Amazon's has a host per bucket. */
function baseOf({ endpoint_url: endpoint, bucket = "", region = "" }: Record<string, string>): string {
  if (endpoint) return `${endpoint.replace(/\/+$/, "")}/${encodeURIComponent(bucket)}`;
  return `https://${bucket}.s3.${region}.amazonaws.com`;
}

function readListing(xml: string): { files: (Omit<StoredFile, "name"> & { key: string })[]; next: string | undefined } {
  const $ = load(xml, { xml: true });
  const files = $("ListBucketResult > Contents")
    .toArray()
    .map((entry) => {
      const text = (tag: string) => $(entry).children(tag).first().text();
      return {
        key: decodeURIComponent(text("Key").replaceAll("+", " ")),
        size: Number(text("Size")),
        modified: new Date(text("LastModified")).toISOString(),
        version: text("ETag").replaceAll('"', ""),
      };
    });
  const more = $("ListBucketResult > IsTruncated").text() === "true";
  return { files, next: more ? $("ListBucketResult > NextContinuationToken").text() : undefined };
}

function refusal(location: string, status: number, body: string): UserError {
  const code = load(body, { xml: true })("Error > Code").text() || `status ${status}`;
  if (status === 403 || status === 401)
    return new UserError(`${location}: the store refused to answer (${code}).`, {
      hint: "Check access_key_id and secret_access_key, and that the key may list and read the bucket.",
    });
  if (code === "NoSuchBucket")
    return new UserError(`${location}: there is no such bucket.`, { hint: "Check the source's bucket." });
  return new UserError(`${location}: the store answered ${code}.`);
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
