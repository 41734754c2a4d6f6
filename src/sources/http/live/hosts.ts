/** Which addresses belong to a source: credentials are for those alone. */
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { UserError } from "../../../errors.ts";

export interface Hosts {
  /** Without a slash at its end. */
  base: string;
  /** The absolute address of a path below the base. */
  address(path: string, params: Record<string, string>): URL;
  /**
   * The address as it is to be asked; undefined when it is on another host. The source's own address stands for the one
   * that the configuration gives, and plain http is not gone back to from https.
   */
  confine(url: URL): URL | undefined;
}

export function hostsOf(source: Pick<HttpSource, "base_url">, configuration: Record<string, string>): Hosts {
  const base = (configuration.base_url || source.base_url).replace(/\/+$/, "");
  if (!URL.canParse(base)) throw new UserError(`The base address ${base} is no address.`);
  const home = new URL(base);
  const known = new URL(source.base_url).host;
  return {
    base,
    address: (path, params) => {
      const url = new URL(base + path);
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return url;
    },
    confine: (to) => {
      const url = new URL(to);
      if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
      const own = url.host === home.host;
      if (!own && url.host !== known) return undefined;
      if (!own || home.protocol === "https:") url.protocol = home.protocol;
      if (!own) url.host = home.host;
      url.username = "";
      url.password = "";
      return url;
    },
  };
}

export function otherHost(url: URL): UserError {
  return new UserError(`The source leads to another host, ${url.host}, which is not asked.`, {
    hint: "If it belongs to the source, give it as source.base_url.",
  });
}
