/**
 * The behaviour difference of two versions of a connector: not what is written otherwise, but what is done otherwise, on one
 * and the same source. No model has a hand in it.
 */

import { isDeepStrictEqual } from "node:util";
import type { Behaviour, TableDifference } from "../../artifacts/behaviour.ts";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import { UserError } from "../../errors.ts";
import type { ObservedSync } from "../bench.ts";
import { notices } from "./notices.ts";
import type { RecordedSource } from "./recorded.ts";
import { differingRequests, plainName } from "./requests.ts";
import { differingRows, differingTables, differs, type Moment, typesIn } from "./rows.ts";
import { stateShape } from "./state.ts";
import { type Pair, type Watched, type Watching, watchApart, watchRecorded, watchTogether } from "./watch.ts";

export interface BehaviourRequest extends Watching {
  now: () => Date;
}

/** Runs both versions' syncs on a stand-in. A version whose sync fails is a result, not an error. */
export async function compareBehaviour(request: BehaviourRequest): Promise<Behaviour> {
  const { pair, note } = await watch(request);
  const shared = pair.goesOn !== undefined || note === undefined;
  return difference(request, pair, {
    basis: "simulated",
    source: { shared, note: note ?? USUAL },
  });
}

/** The source as it was described before. */
const USUAL = "one stand-in, with the same changes between the syncs";

/**
 * The same on a recording of the real source: its rows, and one sync. Undefined where one of the versions asks for what the
 * recording does not hold, for nothing follows from that.
 */
export async function compareOnRecording(
  request: BehaviourRequest,
  recording: RecordedSource,
): Promise<Behaviour | undefined> {
  const pair = await watchRecorded(request, recording);
  if (!worked(pair.before) || !worked(pair.after)) return undefined;
  return difference(request, pair, {
    basis: "recorded",
    source: { shared: true, note: `the recording ${recording.name} of the source's own answers, which has one sync` },
  });
}

async function difference(
  { before, after, now }: BehaviourRequest,
  pair: Pair,
  on: Pick<Behaviour, "basis" | "source">,
): Promise<Behaviour> {
  const types = typesIn([before.blueprint, after.blueprint], after.target.naming);
  const tables = await differingTables(momentsOf(pair), types);
  const [was, is] = [pair.before, pair.after];
  const state = { before: stateShape(was.state ?? "{}"), after: stateShape(is.state ?? "{}") };
  const found: Omit<Behaviour, "equal" | "notices"> = {
    version: 1,
    connector: after.blueprint.name,
    target: after.target.name,
    time: now().toISOString(),
    ...on,
    tables,
    requests: differingRequests({ before: was.syncs, after: is.syncs }),
    asked: { before: askedBy(was), after: askedBy(is) },
    state: { same: isDeepStrictEqual(state.before, state.after), ...state },
    goes_on: on.basis === "recorded" ? ONE_SYNC : await goingOn(pair, types),
    syncs: [
      ...was.syncs.map((sync) => summary("before", sync)),
      ...is.syncs.map((sync) => summary("after", sync)),
      // Its first sync was that of the version before.
      ...(pair.goesOn?.syncs.slice(1) ?? []).map((sync) => summary("after going on", sync)),
    ],
  };
  const known = new Set(after.blueprint.tables.map(({ name }) => after.target.naming.table(name)));
  const elsewhere = on.basis === "simulated" && on.source.note !== USUAL;
  const said: Behaviour["notices"] = [
    ...(elsewhere
      ? [{ kind: "unproven" as const, text: `the versions could only be compared on ${on.source.note}` }]
      : []),
    ...notices(found, known),
  ];
  return { ...found, equal: isEqual(found) && said.length === 0, notices: said };
}

const ONE_SYNC: Behaviour["goes_on"] = { outcome: "not-tried", reason: "a recording has one sync", tables: [] };

/**
 * The source is what the older description says, with the tables that only the newer one knows: a mistake of the newer one
 * shows as a difference then, and does not bend the source with it. Where the newer version cannot read that, it is the other
 * way round. Where neither will do, each version has a stand-in of its own: their rows are the same as far as their tables are
 * described alike.
 */
