/** What two versions of a connector ask a source for, sync by sync. */
import type { RequestDifference } from "../../artifacts/behaviour.ts";
import type { SeenRequest } from "../../sources/simulator.ts";
import type { ObservedSync } from "../bench.ts";
import { groupBy } from "../group.ts";

interface Syncs {
  before: readonly ObservedSync[];
  after: readonly ObservedSync[];
}

/** What each sync asks of each table, where the versions differ. `sync` is the name that both gave it. */
export function differingRequests({ before, after }: Syncs): RequestDifference[] {
  const differences: RequestDifference[] = [];
  for (const [at, old] of before.entries()) {
    const now = after[at];
    if (now === undefined) continue;
    const [was, is] = [bySubject(old.requests), bySubject(now.requests)];
    for (const of of [...new Set([...was.keys(), ...is.keys()])].sort()) {
      const [one, other] = [was.get(of) ?? [], is.get(of) ?? []];
      const params = differingParams(one[0], other[0]);
      const difference = { sync: plainName(old.name), of, before: counted(one), after: counted(other), params };
      if (params.length > 0 || differ(difference)) differences.push(difference);
    }
  }
  return differences;
}

/** The name of a sync without the version's. */
export function plainName(name: string): string {
  return name.split(" ").at(-1) ?? name;
}

function differ({ before, after }: Pick<RequestDifference, "before" | "after">): boolean {
  return before.requests !== after.requests || before.records !== after.records;
}

function bySubject(requests: readonly SeenRequest[]): Map<string, SeenRequest[]> {
  return groupBy(requests, ({ table, method, path }) => table ?? `${method} ${path}`);
}

function counted(requests: readonly SeenRequest[]): RequestDifference["before"] {
  return { requests: requests.length, records: requests.reduce((sum, { records }) => sum + records, 0) };
}

function differingParams(before: SeenRequest | undefined, after: SeenRequest | undefined): RequestDifference["params"] {
  if (before === undefined || after === undefined) return [];
  const [was, is] = [before, after].map(({ query }) => {
    const values = groupBy(query, ([name]) => name);
    return (name: string) =>
      values
        .get(name)
        ?.map(([, value]) => value)
        .join(", ");
  });
  const names = [...new Set([...before.query, ...after.query].map(([name]) => name))].sort();
  return names.flatMap((name) => {
    const [old, now] = [was?.(name), is?.(name)];
    if (old === now) return [];
    return [{ name, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  });
}
