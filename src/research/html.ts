/**
 * A page of HTML as Markdown: what a reader of the documentation sees, without the site around it. Imported when the first
 * HTML page is read: its parsers are not needed before.
 */
import { type Cheerio, type CheerioAPI, load } from "cheerio/slim";
import TurndownService from "turndown";
import { type AnyNode, plainTables } from "./html-tables.ts";
import { type Anchor, descriptionsNamed } from "./links.ts";

export interface HtmlPage {
  title: string;
  markdown: string;
  /** Every link of the document, those of the menus too. */
  anchors: Anchor[];
  /** The page is built by scripts that run in a browser. */
  scripted: boolean;
  password: boolean;
}

/** Elements inside each other. Beyond it parsers take time with the square of it, and then the stack ends. */
const MAX_DEPTH = 300;
/** Before parsing, when end tags that are left out cannot be told from those that are missing. */
const MAX_OPEN = 5000;
const CLOSED_BY_OTHERS =
  /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|dt|dd|tr|td|th|thead|tbody|tfoot|option|html|head|body)$/i;

/**
 * `address` is what relative links are resolved against. Undefined for a page that is nested deeper than any that a person
 * wrote.
 */
export function readHtml(html: string, address: string): HtmlPage | undefined {
  if (openAtOnce(html) > MAX_OPEN) return undefined;
  const $ = load(html.replaceAll("\0", ""));
  if (depthOf($.root()[0]) > MAX_DEPTH) return undefined;
  const body = ($("body").length > 0 ? $("body") : $.root()) as Cheerio<AnyNode>;
  const named = descriptionsNamed(html, address);
  const scripted = $("script").length > 0 || $("noscript").text().includes("JavaScript") || named.length > 0;
  const documentTitle = oneLine($("title").first().text());
  const alternates = alternatesOf($, address);
  dropFurniture($, body);
  const main = mainOf($, body);
  const anchors = [...alternates, ...anchorsOf($, { main, address }), ...named];
  const password = body.find("input[type=password]").length > 0;
  dropControls($, body);
  const heading = oneLine(main.find("h1").first().text());
  const markdown = toMarkdown($, main, address);
  return { title: heading || documentTitle, markdown, anchors, scripted, password };
}

function openAtOnce(html: string): number {
  let open = 0;
  let most = 0;
  for (const [, end, name = "", alone] of html.matchAll(/<(\/?)([a-z][\w-]*)[^<>]*?(\/?)>/gi)) {
    if (alone === "/" || CLOSED_BY_OTHERS.test(name)) continue;
    open = Math.max(0, open + (end === "/" ? -1 : 1));
    most = Math.max(most, open);
  }
  return most;
}

function depthOf(root: AnyNode | undefined): number {
  const waiting: [AnyNode | undefined, number][] = [[root, 0]];
  let deepest = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, depth] = next;
    deepest = Math.max(deepest, depth);
    if (node !== undefined && "children" in node) for (const child of node.children) waiting.push([child, depth + 1]);
  }
  return deepest;
}

