/** Pages of documentation: files under `test/fixtures/fictional/<name>/docs`, shown in the frame of `layout.html`. */
import { readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { Asked } from "./server.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/fictional/", import.meta.url));

interface Page {
  type: string;
  /** `{{base}}` stands for the server's origin. */
  text: string;
}

export interface Site {
  /** Paths of all pages, in the order of their names. */
  paths: string[];
  /** Writes the page, or that there is none; returns the status. */
  show(asked: Asked, response: ServerResponse): number;
}

export interface SiteOptions {
  /** Folder under `test/fixtures/fictional`. */
  name: string;
  /** Path -> article, for pages that are no files. */
  articles?: Record<string, string>;
  /** Path -> where it leads, for pages that want a login. */
  redirects?: Record<string, string>;
}

/**
 * `docs/stations.html` is shown at `/docs/stations`, `docs/index.html` at `/docs/`, Markdown under its whole name. An HTML
 * file holds an article; its first heading is the title.
 */
export function openSite({ name, articles = {}, redirects = {} }: SiteOptions): Site {
  const directory = `${FIXTURES}${name}`;
  const layout = readFileSync(`${directory}/layout.html`, "utf8");
  const pages = new Map<string, Page>();
  for (const file of readdirSync(`${directory}/docs`).sort()) {
    const text = readFileSync(`${directory}/docs/${file}`, "utf8");
    if (file.endsWith(".md")) pages.set(`/docs/${file}`, { type: "text/markdown; charset=utf-8", text });
    else pages.set(`/docs/${file.replace(/(index)?\.html$/, "")}`, framed(layout, text));
  }
  for (const [path, article] of Object.entries(articles)) pages.set(path, framed(layout, article));
  const missing = framed(layout, "<h1>Page not found</h1><p>There is nothing here. It may have moved.</p>");
  const login = framed(layout, LOGIN);
  const targets = new Set(Object.values(redirects).map((target) => target.split("?")[0]));
  const pageFor = ({ method, path }: Asked): [number, Page] => {
    if (targets.has(path)) return [200, login];
    const page = method === "GET" || method === "HEAD" ? pages.get(path) : undefined;
    return page === undefined ? [404, missing] : [200, page];
  };
  return {
    paths: [...pages.keys()],
    show: (asked, response) => {
      const target = redirects[asked.path];
      if (target !== undefined) {
        response.writeHead(302, { location: target }).end();
        return 302;
      }
      const [status, page] = pageFor(asked);
      const base = `http://${asked.headers.host ?? "127.0.0.1"}`;
      response.writeHead(status, { "content-type": page.type }).end(page.text.replaceAll("{{base}}", base));
      return status;
    },
  };
}

const LOGIN = `<h1>Sign in to continue</h1>
<p>This page is for registered partners.</p>
<form method="post" action="/login"><label>E-mail <input type="email" name="email"></label>
<label>Password <input type="password" name="password"></label><button>Sign in</button></form>
<p><a href="/login/forgot">Forgotten your password?</a></p>`;

function framed(layout: string, article: string): Page {
  const title = /<h1[^>]*>(.*?)<\/h1>/s.exec(article)?.[1]?.replace(/<[^>]+>/g, "") ?? "";
  const text = layout.replaceAll("{{title}}", title).replace("{{article}}", () => article);
  return { type: "text/html; charset=utf-8", text };
}
