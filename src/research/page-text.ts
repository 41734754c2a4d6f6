/**
 * A document as it came, as the text that is read and quoted from. What cannot be read says why, and where to look instead:
 * a wall taken for a page would be evidence of nothing.
 */
import { parse, stringify } from "lossless-json";
import type { HtmlPage } from "./html.ts";
import { type Link, linksWorthReading } from "./links.ts";

/** A fetched or opened document. */
export interface RawDocument {
  /** After redirects; for a local document its path. */
  address: string;
  /** What was asked for, before redirects. */
  asked?: string;
  status: number;
  /** Empty when it is not known. */
  contentType: string;
  text: string;
}

export type PageText =
  | { kind: "page"; title: string; text: string; notes: string[]; links: Link[] }
  /** `reason` is a sentence that says what to do instead. */
  | { kind: "refused"; why: "status" | "binary" | "login" | "scripted" | "empty"; reason: string; links: Link[] };

/** Characters of a page that are kept. */
export const MAX_TEXT = 400_000;
/** Shorter than any page of documentation, longer than what a wall or a shell says. */
const SHORT = 1500;
/** How files begin that are no text, whatever they are announced as. */
const STARTS: readonly (readonly [string, string])[] = [
  ["%PDF-", "PDF"],
  ["PK\u0003\u0004", "ZIP archive"],
  ["PNG\r\n", "image"],
  ["GIF8", "image"],
];
const LOGIN_PATH = /(^|[/_-])(log[-_]?in|sign[-_]?in|sso|saml|oauth2?|authorize|session\/new)(\/|[?.]|$)/i;
const LOGIN_HOST = /^(login|signin|sso|accounts?|auth|idp?)\./i;

export async function pageText(raw: RawDocument): Promise<PageText> {
  const bad = statusProblem(raw) ?? binaryProblem(raw);
  if (bad !== undefined) return bad;
  if (/^\s*$/.test(raw.text)) return refused("empty", `${raw.address} is empty: look for another page.`);
  if (isHtml(raw)) return htmlText(raw);
  if (movedToLogin(raw)) return loginWall(raw.address);
  const text = isJson(raw) ? readableJson(raw.text) : raw.text;
  return page(raw, { title: titleOf(raw.address, text), text, links: [] });
}

async function htmlText(raw: RawDocument): Promise<PageText> {
  const html = await readPage(raw);
  if (html === undefined)
    return refused("binary", `${raw.address} is nested too deeply to be read: look for another form of it.`);
  const links = /^https?:/i.test(raw.address) ? linksWorthReading(html.anchors, raw.address) : [];
  const text = html.markdown;
  if ((html.password || movedToLogin(raw)) && text.length < SHORT) return loginWall(raw.address);
  if (/^(error )?404\b|^(page |file )?not found/i.test(html.title) && text.length < SHORT) {
    return {
      ...refused(
        "status",
        `${raw.address} says that there is no such page: check the address, or search the pages you have.`,
      ),
      links,
    };
  }
  if (text.replace(/\s+/g, "").length < 120 && html.scripted) return { ...scriptedShell(raw.address, links), links };
  if (text === "") return refused("empty", `${raw.address} has no text: look for another page.`);
  return page(raw, { title: html.title || raw.address, text, links });
}

async function readPage(raw: RawDocument): Promise<HtmlPage | undefined> {
  const { readHtml } = await import("./html.ts");
  return readHtml(raw.text, /^https?:/i.test(raw.address) ? raw.address : "file:///");
}

function page(raw: RawDocument, { title, text, links }: { title: string; text: string; links: Link[] }): PageText {
  const whole = text.replace(/\r\n?/g, "\n").replace(/^\uFEFF/, "");
  const cut = whole.length > MAX_TEXT;
  const kept = cut
    ? whole.slice(0, whole.lastIndexOf("\n", MAX_TEXT) + 1 || MAX_TEXT).replace(/[\uD800-\uDBFF]$/, "")
    : whole;
  const notes = cut
    ? [
        `Only the first ${kept.length} of ${whole.length} characters were kept: read the rest as pages of its own, if the site has them.`,
      ]
    : [];
  if (raw.asked !== undefined && raw.asked !== raw.address) notes.push(`${raw.asked} leads to ${raw.address}.`);
  return { kind: "page", title: title.slice(0, 200), text: kept, notes, links };
}

function refused(
  why: Extract<PageText, { kind: "refused" }>["why"],
  reason: string,
): Extract<PageText, { kind: "refused" }> {
  return { kind: "refused", why, reason, links: [] };
}

