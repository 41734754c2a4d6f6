/**
 * `npm run bench:verifier`: the judge is judged. Defects are planted into correct connectors, one at a time, and each is
 * put through the whole proof; one line per defect, with the check that found it first. Every correct connector has to be
 * green: what it is blamed for is a false alarm. Narrowed by words that a line must hold: `npm run bench:verifier -- lakeflow`.
 */
import pLimit from "p-limit";
import type { CheckId } from "../../src/artifacts/report.ts";
import type { Defect } from "./verifier/defect.ts";
import { ADOPTED_DEFECTS } from "./verifier/defects/adopted.ts";
import { ADVANCE_DEFECTS } from "./verifier/defects/advance.ts";
import { FAULT_DEFECTS } from "./verifier/defects/faults.ts";
import { KIND_DEFECTS } from "./verifier/defects/kinds.ts";
import { LAKEFLOW_DEFECTS } from "./verifier/defects/lakeflow.ts";
import { PAGING_DEFECTS } from "./verifier/defects/paging.ts";
import { ROW_DEFECTS } from "./verifier/defects/rows.ts";
import { type Blocked, proveSubject, type Trial } from "./verifier/prove-subject.ts";
import { SUBJECTS, type Subject } from "./verifier/subjects.ts";

const DEFECTS = [
  ...PAGING_DEFECTS,
  ...FAULT_DEFECTS,
  ...ROW_DEFECTS,
  ...ADVANCE_DEFECTS,
  ...KIND_DEFECTS,
  ...LAKEFLOW_DEFECTS,
  ...ADOPTED_DEFECTS,
];
const SIDE_BY_SIDE = 2;
const WANTED_SHARE = 0.95;

const words = process.argv.slice(2);
const chosen = DEFECTS.filter(({ connector, what }) => words.every((word) => `${connector}: ${what}`.includes(word)));
const names = [...new Set(chosen.map(({ connector }) => connector))];
const made = new Map<string, Promise<Subject>>();
const limit = pLimit(SIDE_BY_SIDE);
const firsts = new Map<string, number>();
const survived: Defect[] = [];
const alarms: string[] = [];

const started = performance.now();
/** What each correct connector is blamed for: no defect is found by that. */
const blamed = new Map(names.map((name) => [name, limit(() => control(name))]));
await Promise.all(chosen.map((defect) => limit(() => judge(defect))));
await Promise.all(blamed.values());
summarise();
process.exit(alarms.length === 0 && chosen.length - survived.length >= WANTED_SHARE * chosen.length ? 0 : 1);

function subject(name: string): Promise<Subject> {
  const make = SUBJECTS[name];
  if (make === undefined) throw new Error(`There is no connector named ${name}.`);
  const known = made.get(name) ?? make();
  made.set(name, known);
  return known;
}

/** The correct connector: whatever it is blocked for is a false alarm. */
async function control(name: string): Promise<ReadonlySet<CheckId>> {
  const { seconds, blocked } = await timed(await subject(name), {});
  const reasons = blocked.checks.map(
    ({ check, table, summary }) => `${check}${table ? ` of ${table}` : ""}: ${summary}`,
  );
  if (blocked.unended) reasons.push(blocked.unended);
  alarms.push(...reasons.map((reason) => `${name}: ${reason}`));
  print({ verdict: reasons.length === 0 ? "green" : "FALSE ALARM", seconds, what: `${name}, as it is` });
  for (const reason of reasons) console.log(`    ${reason}`);
  return new Set(blocked.checks.map(({ check }) => check));
}

async function judge(defect: Defect): Promise<void> {
  const alarmed = (await blamed.get(defect.connector)) ?? new Set<CheckId>();
  const { seconds, blocked } = await timed(await subject(defect.connector), { defect, alarmed });
  const first = blocked.checks[0];
  if (first) firsts.set(first.check, (firsts.get(first.check) ?? 0) + 1);
  else survived.push(defect);
  const verdict = first ? first.check : "SURVIVED";
  print({ verdict, seconds, what: `${defect.connector}: ${defect.what}` });
  if (blocked.unended) console.log(`    ${blocked.unended}`);
}

async function timed(of: Subject, trial: Trial): Promise<{ seconds: number; blocked: Blocked }> {
  const began = performance.now();
  const blocked = await proveSubject(of, trial);
  return { seconds: (performance.now() - began) / 1000, blocked };
}

function print({ verdict, seconds, what }: { verdict: string; seconds: number; what: string }): void {
  console.log(`${verdict.padEnd(18)} ${seconds.toFixed(0).padStart(4)} s  ${what}`);
}

function summarise(): void {
  console.log("\ncaught first by");
  for (const [check, count] of [...firsts].sort(([, a], [, b]) => b - a)) {
    console.log(`${check.padEnd(18)} ${String(count).padStart(4)}`);
  }
  const caught = chosen.length - survived.length;
  const share = chosen.length === 0 ? 0 : (100 * caught) / chosen.length;
  const minutes = (performance.now() - started) / 60_000;
  console.log(
    `\n${caught} of ${chosen.length} defects caught (${share.toFixed(1)} %), ${alarms.length} false alarms on ${names.length} correct connectors; ${minutes.toFixed(1)} minutes`,
  );
  for (const { connector, what, when } of survived) console.log(`SURVIVED  ${connector}: ${what} (shows when ${when})`);
}
