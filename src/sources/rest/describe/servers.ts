/** The base address from a description's servers, and endpoints that are served from elsewhere. */

import {
  below,
  type DescriptionDocument,
  isObject,
  type Located,
  membersOf,
  rootOf,
} from "../../http/describe/pointer.ts";
import { at, type Claimed, documented } from "./draft.ts";
import { isSwagger, type Operation } from "./operations.ts";

/** The first https server, else the first http one; undefined where none is stated or none is complete. */
export function findBaseUrl(document: DescriptionDocument): Claimed<string> | undefined {
  if (isSwagger(document)) return swaggerBase(document);
  return firstServer(below(rootOf(document), "servers"));
}

/** The base address of an operation that has servers of its own and does not share the others' base. */
export function foreignServer(operation: Operation, base: string): string | undefined {
  if (operation.servers === undefined) return undefined;
  const all = membersOf(operation.servers).map(([, server]) => serverUrl(server));
  if (all.length === 0 || all.includes(base)) return undefined;
  return all.find((url) => url !== undefined);
}

/** Without a trailing slash, query and fragment; undefined when it is not an http(s) address. */
export function normalBase(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return undefined;
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, "");
}

function firstServer(servers: Located): Claimed<string> | undefined {
  const found = membersOf(servers).flatMap(([, node]) => {
    const url = serverUrl(node);
    return url === undefined ? [] : [{ url, node }];
  });
  const best = found.find(({ url }) => url.startsWith("https:")) ?? found[0];
  if (best === undefined) return undefined;
  const others = found.length > 1 ? `the first of ${found.length} servers that is usable` : undefined;
  return { value: best.url, claim: documented([at(below(best.node, "url"))], others) };
}

/** Variables take their default, or their first allowed value; a relative address is relative to the description's. */
function serverUrl(node: Located): string | undefined {
  const stated = below(node, "url").value;
  if (typeof stated !== "string") return undefined;
  const filled = stated.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const variable = below(node, "variables", name);
    const usual = below(variable, "default").value ?? below(variable, "enum", 0).value;
    return usual === undefined ? whole : String(usual);
  });
  if (/[{}]/.test(filled)) return undefined;
  if (/^[a-z][a-z0-9+.-]*:/i.test(filled)) return normalBase(filled);
  const { address } = node.document;
  return /^https?:\/\//i.test(address) && URL.canParse(filled, address)
    ? normalBase(new URL(filled, address).href)
    : undefined;
}

/** `schemes`, `host` and `basePath`; what is missing comes from the description's own address. */
function swaggerBase(document: DescriptionDocument): Claimed<string> | undefined {
  const { host, basePath, schemes } = document.root;
  const own = /^https?:\/\//i.test(document.address) ? new URL(document.address) : undefined;
  const authority = typeof host === "string" && host !== "" ? host : own?.host;
  if (authority === undefined) return undefined;
  const offered = Array.isArray(schemes) ? schemes.map(String) : [];
  const fallback = own?.protocol === "http:" ? "http" : "https";
  const scheme = offered.length === 0 ? fallback : ["https", "http"].find((one) => offered.includes(one));
  if (scheme === undefined) return undefined;
  const url = normalBase(`${scheme}://${authority}${typeof basePath === "string" ? basePath : ""}`);
  if (url === undefined) return undefined;
  const root = rootOf(document);
  const cite = ["host", "basePath", "schemes"].map((name) => at(below(root, name)));
  const known = cite.some((place) => place !== undefined);
  return {
    value: url,
    claim: known ? documented(cite) : documented([at(below(root, "swagger"))], "host of the description's address"),
  };
}

/** Title and introduction, without markup and cut to a readable length. */
export function titleOf(document: DescriptionDocument): { title?: string; description?: string } {
  const info = document.root.info;
  if (!isObject(info)) return {};
  const title = typeof info.title === "string" ? info.title.trim() : "";
  const description = typeof info.description === "string" ? info.description.replace(/<[^>]*>/g, "").trim() : "";
  return { ...(title ? { title } : {}), ...(description ? { description: description.slice(0, 2000) } : {}) };
}
