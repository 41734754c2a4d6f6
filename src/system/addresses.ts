/** Which addresses may be fetched: public ones, and hosts that a person named. Everything else is somebody's inside. */
import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const RANGES: Readonly<Record<string, string>> = {
  unspecified: "an unspecified address",
  broadcast: "a broadcast address",
  multicast: "a multicast address",
  linkLocal: "a link-local address",
  loopback: "a loopback address",
  private: "a private address",
  uniqueLocal: "a private address",
  carrierGradeNat: "an address inside a provider's network",
};

/** Public by their range, and yet answered by the machine's own cloud. */
const METADATA: readonly string[] = ["168.63.129.16"];

/** Why an IP address is not public, in words; undefined when it is. IPv6 forms that carry an IPv4 address count as that. */
export function notPublic(ip: string): string | undefined {
  if (!ipaddr.isValid(ip)) return "no address";
  const parsed = ipaddr.parse(ip);
  if (parsed instanceof ipaddr.IPv4) {
    if (METADATA.includes(parsed.toString())) return "a metadata address";
    const range = parsed.range();
    return range === "unicast" ? undefined : (RANGES[range] ?? "a reserved address");
  }
  if (parsed.isIPv4MappedAddress()) return notPublic(parsed.toIPv4Address().toString());
  const range = parsed.range();
  // 64:ff9b::/96 is how an IPv6-only network reaches the IPv4 internet.
  if (range === "rfc6052") return notPublic(ipaddr.fromByteArray(parsed.toByteArray().slice(12)).toString());
  if (range !== "unicast") return RANGES[range] ?? "a reserved address";
  // Of what is left only 2000::/3 is in use: `::127.0.0.1` and site-local addresses are not in it.
  return (parsed.parts[0] ?? 0) >> 13 === 1 ? undefined : "a reserved address";
}

/** `host` or `host:port` of an http(s) address, as allow-lists hold it; undefined for anything else. */
export function hostOf(address: string): string | undefined {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined;
  return new URL(address).host;
}

/** The hosts of those entries that are http(s) addresses; paths and references name none. */
export function hostsOf(addresses: readonly (string | undefined)[]): string[] {
  return [...new Set(addresses.flatMap((address) => hostOf(address ?? "") ?? []))];
}

/**
 * Why a connection to this address is refused before any name is resolved; undefined when it is not. `URL` has by then
 * turned decimal, octal and hexadecimal forms into plain ones.
 */
export function refusedHost(url: URL, allow: readonly string[]): string | undefined {
  if (allow.includes(url.host)) return undefined;
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(bare)) return notPublic(bare);
  if (/(^|\.)localhost\.?$/i.test(bare)) return "a loopback address";
  return undefined;
}

/** A name led to an address that may not be fetched. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/**
 * A `lookup` for `node:net` that gives only public addresses: the connection goes to an address that was checked, whatever
 * the name resolves to a moment later. One bad address among several is enough to refuse the name.
 */
export function publicLookup(resolve: Resolve = resolveAll): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const bad = found.flatMap(({ address }) => notPublic(address) ?? [])[0];
        if (bad !== undefined) return callback(new AddressRefused(`${hostname} leads to ${bad}`), "", 0);
        const [first] = found;
        if (first === undefined) return callback(new Error(`${hostname} has no address`), "", 0);
        if (options.all === true) return callback(null, found);
        return callback(null, first.address, first.family);
      },
      (error: Error) => callback(error as NodeJS.ErrnoException, "", 0),
    );
  };
}

function resolveAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((done, failed) => {
    dnsLookup(hostname, { all: true }, (error, found) => (error ? failed(error) : done(found)));
  });
}