function statusProblem({ status, address }: RawDocument): PageText | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 401 || status === 403 || status === 407) {
    return refused(
      "login",
      `${address} answered ${status}: it wants a login or lets no program in. Look for the same on an open page; else a person must save it and name the file under \`docs\`.`,
    );
  }
  if (status === 429)
    return refused("status", `${address} answered 429: it is asked too often. Read other pages first and come back.`);
  if (status >= 500)
    return refused("status", `${address} answered ${status}: it fails now. Try once more later, or read another page.`);
  return refused(
    "status",
    `${address} answered ${status}: there is no page. Check the address, or take one from the links of a page you have.`,
  );
}

function binaryProblem({ address, contentType, text }: RawDocument): PageText | undefined {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const known = STARTS.find(([start]) => text.slice(0, 8).includes(start))?.[1];
  const named =
    /^(image|audio|video|font)\//.exec(type)?.[1] ?? /^application\/(pdf|zip|gzip|vnd\.[\w.-]+)$/.exec(type)?.[1];
  // `application/vnd.oai.openapi+json` and its kind end in what they are.
  const what = known ?? (named === undefined || /json|ya?ml|xml/.test(type) ? undefined : named.toUpperCase());
  const start = text.slice(0, 4096);
  const odd = [...start].filter((char) => char === "\0" || char === "\uFFFD").length;
  if (what === undefined && odd * 20 <= start.length) return undefined;
  const name = what === undefined ? "is not text" : `is not text but ${/^[aeiou]/i.test(what) ? "an" : "a"} ${what}`;
  return refused(
    "binary",
    `${address} ${name}: look for a page in HTML or Markdown, or have a person save it as text and name the file under \`docs\`.`,
  );
}

function movedToLogin({ address, asked }: RawDocument): boolean {
  if (asked === undefined || asked === address || !URL.canParse(address)) return false;
  const url = new URL(address);
  // A page about logging in that only moved is asked for by such a path, too.
  if (URL.canParse(asked) && LOGIN_PATH.test(new URL(asked).pathname)) return false;
  return LOGIN_PATH.test(url.pathname) || LOGIN_HOST.test(url.hostname);
}

function loginWall(address: string): PageText {
  return refused(
    "login",
    `${address} is a login form, not the page. Look for the same on an open page; else a person must save it and name the file under \`docs\`.`,
  );
}

function scriptedShell(address: string, links: readonly Link[]): Extract<PageText, { kind: "refused" }> {
  const better = links.filter(({ kind }) => kind !== "page").map((link) => link.address);
  const url = /^https?:/i.test(address) ? new URL(address) : undefined;
  const raw = /^github\.com$/.test(url?.host ?? "") && /^\/([^/]+\/[^/]+)\/blob\/(.+)$/.exec(url?.pathname ?? "");
  if (raw) better.unshift(`https://raw.githubusercontent.com/${raw[1]}/${raw[2]}`);
  const guesses =
    url === undefined
      ? []
      : [`${url.origin}/llms.txt`, `${url.origin}${url.pathname.replace(/\/$/, "")}.md`, `${url.origin}/openapi.json`];
  const next =
    better.length > 0 ? `It names ${better.slice(0, 3).join(", ")}: fetch that.` : `Try ${guesses.join(", ")}.`;
  return refused(
    "scripted",
    `${address} has no text of its own: scripts in a browser would fill it. ${next} Else a person must save the page as seen and name the file under \`docs\`.`,
  );
}

function isHtml({ contentType, text, address }: RawDocument): boolean {
  if (/^\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b/is.test(text.slice(0, 2000))) return true;
  if (/html/i.test(contentType)) return true;
  return contentType === "" && /\.html?$/i.test(address);
}

function isJson({ contentType, text }: RawDocument): boolean {
  return /^\s*[{[]/.test(text) && (/json/i.test(contentType) || /[}\]]\s*$/.test(text));
}

/** Digits as they are written; what is readable already, or no JSON, stays. */
function readableJson(text: string): string {
  if (text.length / text.split("\n").length < 200) return text;
  try {
    return stringify(parse(text), undefined, 2) ?? text;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return text;
    throw error;
  }
}

/** A title for Markdown, plain text or data: its first heading, its own title, or the last part of the address. */
export function titleOf(address: string, text: string): string {
  const heading =
    /^#{1,2}\s+(.+?)\s*#*$/m.exec(text.slice(0, 5000))?.[1] ??
    /^(\S.{2,100})\n[=~]{3,}$/m.exec(text.slice(0, 5000))?.[1];
  const named = /["']?title["']?\s*:\s*["']?([^"'\n]{2,100})/.exec(text.slice(0, 2000))?.[1];
  const last = address
    .replace(/[?#].*$/, "")
    .split("/")
    .findLast((part) => part !== "");
  return (heading ?? named ?? last ?? address).replace(/[`*]/g, "").trim();
}
