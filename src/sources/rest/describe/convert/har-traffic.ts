/**
 * The part of a recording that is about the source: requests to the host with the most JSON answers. The rest keeps its
 * place, so that pointers are those of the file as it was given, and loses what it holds.
 */
import { UserError } from "../../../../errors.ts";
import { counted } from "../../../../wording/numbers.ts";
import { isObject, type JsonObject } from "../../../http/describe/pointer.ts";

export interface Traffic {
  /** The document with the entries of other hosts and of files emptied. */
  kept: JsonObject;
  /** Protocol, host and port. */
  host: string;
  leftOut: { name: string; reason: string }[];
}

/** Marks an entry that was emptied. */
export const LEFT_OUT = "left out: not an answer of the source";

const FILES =
  /\.(js|mjs|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp4|webm|mp3|wasm|html?|xml|txt|pdf)$/i;
const ASSETS =
  /\/(_next|_nuxt|static|assets|dist|build|locales?|i18n|translations?)\/|\/(manifest|package|asset-manifest)\.json$/i;

/** Throws `UserError` where an entry has no request or no address. */
export function keepTraffic(address: string, root: JsonObject): Traffic {
  const log = root.log as JsonObject;
  const entries = (log.entries as unknown[]).map((entry, index) => {
    const request = isObject(entry) ? entry.request : undefined;
    if (!isObject(entry) || !isObject(request) || typeof request.url !== "string" || !URL.canParse(request.url)) {
      throw new UserError(`${address} is not a whole HAR file: /log/entries/${index} has no request with an address.`, {
        hint: "Record the traffic again, or take that entry out.",
      });
    }
    return { entry, request, url: new URL(request.url) };
  });
  const hosts = new Map<string, number>();
  for (const { entry, request, url } of entries) {
    if (isJsonAnswer(entry, request) && !isFile(url)) hosts.set(url.origin, (hosts.get(url.origin) ?? 0) + 1);
  }
  const [host = ""] = [...hosts].sort(([, a], [, b]) => b - a)[0] ?? [entries[0]?.url.origin ?? ""];
  const kept = entries.map(({ entry, request, url }) =>
    url.origin === host && !isFile(url) && isData(entry, request) ? withBody(entry) : emptied(entry, { request, url }),
  );
  const leftOut = [...hosts].filter(([other]) => other !== host);
  return {
    kept: {
      log: { version: log.version ?? "1.2", ...(isObject(log.creator) ? { creator: log.creator } : {}), entries: kept },
    },
    host,
    leftOut: leftOut.map(([name, count]) => ({
      name,
      reason: `Another host: ${counted(count, "JSON answer")} of it recorded, more of ${host}.`,
    })),
  };
}

function isFile(url: URL): boolean {
  return FILES.test(url.pathname) || ASSETS.test(url.pathname);
}

function mimeOf(entry: JsonObject): string {
  const response = isObject(entry.response) ? entry.response : {};
  const content = isObject(response.content) ? response.content : {};
  return String(content.mimeType ?? "").toLowerCase();
}

function isJsonAnswer(entry: JsonObject, request: JsonObject): boolean {
  return String(request.method ?? "GET").toUpperCase() === "GET" && mimeOf(entry).includes("json");
}

/** Requests for data: those that answer JSON or nothing, and those that send something. */
function isData(entry: JsonObject, request: JsonObject): boolean {
  return mimeOf(entry).includes("json") || String(request.method ?? "GET").toUpperCase() !== "GET";
}

/** Bodies in base64 become text, so that secrets in them can be seen. */
function withBody(entry: JsonObject): JsonObject {
  const { startedDateTime, request, response } = entry;
  const answer = isObject(response) ? response : {};
  const content = isObject(answer.content) ? answer.content : {};
  const { encoding, ...rest } = content;
  const text =
    encoding === "base64" && typeof rest.text === "string"
      ? Buffer.from(rest.text, "base64").toString("utf8")
      : rest.text;
  const decoded = { ...rest, ...(text === undefined ? {} : { text }) };
  return { startedDateTime, request: ownFields(request), response: { ...ownFields(answer), content: decoded } };
}

/** Without what programs add for themselves (`_initiator`, `_transferSize`). */
function ownFields(value: unknown): JsonObject {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("_"))) : {};
}

function emptied(entry: JsonObject, { request, url }: { request: JsonObject; url: URL }): JsonObject {
  const response = isObject(entry.response) ? entry.response : {};
  return {
    comment: LEFT_OUT,
    request: { method: request.method, url: `${url.origin}/` },
    response: { status: response.status, content: { mimeType: mimeOf(entry) } },
  };
}
