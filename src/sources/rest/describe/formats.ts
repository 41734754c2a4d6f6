/** Tells what a document is, parses it, and converts what is converted. No interpretation beyond the format. */
import { extname } from "node:path";
import { CORE_SCHEMA, load, mergeTag, YAMLException } from "js-yaml";
import { messageOf, UserError } from "../../../errors.ts";
import {
  type GraphqlDescription,
  graphqlFromIntrospection,
  graphqlFromText,
} from "../../http/describe/graphql-schema.ts";
import { type Conversion, isObject, type JsonObject } from "../../http/describe/pointer.ts";
import type { RawText } from "../../http/describe/read-text.ts";
import type { ConvertedDocument } from "./convert/converted-document.ts";
import { convertHar } from "./convert/har.ts";
import { convertPostman } from "./convert/postman.ts";

/** Formats that tables are drafted from. */
export type DescriptionFormat = "openapi" | "swagger" | "postman" | "har";

export const FORMAT_NAMES: Readonly<Record<DescriptionFormat | "graphql", string>> = {
  openapi: "an OpenAPI description",
  swagger: "a Swagger description",
  postman: "a Postman collection",
  har: "a recording of HTTP traffic (HAR)",
  graphql: "a GraphQL schema",
};

/** `text` is what is stored: without secrets where the format is known to hold them. */
export type Recognised =
  | { format: DescriptionFormat; text: string; root: JsonObject; conversion?: Conversion }
  | ({ format: "graphql"; text: string } & GraphqlDescription);

/** Deeper than any real description, shallow enough for the stack. */
const MAX_NESTING = 500;
const schema = CORE_SCHEMA.withTags(mergeTag);

/** The description, or undefined for prose. Throws `UserError` for a description that is malformed or unknown. */
export function recognise(raw: RawText): Recognised | undefined {
  const extension = extname(pathOf(raw.address)).toLowerCase();
  const head = raw.text.trimStart().slice(0, 1);
  if (head === "<" || /html|markdown/.test(raw.contentType)) return undefined;
  if ([".md", ".markdown", ".txt", ".html", ".htm", ".rst"].includes(extension)) return undefined;
  const stated = [".graphql", ".graphqls", ".gql"].includes(extension) || /graphql/.test(raw.contentType);
  const graphql = graphqlFromText(raw.address, { text: raw.text, stated });
  if (graphql !== undefined) return { format: "graphql", text: raw.text, ...graphql };
  const json = head === "{" || head === "[";
  const machine = json || [".json", ".yaml", ".yml", ".har"].includes(extension) || /json|yaml/.test(raw.contentType);
  let root: unknown;
  try {
    root = json ? JSON.parse(raw.text) : load(raw.text, { schema, json: true, maxDepth: MAX_NESTING });
  } catch (cause) {
    if (!machine && !/^["']?(openapi|swagger)["']?\s*:/m.test(raw.text)) return undefined;
    throw malformed(raw, { json, cause });
  }
  const found = isObject(root) ? read(raw, root) : undefined;
  if (found !== undefined || !machine) return found;
  throw new UserError(`${raw.address} is not a description of an API.`, {
    hint:
      whatElse(root) ??
      "Known are OpenAPI 3 (`openapi: 3.…`), Swagger 2 (`swagger: '2.0'`), Postman collections (v2.0, v2.1), HAR files and GraphQL schemas.",
  });
}

function pathOf(address: string): string {
  return /^https?:\/\//i.test(address) ? new URL(address).pathname : address;
}

function read(raw: RawText, root: JsonObject): Recognised | undefined {
  if (/^3\./.test(String(root.openapi ?? ""))) return { format: "openapi", text: raw.text, root };
  // YAML reads an unquoted 2.0 as the number 2.
  if (/^2(\.0)?$/.test(String(root.swagger ?? ""))) return { format: "swagger", text: raw.text, root };
  if (isPostman(root)) return { format: "postman", ...converted(raw, root, convertPostman) };
  if (isObject(root.log) && (Array.isArray(root.log.entries) || isObject(root.log.creator))) {
    if (Array.isArray(root.log.entries)) return { format: "har", ...converted(raw, root, convertHar) };
    throw new UserError(`${raw.address} is a HAR file without a list at /log/entries.`, { hint: "Record it again." });
  }
  const graphql = graphqlFromIntrospection(raw.address, root);
  return graphql === undefined ? undefined : { format: "graphql", text: raw.text, ...graphql };
}

/** The API of Postman answers a collection inside of an envelope. */
function isPostman(root: JsonObject): boolean {
  const info = isObject(root.collection) && root.info === undefined ? root.collection.info : root.info;
  return isObject(info) && String(info.schema ?? "").includes("getpostman.com");
}

type Convert = (address: string, root: JsonObject) => ConvertedDocument;

/** Errors go on as they are; anything else in a file of a person's is the file's. */
function converted(raw: RawText, root: JsonObject, convert: Convert): ConvertedDocument {
  try {
    return convert(raw.address, root);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(`${raw.address} is nested too deeply to be read.`, {
      hint: "Give a smaller recording.",
      cause,
    });
  }
}

/** Files that are taken for one of these, by what they are instead. */
function whatElse(root: unknown): string | undefined {
  if (!isObject(root)) return undefined;
  if (root._postman_variable_scope !== undefined)
    return "It is a Postman environment: export the collection instead, as Collection v2.1.";
  if (Array.isArray(root.requests) && Array.isArray(root.order))
    return "It is a Postman collection of version 1: export it from Postman as Collection v2.1.";
  if (root.openapi !== undefined || root.swagger !== undefined)
    return `Its version (${String(root.openapi ?? root.swagger)}) is not known: OpenAPI 3.x and Swagger 2.0 are.`;
  return undefined;
}

function malformed(raw: RawText, { json, cause }: { json: boolean; cause: unknown }): UserError {
  const line = cause instanceof YAMLException ? cause.mark && cause.mark.line + 1 : jsonErrorLine(raw.text, cause);
  const reason = cause instanceof YAMLException ? cause.reason : messageOf(cause).split("\n")[0];
  const place = line === undefined ? "" : ` at line ${line}`;
  return new UserError(`${raw.address} is not valid ${json ? "JSON" : "YAML"}${place}: ${reason}.`, {
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
