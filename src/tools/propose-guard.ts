/** What a proposal may not change: what the person stated, where credentials go, and tables that are there without a reason. */
import { isDeepStrictEqual } from "node:util";
import { type Source, webPart } from "../artifacts/blueprint.ts";
import { webSpec } from "../artifacts/spec.ts";
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
  const specified = webSpec(spec.source);
  if (auth !== undefined && specified.auth !== undefined) {
    const proposed = desk.kind.complete({ ...before.source, auth } as Source).source;
    if (!isDeepStrictEqual(webPart(proposed).auth, webPart(before.source).auth)) {
      throw new ToolError(
        "source.auth is stated in the spec and stays: leave it away. If it is wrong, a person must change the spec; say so in your summary.",
      );
    }
  }
  const stated = specified.base_url?.replace(/\/+$/, "");
  if (base_url !== undefined && stated !== undefined && base_url.replace(/\/+$/, "") !== stated) {
    throw new ToolError(
      `source.base_url is stated in the spec (${stated}) and stays: put what differs into the tables' paths.`,
    );
  }
  // Only a spec that states how to authenticate holds credentials; a page may name any address for them.
  const own = hostsOf(spec.source.docs);
  const host = base_url === undefined ? undefined : hostOf(base_url);
  if (stated === undefined && specified.auth !== undefined && host !== undefined && !own.includes(host)) {
    throw new ToolError(
      `source.base_url is on ${host}, which the spec does not name, and the spec's credentials would go there. A person must state it in the spec: say so in your summary.`,
    );
  }
  refuseRemoval(desk, change);
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
