/** What a proposal may not change: what the person stated, where credentials go, and tables that are there without a reason. */
import { isDeepStrictEqual } from "node:util";
import type { Auth } from "../artifacts/auth.ts";
import { ToolError } from "../errors.ts";
import { fingerprint, keysOf } from "../research/findings.ts";
import type { Notebook, Proposal } from "../research/notebook.ts";
import type { ProposalChange } from "../research/proposal.ts";
import { hostOf, hostsOf } from "../system/addresses.ts";
import type { ResearchDesk } from "./desk.ts";

export interface Guarded extends ResearchDesk {
  /** In a fix: a table is not taken out to make a report green. */
  keepsTables?: true;
}

/** Throws `ToolError` saying what to do instead. */
export function refuseWhatStands(
  desk: Guarded,
  { change, before }: { change: ProposalChange; before: Proposal },
): void {
  const { spec } = desk.requirements;
  const { base_url, auth } = change.source ?? {};
  if (auth !== undefined && spec.source.auth !== undefined) {
    const proposed = desk.kind.complete({ ...before.source, auth }).source.auth;
    if (!isDeepStrictEqual(proposed, before.source.auth)) {
      throw new ToolError(
        "source.auth is stated in the spec and stays: leave it away. If it is wrong, a person must change the spec; say so in your summary.",
      );
    }
  }
  const stated = spec.source.base_url?.replace(/\/+$/, "");
  if (base_url !== undefined && stated !== undefined && base_url.replace(/\/+$/, "") !== stated) {
    throw new ToolError(
      `source.base_url is stated in the spec (${stated}) and stays: put what differs into the tables' paths.`,
    );
  }
  const own = hostsOf([...spec.source.docs, spec.source.base_url]);
  if (base_url !== undefined && stated === undefined) needOwn(base_url, own, "source.base_url");
  if (auth !== undefined && auth.kind !== "none")
    needOwn(
      tokenAddress(auth),
      [...own, hostOf(base_url ?? before.source.base_url) ?? ""],
      "the address that credentials are sent to",
    );
  refuseRemoval(desk, change);
}

/** Credentials go to hosts that the person named, or to siblings of them: a page may name any. */
function needOwn(address: string | undefined, own: readonly string[], what: string): void {
  const host = address === undefined ? undefined : hostOf(address);
  if (host === undefined || own.some((known) => known === host || site(known) === site(host))) return;
  throw new ToolError(
    `${what} is on ${host}, which the spec does not name. A person must state it in the spec: say so in your summary.`,
  );
}

function tokenAddress(auth: Auth): string | undefined {
  if (auth.kind === "oauth2_client_credentials") return auth.token_url;
  return auth.kind === "session" ? auth.login_path : undefined;
}

/** `api.acme.example` and `docs.acme.example` are one maker's; a number is only itself. */
function site(host: string): string {
  if (/^[\d.:[\]a-f]+$/i.test(host)) return host;
  return host.replace(/:\d+$/, "").split(".").slice(-2).join(".");
}

function refuseRemoval({ keepsTables }: Guarded, { remove_tables = [], skipped = [] }: ProposalChange): void {
  if (remove_tables.length === 0) return;
  if (keepsTables)
    throw new ToolError(
      "A table is not taken out to mend a report: mend how it is read, or say in finish_step what a person should look at.",
    );
  const without = remove_tables.filter((name) => !skipped.some((entry) => entry.name === name));
  if (without.length > 0)
    throw new ToolError(`Put ${without.join(", ")} under skipped as well, with the reason why rows are left out.`);
}

/** A claim that rests on a probe is about the value that was probed: with another value it is to be made anew. */
export async function dropOutdatedClaims(notebook: Notebook, before: Proposal, after: Proposal): Promise<void> {
  const names = new Set(before.tables.map(({ name }) => name));
  const outdated = keysOf(after).filter((key) => {
    const claim = notebook.claims()[key];
    const known = key.startsWith("source.") || [...names].some((name) => key.startsWith(`tables.${name}.`));
    return known && claim?.status === "probed" && fingerprint(before, key) !== fingerprint(after, key);
  });
  if (outdated.length === 0) return;
  await notebook.setClaims(
    Object.fromEntries(Object.entries(notebook.claims()).filter(([key]) => !outdated.includes(key))),
  );
}
