/** Reads what a spec lists under `docs`: fetch or open, tell the format, parse. No interpretation beyond the format. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { CORE_SCHEMA, load, mergeTag, YAMLException } from "js-yaml";
import { messageOf, UserError } from "../../../errors.ts";
import type { DescribeContext } from "../../kind.ts";
import { type DescriptionDocument, isObject, type JsonObject } from "./pointer.ts";

export type DescriptionFormat = "openapi" | "swagger" | "postman" | "har";

/** A machine-readable description, or a page of prose that is kept for a reader. */
export type SourceDocument =
  | (DescriptionDocument & { format: DescriptionFormat })
  | { format: "prose"; address: string; text: string; hash: string };

const MAX_BYTES = 64 * 1024 * 1024;
const SECONDS = 60;
/** Deeper than any real description, shallow enough for the stack. */
const MAX_NESTING = 500;
const schema = CORE_SCHEMA.withTags(mergeTag);

/** Reads every entry, in order. Throws `UserError` naming the entry that cannot be read. */
export async function readDocuments(docs: readonly string[], context: DescribeContext): Promise<SourceDocument[]> {
  const documents: SourceDocument[] = [];
  for (const entry of docs) {
    context.signal.throwIfAborted();
    const raw = await readText(entry, context);
    const hash = createHash("sha256").update(raw.text).digest("hex");
    const parsed = parseDescription(entry, raw);
    const common = { address: raw.address, text: raw.text, hash };
    documents.push(parsed === undefined ? { ...common, format: "prose" } : { ...common, ...parsed });
  }
  return documents;
}

interface RawText {
  address: string;
  text: string;
  contentType: string;
}

async function readText(entry: string, context: DescribeContext): Promise<RawText> {
  if (/^https?:\/\//i.test(entry)) {
    const fetched = await context.http.get(entry, { signal: context.signal, maxBytes: MAX_BYTES, seconds: SECONDS });
    if (fetched.status >= 200 && fetched.status < 300) {
      return { address: fetched.address, text: withoutMark(fetched.text), contentType: fetched.contentType };
    }
    throw new UserError(`${entry} answered ${fetched.status}.`, {
      hint: "Check the address under `docs` in the spec.",
    });
  }
  try {
    const text = await readFile(resolve(context.baseDirectory, entry), { encoding: "utf8", signal: context.signal });
    return { address: entry, text: withoutMark(text), contentType: "" };
  } catch (cause) {
    context.signal.throwIfAborted();
    const why = isObject(cause) && cause.code === "ENOENT" ? "there is no such file" : messageOf(cause);
    throw new UserError(`${entry} cannot be read: ${why}.`, {
      hint: "Paths under `docs` are relative to the spec's directory.",
      cause,
    });
  }
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** The parsed description, or undefined for prose. Throws `UserError` for a description that is malformed or unknown. */
function parseDescription(entry: string, raw: RawText): { format: DescriptionFormat; root: JsonObject } | undefined {
  const extension = extname(pathOf(entry)).toLowerCase();
  const head = raw.text.trimStart().slice(0, 1);
  if (head === "<" || /html|markdown/.test(raw.contentType)) return undefined;
  if ([".md", ".markdown", ".txt", ".html", ".htm", ".rst"].includes(extension)) return undefined;
  const json = head === "{" || head === "[";
  const machine = json || [".json", ".yaml", ".yml"].includes(extension) || /json|yaml/.test(raw.contentType);
  let root: unknown;
  try {
    root = json ? JSON.parse(raw.text) : load(raw.text, { schema, json: true, maxDepth: MAX_NESTING });
  } catch (cause) {
    if (!machine && !/^["']?(openapi|swagger)["']?\s*:/m.test(raw.text)) return undefined;
    throw malformed(entry, { raw, json, cause });
  }
  const format = formatOf(root);
  if (format !== undefined && isObject(root)) return { format, root };
  if (!machine) return undefined;
  throw new UserError(`${entry} is not a description of an API.`, {
    hint: "An OpenAPI 3 description starts with `openapi: 3.…`, a Swagger 2 description with `swagger: '2.0'`.",
  });
}

function pathOf(entry: string): string {
  return /^https?:\/\//i.test(entry) ? new URL(entry).pathname : entry;
}

function formatOf(root: unknown): DescriptionFormat | undefined {
  if (!isObject(root)) return undefined;
  if (/^3\./.test(String(root.openapi ?? ""))) return "openapi";
  // YAML reads an unquoted 2.0 as the number 2.
  if (/^2(\.0)?$/.test(String(root.swagger ?? ""))) return "swagger";
  const info = root.info;
  if (isObject(info) && String(info.schema ?? "").includes("getpostman.com")) return "postman";
  const log = root.log;
  return isObject(log) && Array.isArray(log.entries) ? "har" : undefined;
}

function malformed(entry: string, failure: { raw: RawText; json: boolean; cause: unknown }): UserError {
  const { raw, json, cause } = failure;
  const line = cause instanceof YAMLException ? cause.mark && cause.mark.line + 1 : jsonErrorLine(raw.text, cause);
  const reason = cause instanceof YAMLException ? cause.reason : messageOf(cause).split("\n")[0];
  const place = line === undefined ? "" : ` at line ${line}`;
  return new UserError(`${entry} is not valid ${json ? "JSON" : "YAML"}${place}: ${reason}.`, {
    hint: "Mend the description, or give another one under `docs` in the spec.",
    cause,
  });
}

/** The engine tells either a position or a snippet of the text around the mistake. */
function jsonErrorLine(text: string, cause: unknown): number | undefined {
  const message = messageOf(cause);
  const position = /at position (\d+)/.exec(message)?.[1];
  const snippet = /token '(?:.|\n)', (?:\.\.\.)?"((?:.|\n)*?)"(?:\.\.\.)? is not valid JSON/.exec(message)?.[1];
  if (/Unexpected end/.test(message)) return text.trimEnd().split("\n").length;
  let at = position === undefined ? undefined : Number(position);
  if (at === undefined && snippet !== undefined && text.indexOf(snippet) === text.lastIndexOf(snippet)) {
    // The engine shows ten characters before the mistake and ten after.
    const start = text.indexOf(snippet);
    at = start < 0 ? undefined : start + Math.min(10, Math.floor(snippet.length / 2));
  }
  return at === undefined ? undefined : text.slice(0, at).split("\n").length;
}
