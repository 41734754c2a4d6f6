/** refusal and configuration: a connector that cannot work says so at once, says why, and shows no secret. */
import { parentOf, type Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Simulator } from "../../sources/simulator.ts";
import { type Bench, type ObservedSync, sideSync } from "../bench.ts";
import { placesOf } from "../places.ts";
import { judged, lastLogs, notApplicable, subject } from "../result.ts";

/** A wrong credential, or a table that is forbidden, may cost this many requests. */
const MAX_REQUESTS = 2;

export async function checkRefusal(bench: Bench, simulator: Simulator): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const results: CheckResult[] = [];
  const secrets = blueprint.configuration.filter(({ secret }) => secret);
  if (secrets.length === 0) {
    results.push(notApplicable(subject("refusal", source), "the source is public: there is no credential to be wrong"));
  }
  for (const { key } of secrets) {
    const called = calledBy(bench, key);
    if (called === undefined) {
      results.push(notApplicable(subject("refusal", source), `the connector has no key for ${key}`));
      continue;
    }
    const wrong = `wrong-${key}-Zq7`;
    const sync = await sideSync(bench, {
      name: `refusal of a wrong ${key}`,
      configuration: { ...source.configuration, [key]: wrong },
    });
    results.push(
      judgeRefusal(bench, sync, {
        what: `wrong ${key}`,
        names: [called],
        unseen: wrong,
        requests: sync.requests.length,
      }),
    );
  }
  for (const table of forbiddenInTurn(blueprint.tables)) {
    simulator.deny(table.name, 403);
    const sync = await sideSync(bench, { name: `refusal of ${table.name}`, configuration: source.configuration });
    simulator.deny(table.name, undefined);
    const requests = sync.requests.filter((request) => request.table === table.name).length;
    const names = [table.name, ...placesOf(table)];
    results.push(judgeRefusal(bench, sync, { what: `${table.name} forbidden`, names, requests }));
  }
  return results;
}

/** The first table, and one that is listed per row of another: a connector may take that refusal for a parent that is gone. */
function forbiddenInTurn(tables: readonly Table[]): Table[] {
  const child = tables.findLast((table) => table.read.kind === "rest" && parentOf(table) !== undefined);
  return [...new Set([...tables.slice(0, 1), ...(child ? [child] : [])])];
}

interface Refusal {
  what: string;
  /** One of these must be named. */
  names: string[];
  unseen?: string;
  requests: number;
}

function judgeRefusal({ source }: Bench, sync: ObservedSync, { what, names, unseen, requests }: Refusal): CheckResult {
  const said = everythingSaid(sync);
  const problems: string[] = [];
  if (sync.result.status === "succeeded") problems.push("the sync counts as succeeded");
  if (requests > MAX_REQUESTS) problems.push(`${requests} requests were made, ${MAX_REQUESTS} are enough`);
  if (!names.some((name) => isNamed(name, said))) problems.push(`the message names none of ${names.join(", ")}`);
  // The debugger masks secrets in what it passes on: the mask shows that the connector did not.
  if (unseen && (said.includes(unseen) || said.includes("****"))) problems.push("the message shows the credential");
  return judged(
    { ...subject("refusal", source), case: what },
    {
      pass: problems.length === 0,
      summary:
        problems.length === 0
          ? `stopped after ${requests} ${requests === 1 ? "request" : "requests"} and said so`
          : problems.join("; "),
      figures: { requests },
      details: problems.length === 0 ? [sync.result.reason ?? ""] : lastLogs(sync),
    },
  );
}

export async function checkConfiguration(bench: Bench): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const wrong: { key: string; how: string; configuration: Record<string, string> }[] = [];
  const results: CheckResult[] = [];
  for (const { key, required } of blueprint.configuration) {
    if (calledBy(bench, key) === undefined) {
      results.push(notApplicable(subject("configuration", source), `the connector has no key for ${key}`));
      continue;
    }
    if (key === "base_url") {
      wrong.push({ key, how: "malformed", configuration: { ...source.configuration, [key]: "not an address" } });
    }
    if (key === "port") {
      wrong.push({ key, how: "malformed", configuration: { ...source.configuration, [key]: "no port" } });
    }
    if (!required) continue;
    const { [key]: _, ...without } = source.configuration;
    wrong.push({ key, how: "missing", configuration: without });
    wrong.push({ key, how: "blank", configuration: { ...source.configuration, [key]: "  " } });
  }
  for (const { key: ours, how, configuration } of wrong) {
    const key = calledBy(bench, ours) ?? ours;
    const sync = await sideSync(bench, { name: `${key} ${how}`, configuration });
    const problems: string[] = [];
    if (sync.result.status === "succeeded") problems.push("the sync counts as succeeded");
    if (!everythingSaid(sync).includes(key)) problems.push("the message does not name the key");
    if (sync.requests.length > 0) problems.push(`${sync.requests.length} requests were made all the same`);
    results.push(
      judged(
        { ...subject("configuration", source), case: `${key} ${how}` },
        {
          pass: problems.length === 0,
          summary: problems.length === 0 ? "refused before any request, naming the key" : problems.join("; "),
          details: problems.length === 0 ? [] : lastLogs(sync),
        },
      ),
    );
  }
  return results;
}

/** What the connector calls a key; undefined where it has none, as one that was written elsewhere may. */
function calledBy({ target: { naming } }: Bench, key: string): string | undefined {
  return naming.key === undefined ? key : naming.key(key);
}

/** Whether it was said; of a path with placeholders, with anything in their places. */
function isNamed(name: string, said: string): boolean {
  const parts = name.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join("[^/\\s]+")).test(said);
}

function everythingSaid({ result }: ObservedSync): string {
  return [result.reason ?? "", ...result.logs.map(({ text }) => text)].join("\n");
}