async function watch(request: BehaviourRequest): Promise<{ pair: Pair; note?: string }> {
  const [before, after] = [request.before.blueprint, request.after.blueprint];
  if (before.source.kind !== after.source.kind)
    throw new Error("Two versions of a connector read the same kind of source.");
  const older = await tried(request, served(before, after));
  // A version that fails on the source as it was described for it, too, is what it is.
  if ("pair" in older && (worked(older.pair.after) || isDeepStrictEqual(before, after))) return older;
  const why = "why" in older ? older.why : `the version after fails on the older one (${failureOf(older.pair.after)})`;
  const newer = await tried(request, served(after, before));
  if ("pair" in newer && worked(newer.pair.before))
    return { pair: newer.pair, note: `a stand-in of the newer description, as ${why}` };
  return { pair: await watchApart(request), note: `two stand-ins, each of one description, as ${why}` };
}

function worked({ syncs }: Watched): boolean {
  return syncs.every(({ result }) => result.status === "succeeded");
}

async function tried(request: BehaviourRequest, blueprint: Blueprint): Promise<{ pair: Pair } | { why: string }> {
  try {
    return { pair: await watchTogether(request, blueprint) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { why: `no one stand-in can serve both (${error.message})` };
  }
}

/** A description, with the tables and keys that only the other one has. */
function served(description: Blueprint, other: Blueprint): Blueprint {
  const names = new Set(description.tables.map(({ name }) => name));
  const keys = new Set(description.configuration.map(({ key }) => key));
  return {
    ...description,
    tables: [...description.tables, ...other.tables.filter(({ name }) => !names.has(name))],
    configuration: [...description.configuration, ...other.configuration.filter(({ key }) => !keys.has(key))],
  };
}

function failureOf({ syncs }: Watched): string | undefined {
  const failed = syncs.find(({ result }) => result.status === "failed");
  return failed && (failed.result.reason?.split("\n")[0] ?? "no reason given");
}

function momentsOf({ before, after }: Pair): Moment[] {
  const names = [...new Set([...before.taken.keys(), ...after.taken.keys()])];
  return names.map((sync) => ({ sync, before: before.taken.get(sync), after: after.taken.get(sync) }));
}

function askedBy({ syncs }: Watched): number {
  return syncs.reduce((sum, { requests }) => sum + requests.length, 0);
}

/** The rows after going on, against those of the version after when it did everything itself. */
async function goingOn(
  { after, goesOn, before }: Pair,
  types: ReturnType<typeof typesIn>,
): Promise<Behaviour["goes_on"]> {
  const last = goesOn?.syncs.at(-1);
  if (goesOn === undefined || last === undefined) {
    const failed = failureOf(before) ?? failureOf(after);
    return {
      outcome: "not-tried",
      reason: failed === undefined ? "the versions had no stand-in in common" : `a sync failed before (${failed})`,
      tables: [],
    };
  }
  if (last.result.status === "failed")
    return { outcome: "failed", reason: last.result.reason ?? "no reason given", tables: [] };
  const name = plainName(last.name);
  const [own, then] = [after.taken.get(name), goesOn.taken.get(name)];
  if (own === undefined || then === undefined) {
    return {
      outcome: "not-tried",
      reason: `its own second sync failed (${failureOf(after) ?? "no reason"})`,
      tables: [],
    };
  }
  const tables: Behaviour["goes_on"]["tables"] = [];
  for (const [table, rows] of own) {
    const there = then.get(table) ?? { ...rows, rows: [], deleted: [] };
    const difference = await differingRows(rows, { ...there, key: rows.key }, types);
    if (differs(difference)) tables.push({ name: table, ...difference });
  }
  return { outcome: tables.length === 0 ? "same" : "different", tables };
}

function summary(version: Behaviour["syncs"][number]["version"], sync: ObservedSync): Behaviour["syncs"][number] {
  const { result, requests } = sync;
  return {
    version,
    name: plainName(sync.name),
    status: result.status,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    rows: result.rows,
    requests: requests.length,
  };
}

function isEqual({ tables, requests, state, goes_on }: Omit<Behaviour, "equal" | "notices">): boolean {
  const went = goes_on === ONE_SYNC || goes_on.outcome === "same";
  return tables.every(isSame) && requests.length === 0 && state.same && went;
}

function isSame({ standing }: TableDifference): boolean {
  return standing === "same";
}
