/** Taking a page into the notebook: fetched or opened, made text, stored. The same address is fetched once. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Requirements } from "../artifacts/requirements.ts";
import { webSpec } from "../artifacts/spec.ts";
import { messageOf, ToolError, UserError } from "../errors.ts";
import { hostsOf } from "../system/addresses.ts";
import type { Http } from "../system/http.ts";
import type { Link } from "./links.ts";
import type { Notebook, Page } from "./notebook.ts";
import { pageText, type RawDocument } from "./page-text.ts";

export interface PageDesk {
  notebook: Notebook;
  requirements: Requirements;
  http: Http;
  /** Directory that relative `docs` of the spec are resolved against. */
  baseDirectory: string;
  redact: (text: string) => string;
}

export interface Taken {
  page: Page;
  /** Only of a page that was fetched just now. */
  links: Link[];
  notes: string[];
  /** It was in the notebook already. */
  known: boolean;
}

export interface Wanted {
  /** Address, or a path that the spec lists under `docs`. */
  address: string;
  /** Default: what the address is known for, see `kindOf`. */
  kind?: Page["kind"];
  signal: AbortSignal;
}

const MAX_BYTES = 8 * 1024 * 1024;
const SECONDS = 30;
const ACCEPT =
  "text/markdown, text/html;q=0.9, text/plain;q=0.8, application/json;q=0.7, application/yaml;q=0.7, */*;q=0.5";
const CODE_HOSTS =
  /^(www\.)?(github|gitlab|bitbucket|codeberg)\.(com|org)$|^raw\.githubusercontent\.com$|^gist\.github/i;

/**
 * Makes a function that takes pages. Hosts that the spec names under `docs` and `base_url` may be private, no others. The
 * function throws `ToolError`, saying what to do instead, for what is no page: missing, behind a login, made by scripts, not
 * text, empty, not reachable, not allowed.
 */
export function pageTaker(desk: PageDesk): (wanted: Wanted) => Promise<Taken> {
  const led = new Map<string, string>();
  return async ({ address: given, kind, signal }) => {
    const address = withoutFragment(given.trim());
    const { notebook } = desk;
    const known = notebook.pages().findLast((page) => page.id === led.get(address) || page.address === address);
    if (known !== undefined) return { page: known, links: [], notes: [`${address} was read before.`], known: true };
    const raw = /^https?:/i.test(address) ? await fetched(desk, address, signal) : await opened(desk, address, signal);
    const read = await pageText(raw);
    if (read.kind === "refused") throw new ToolError([read.reason, ...linked(read.links)].join("\n"));
    const page = await notebook.addPage(
      { address: raw.address, kind: kind ?? kindOf(raw, desk.requirements), title: desk.redact(read.title) },
      desk.redact(read.text),
    );
    led.set(address, page.id);
    return { page, links: read.links, notes: read.notes, known: false };
  };
}

async function fetched(
  { http, requirements, redact }: PageDesk,
  address: string,
  signal: AbortSignal,
): Promise<RawDocument> {
  const { docs } = requirements.spec.source;
  const { base_url } = webSpec(requirements.spec.source);
  try {
    const options = {
      signal,
      maxBytes: MAX_BYTES,
      seconds: SECONDS,
      accept: ACCEPT,
      allow: hostsOf([...docs, base_url]),
    };
    const answer = await http.get(address, options);
    return { ...answer, address: withoutFragment(answer.address), asked: address };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new ToolError(redact(`${messageOf(error)} Take another page, or go on with those you have.`));
  }
}

/** Only what a person put into the spec is read from the disk. */
async function opened(desk: PageDesk, path: string, signal: AbortSignal): Promise<RawDocument> {
  const { docs } = desk.requirements.spec.source;
  const local = docs.filter((entry) => !/^https?:/i.test(entry));
  if (!local.includes(path)) {
    const instead = local.length === 0 ? "" : `, and of files only those the spec names: ${local.join(", ")}`;
    throw new ToolError(`Only http and https addresses are fetched${instead}. Not ${path}.`);
  }
  try {
    const text = await readFile(resolve(desk.baseDirectory, path), { encoding: "utf8", signal });
    return { address: path, status: 200, contentType: "", text };
  } catch (error) {
    signal.throwIfAborted();
    throw new ToolError(`${path} cannot be read: ${messageOf(error)}. Go on without it.`);
  }
}

/** What a page is, as far as its address and beginning tell: the maker's own, code, a description, or somebody's page. */
export function kindOf(
  { address, asked, text }: Pick<RawDocument, "address" | "asked" | "text">,
  { spec }: Requirements,
): Page["kind"] {
  if (/^\s*\{?\s*["']?(openapi|swagger)["']?\s*:/.test(text.slice(0, 500))) return "api-description";
  const { docs } = spec.source;
  const { base_url } = webSpec(spec.source);
  if (docs.includes(address) || (asked !== undefined && docs.includes(asked)) || !URL.canParse(address))
    return "official-docs";
  const { host, hostname } = new URL(address);
  if (CODE_HOSTS.test(hostname)) return "reference-implementation";
  const own = hostsOf([...docs, base_url]).filter((named) => !CODE_HOSTS.test(named));
  return own.some((named) => named === host || site(named) === site(host)) ? "official-docs" : "other";
}

/** The last two labels of a name: `api.acme.example` and `docs.acme.example` are one maker's. */
function site(host: string): string {
  if (/^[\d.:[\]a-f]+$/i.test(host)) return host;
  return host.replace(/:\d+$/, "").split(".").slice(-2).join(".");
}

function linked(links: readonly Link[]): string[] {
  if (links.length === 0) return [];
  return [
    "Links there:",
    ...links.slice(0, 10).map(({ address, text }) => `- ${address}${text ? ` (${text.slice(0, 80)})` : ""}`),
  ];
}

function withoutFragment(address: string): string {
  return /^https?:/i.test(address) ? address.replace(/#.*$/, "") : address;
}