/** What never is content. Menus stay until their links are read. */
function dropFurniture($: CheerioAPI, body: Cheerio<AnyNode>): void {
  body
    .find(
      "script, style, template, noscript, svg, iframe, canvas, video, audio, object, [role=dialog], [aria-hidden=true]:not(code *):not(pre *)",
    )
    .remove();
  body.find(".linenos, .lineno, .line-numbers-rows, td.gutter, .anchorjs-link, a.headerlink, a.hash-link").remove();
  body.find("a").each((_, link) => {
    const text = $(link).text().trim();
    if (/^(edit|improve|suggest (an )?edits?)\b.{0,30}$/i.test(text) && !$(link).parent().is("td")) $(link).remove();
    else if (/^[#¶§🔗\u200B\s]*$/u.test(text) && $(link).find("img").length === 0) $(link).remove();
  });
}

/** The part that is the page itself: `main`, or the only `article`, or all there is. */
function mainOf($: CheerioAPI, body: Cheerio<AnyNode>): Cheerio<AnyNode> {
  const length = (part: Cheerio<AnyNode>) => part.text().replace(/\s+/g, " ").length;
  const candidates = body.find("main, [role=main]").toArray();
  const articles = body.find("article").filter((_, part) => $(part).parents("article").length === 0);
  if (candidates.length === 0 && articles.length === 1) candidates.push(...articles.toArray());
  const [largest] = candidates.sort((a, b) => length($(b)) - length($(a)));
  if (largest === undefined) return body;
  const main = $(largest) as Cheerio<AnyNode>;
  // A `main` that holds a greeting beside a page without it.
  return length(main) < 200 && length(body) > 10 * length(main) ? body : main;
}

function alternatesOf($: CheerioAPI, address: string): Anchor[] {
  return $("link[rel~=alternate], link[rel~=service-desc], link[rel~=describedby]")
    .toArray()
    .flatMap((link) => {
      const { href = "", type = "", hreflang, rel = "", title } = link.attribs;
      const text = /markdown|json|yaml|text\/plain/.test(type) || /service-desc/.test(rel);
      if (hreflang !== undefined || !text || !URL.canParse(href, address)) return [];
      return [{ address: new URL(href, address).href, text: title ?? type, main: false, alternate: true }];
    });
}

function anchorsOf($: CheerioAPI, { main, address }: { main: Cheerio<AnyNode>; address: string }): Anchor[] {
  const inside = new Set<AnyNode>(main.find("a[href]").toArray());
  return $("a[href]")
    .toArray()
    .flatMap((link) => {
      const { href = "" } = link.attribs;
      if (!URL.canParse(href, address)) return [];
      return [{ address: new URL(href, address).href, text: oneLine($(link).text()), main: inside.has(link) }];
    });
}

/** Menus, buttons and forms: in the page's own part they may hold its words, and those stay. */
function dropControls($: CheerioAPI, body: Cheerio<AnyNode>): void {
  body
    .find("nav, footer, [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=tablist]")
    .remove();
  body.find("button, [role=button], input, select, textarea").each((_, control) => {
    if ($(control).closest("h1, h2, h3, h4, h5, h6, summary, dt").length === 0) $(control).remove();
  });
  body.find("header, form, aside").each((_, part) => {
    const words = $(part).text().replace(/\s+/g, " ").trim().length;
    const linked = $(part).find("a").text().replace(/\s+/g, " ").length;
    const keeps = $(part).is("aside")
      ? // A note or a warning, not a list of links.
        linked < words / 2
      : $(part).find($(part).is("header") ? "h1, h2, h3, h4" : "h1, h2, h3, table, pre, dl").length > 0;
    if (!keeps) $(part).remove();
  });
}

function toMarkdown($: CheerioAPI, main: Cheerio<AnyNode>, address: string): string {
  main.find("img").each((_, image) => {
    $(image).replaceWith(escaped(image.attribs.alt ?? ""));
  });
  main.find("pre").each((_, pre) => {
    const language = languageOf($(pre) as Cheerio<AnyNode>);
    const code = `<pre><code${language === undefined ? "" : ` class="language-${language}"`}>${escaped(codeText($, pre))}</code></pre>`;
    // Some highlighters lay code out as a table of line numbers and lines.
    const table = $(pre).closest("table");
    if (table.length > 0 && table.find("pre").length === 1 && table.find("tr").length === 1) table.replaceWith(code);
    else $(pre).replaceWith(code);
  });
  main.find("summary").each((_, summary) => {
    $(summary).replaceWith(`<p><strong>${$(summary).html() ?? ""}</strong></p>`);
  });
  main.find("a[href]").each((_, link) => {
    const { href = "" } = link.attribs;
    const target = URL.canParse(href, address) ? new URL(href, address) : undefined;
    const keep = target !== undefined && /^https?:$/.test(target.protocol) && !href.startsWith("#");
    const text = $(link).text().trim();
    if (keep && target.href !== text && text !== "") link.attribs.href = target.href;
    else $(link).replaceWith($(link).html() ?? "");
  });
  plainTables($, main);
  plainDefinitions($, main);
  const markdown = createTurndown().turndown($.html(main));
  return markdown
    .split("\n")
    .map((line) => (line.startsWith("|") ? line.replace(/ {1,4}<br>/g, "<br>") : line).trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** `dt` and `dd` as items: `- name: what it is`. */
function plainDefinitions($: CheerioAPI, main: Cheerio<AnyNode>): void {
  for (const list of main.find("dl").toArray().reverse()) {
    const items: { terms: string[]; said: string[] }[] = [];
    $(list)
      .find("dt, dd")
      .each((_, part) => {
        const last = items.at(-1);
        if ($(part).is("dd")) {
          if (last === undefined) items.push({ terms: [], said: [$(part).html() ?? ""] });
          else last.said.push($(part).html() ?? "");
        } else if (last !== undefined && last.said.length === 0) last.terms.push($(part).html() ?? "");
        else items.push({ terms: [$(part).html() ?? ""], said: [] });
      });
    const html = items.map(({ terms, said }) => `<li>${terms.join(", ")}: ${said.join("<br>")}</li>`).join("");
    $(list).replaceWith(`<ul>${html}</ul>`);
  }
}

/** What of the DOM is needed here; its types are not in the project. */
interface ListElement {
  nodeName: string;
  children: ArrayLike<unknown>;
  getAttribute(name: string): string | null;
}

function createTurndown(): TurndownService {
  const service = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
    emDelimiter: "*",
  });
  service.addRule("struck", { filter: ["del", "s"], replacement: (content) => `~~${content}~~` });
  addTableRules(service);
  // Names such as `updated_since` stay as they are written; only what would become a heading is marked as none.
  service.escape = (text) => text.replace(/^(#{1,6}\s)/, "\\$1");
  service.addRule("item", {
    filter: "li",
    replacement: (content, node) => {
      const parent = node.parentNode as unknown as ListElement;
      const place = parent.nodeName === "OL" ? Array.from(parent.children).indexOf(node) : undefined;
      const start = place === undefined ? 1 : Number(parent.getAttribute("start") ?? 1);
      const mark = place === undefined ? "- " : `${(Number.isFinite(start) ? start : 1) + place}. `;
      return `${mark}${content.trim().replace(/\n/g, "\n  ")}\n`;
    },
  });
  return service;
}

/**
 * Tables are plain grids by now (`plainTables`), so that rules need not look further than their own cell. The usual plugin
 * looks through the whole table for every cell, and leaves tables with lists in them as HTML.
 */
function addTableRules(service: TurndownService): void {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  service.addRule("cell", {
    filter: ["td", "th"],
    replacement: (content) =>
      `${content
        .trim()
        .replace(/\s*\n\s*/g, "<br>")
        .replaceAll("|", "\\|")}\u0000`,
  });
  service.addRule("row", {
    filter: "tr",
    replacement: (content, node) => {
      const cells = content.split("\u0000").slice(0, -1);
      const head = (node.parentNode as unknown as ListElement).nodeName === "THEAD";
      return line(cells) + (head ? line(cells.map(() => "---")) : "");
    },
  });
  service.addRule("rows", { filter: ["thead", "tbody"], replacement: (content) => content });
  service.addRule("table", {
    filter: "table",
    replacement: (content) => {
      const columns = /^.*$/m.exec(content)?.[0].split(/(?<!\\)\|/).length ?? 0;
      const empty = Array.from({ length: columns - 2 }, () => "");
      const headed = /^.*\n\| ---/.test(content);
      return `\n\n${headed ? "" : line(empty) + line(empty.map(() => "---"))}${content}\n`;
    },
  });
}

function languageOf(pre: Cheerio<AnyNode>): string | undefined {
  const around = [pre.find("code").first(), pre, pre.parent(), pre.parent().parent()];
  for (const part of around) {
    const stated = part.attr("data-lang") ?? part.attr("data-language") ?? part.attr("lang");
    const named = /(?:^|\s)(?:language|lang|highlight-source|highlight)-([\w+#]+)/.exec(part.attr("class") ?? "")?.[1];
    const found = (stated ?? named)?.toLowerCase();
    if (found !== undefined && /^[\w+#-]{1,20}$/.test(found) && !/^(default|text|none|plaintext|en)$/.test(found))
      return found;
  }
  return undefined;
}

function codeText($: CheerioAPI, pre: AnyNode): string {
  $(pre).find("br").replaceWith("\n");
  $(pre)
    .find("div")
    .each((_, line) => {
      if (!$(line).text().endsWith("\n") && $(line).find("div").length === 0) $(line).append("\n");
    });
  const text = $(pre).text().trimEnd().replace(/^\n+/, "");
  // Runs of blanks mean nothing beyond this, and cost the converter time with the square of their length.
  return text.replace(/[^\S\n]{200,}/g, " ".repeat(200)).replace(/\n{20,}/g, "\n\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
