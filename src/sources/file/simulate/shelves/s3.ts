/** A bucket of an object store that speaks S3: listing in pages, ranges, and signatures that are checked. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { FileSource } from "../../../../artifacts/kinds/file.ts";
import { createLog, type Shelf, type ShelfOptions, type ShelvedFile } from "../shelf.ts";
import { canHappenTo, createWebStrikes, sendAnswer, type WebDisturbance } from "../web-faults.ts";

/** Few, so that every listing of some length comes in several pages. */
const KEYS_PER_PAGE = 3;
const PREFIX = "landing/";

interface Bucket {
  source: FileSource;
  options: ShelfOptions;
  files: Map<string, ShelvedFile>;
  name: string;
  keys: { id: string; secret: string };
  log: ReturnType<typeof createLog>;
}

interface Answer {
  status: number;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** The file or listing that was asked for. */
  table?: string | undefined;
  records?: number;
}

export async function openS3Shelf(source: FileSource, options: ShelfOptions): Promise<Shelf> {
  const keys = { id: `AKIA${options.secret("id").slice(0, 16).toUpperCase()}`, secret: options.secret("key") };
  const log = createLog();
  const { strikes, faults } = createWebStrikes(log.requests);
  const bucket: Bucket = {
    source,
    options,
    files: new Map(),
    name: `${options.name.replaceAll("_", "-")}-bucket`,
    keys,
    log,
  };
  const server = createServer((request, response) => {
    const address = new URL(request.url ?? "/", "http://loopback");
    const right = answerOf(bucket, request, address);
    const struck = strikes.at(log.requests.length, canHappenTo(request, { body: "", ...right }));
    const { status, body = "", headers = {}, table, records = 0 } = struckAnswer(right, struck);
    log.add({
      method: request.method ?? "GET",
      path: decodeURIComponent(address.pathname),
      query: [...address.searchParams],
      status,
      records,
      ...(table === undefined ? {} : { table }),
    });
    sendAnswer(request, response, { answer: { status, body, headers }, struck });
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(options.port ?? 0, "127.0.0.1", done);
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    put: (name, file) => void bucket.files.set(PREFIX + name, file),
    remove: (name) => void bucket.files.delete(PREFIX + name),
    configuration: {
      bucket: bucket.name,
      prefix: PREFIX,
      endpoint_url: baseUrl,
      region: "us-east-1",
      ...(source.credentials === "access_key" ? { access_key_id: keys.id, secret_access_key: keys.secret } : {}),
    },
    baseUrl,
    addressKey: "endpoint_url",
    requests: log.requests,
    faults,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function struckAnswer(right: Answer, struck: WebDisturbance | undefined): Answer {
  if (struck?.kind !== "status") return struck === undefined ? right : { ...right, records: 0 };
  const { status } = struck;
  return { table: right.table, status, body: errorXml(status === 503 ? "SlowDown" : "InternalError"), headers: XML };
}

function answerOf(bucket: Bucket, request: IncomingMessage, address: URL): Answer {
  const { options, source } = bucket;
  const [, name = "", ...rest] = decodeURIComponent(address.pathname).split("/");
  const key = rest.join("/");
  const listing = key === "";
  const asked = listing ? (address.searchParams.get("prefix") ?? "") : key;
  const inside = asked.startsWith(PREFIX) ? asked.slice(PREFIX.length) : undefined;
  const table = inside === undefined ? undefined : listing ? options.tableOfPrefix(inside) : options.tableOf(inside);
  const refused = (status: number, code: string): Answer => ({ status, body: errorXml(code), table, headers: XML });
  if (source.credentials === "access_key") {
    const code = signatureProblem(request, address, bucket.keys);
    if (code !== undefined) return refused(403, code);
  }
  if (name !== bucket.name) return refused(404, "NoSuchBucket");
  options.before(table);
  const status = options.denied(table);
  if (status !== undefined) return refused(status, status === 403 ? "AccessDenied" : "InternalError");
  if (listing) return { status: 200, body: listXml(bucket, address.searchParams), headers: XML, table };
  const file = bucket.files.get(key);
  if (file === undefined) return refused(404, "NoSuchKey");
  return { ...fileAnswer(file, request.headers.range), table, records: options.recordsIn(inside ?? "") };
}

const XML = { "content-type": "application/xml" };

function fileAnswer(file: ShelvedFile, asked: string | undefined): Answer {
  const headers = {
    etag: etagOf(file),
    "last-modified": new Date(Number(file.micros / 1000n)).toUTCString(),
    "accept-ranges": "bytes",
  };
  const range = /^bytes=(\d+)-(\d+)$/.exec(asked ?? "");
  if (range === null) return { status: 200, body: file.body, headers };
  const [start, end] = [Number(range[1]), Math.min(Number(range[2]), file.body.length - 1)];
  if (start >= file.body.length) return { status: 416, body: errorXml("InvalidRange"), headers: XML };
  const stated = { "content-range": `bytes ${start}-${end}/${file.body.length}` };
  return { status: 206, body: file.body.subarray(start, end + 1), headers: { ...headers, ...stated } };
}

/** Like multipart uploads have them: of the content, and of when it was written. */
function etagOf({ body, micros }: ShelvedFile): string {
  return `"${createHash("md5").update(body).update(String(micros)).digest("hex")}-1"`;
}

function listXml({ files, name }: Bucket, query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  const after = Buffer.from(query.get("continuation-token") ?? "", "base64url").toString();
  const encode = (text: string) => (query.get("encoding-type") === "url" ? encodeURIComponent(text) : escapeXml(text));
  const all = [...files.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = all.slice(0, Math.min(KEYS_PER_PAGE, Number(query.get("max-keys") ?? 1000)));
  const contents = page.map((key) => {
    const file = files.get(key) as ShelvedFile;
    const modified = new Date(Number(file.micros / 1000n)).toISOString();
    return `<Contents><Key>${encode(key)}</Key><LastModified>${modified}</LastModified><ETag>${escapeXml(etagOf(file))}</ETag><Size>${file.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const more = all.length > page.length;
  const next = more
    ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? "").toString("base64url")}</NextContinuationToken>`
    : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${name}</Name><Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>1000</MaxKeys>${query.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : ""}<IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
}

function errorXml(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Amazon's Signature Version 4, as a server checks it. Undefined when it is right, else the code of the refusal. */
function signatureProblem(request: IncomingMessage, address: URL, keys: Bucket["keys"]): string | undefined {
  const stated =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? "",
    );
  if (stated === null) return "AccessDenied";
  const [, id = "", day = "", region = "", names = "", signature = ""] = stated;
  if (id !== keys.id) return "InvalidAccessKeyId";
  // Behind a proxy the host that was signed is the one that the proxy was asked as.
  const given: IncomingMessage["headers"] = { ...request.headers };
  given.host = String(given["x-forwarded-host"] ?? given.host);
  const header = (name: string) =>
    String(given[name] ?? "")
      .trim()
      .replace(/ +/g, " ");
  const canonical = [
    request.method,
    (request.url ?? "/").replace(/\?.*$/, ""),
    canonicalQuery(address.search),
    ...names.split(";").map((name) => `${name}:${header(name)}`),
    "",
    names,
    header("x-amz-content-sha256"),
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = [
    "AWS4-HMAC-SHA256",
    header("x-amz-date"),
    scope,
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const signing = [day, region, "s3", "aws4_request"].reduce<Buffer>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    Buffer.from(`AWS4${keys.secret}`),
  );
  const right = createHmac("sha256", signing).update(text).digest();
  return timingSafeEqual(right, Buffer.from(signature, "hex")) ? undefined : "SignatureDoesNotMatch";
}

function canonicalQuery(search: string): string {
  const pairs = search
    .replace(/^\?/, "")
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", value = ""] = pair.split("=");
      return `${strict(name)}=${strict(value)}`;
    });
  return pairs.sort().join("&");
}

/** Encoded as the signature wants it, whatever the client sent. */
function strict(part: string): string {
  return encodeURIComponent(decodeURIComponent(part.replaceAll("+", " "))).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
