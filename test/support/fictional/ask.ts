/** Plain requests to a fictional source, as a test writes them. */
import type { Fictional } from "./server.ts";

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined when the answer is no JSON. */
  json: ReturnType<typeof JSON.parse>;
}

/** `path` with its query; redirects are not followed. */
export async function ask(source: Pick<Fictional, "baseUrl">, path: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(source.baseUrl + path, { redirect: "manual", ...init });
  const text = await response.text();
  const json = response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

/** The text of every page of documentation, by its path. */
export async function readPages(source: Fictional): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for (const address of source.docs) {
    const { status, text } = await ask(source, address.slice(source.baseUrl.length));
    if (status !== 200) throw new Error(`${address} answers ${status}`);
    pages.set(address.slice(source.baseUrl.length), text);
  }
  return pages;
}
