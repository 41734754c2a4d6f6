/** Headers as they are on the wire: name and value by turns, so that repeated ones stay repeated. */
export type RawHeaders = readonly string[];

/** The first value of a header; "" when it is not there. `name` is in lower case. */
export function headerOf(headers: RawHeaders, name: string): string {
  const at = headers.findIndex((header, index) => index % 2 === 0 && header.toLowerCase() === name);
  return at < 0 ? "" : (headers[at + 1] ?? "");
}

/** Headers that belong to one connection, not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Leaves out what belongs to the connection, also what `Connection` names, and what else is named (in lower case). */
export function endToEnd(raw: RawHeaders, ...also: string[]): string[] {
  const pairs = pairsOf(raw);
  const named = pairs.filter(([name]) => name.toLowerCase() === "connection").flatMap(([, value]) => value.split(","));
  const dropped = new Set([...HOP_BY_HOP, ...also, ...named.map((name) => name.trim().toLowerCase())]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase())).flat();
}

export function pairsOf(raw: RawHeaders): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return pairs;
}
