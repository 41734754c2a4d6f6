/**
 * The battery of probes: a blueprint held against the real source, question by question, one request at a time. Parents go
 * before their children; pages that several questions are about are asked for once.
 */
import {
  type RestBlueprint as Blueprint,
  claimKey,
  type RestTable as Table,
  type TableField,
} from "../../../artifacts/blueprint.ts";
import { clockFound } from "../../http/probe/clock.ts";
import { type Found, silent } from "../../http/probe/finding.ts";
import { createSession, LIMITS, type Limits, NoAnswer, type Session } from "../../http/probe/session.ts";
import type { ProbeFinding, ProbeOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import { askColumns, askTypes } from "./columns.ts";
import { askDeletes } from "./deletes.ts";
import { askFilter, askInclusive } from "./filter.ts";
import { askHidden } from "./hidden.ts";
import { openTable } from "./opening.ts";
import { askOrder, askSteps, askWindow } from "./order.ts";
import { askFirstPage, askPastEnd } from "./page-numbers.ts";
import { askPageSize } from "./page-size.ts";
import { askEnds, askPages } from "./pages.ts";
import { askParent } from "./parent.ts";
import { askPrimaryKey } from "./primary-key.ts";
import { answeredAt, askAuth, limitFound } from "./source.ts";
import { sampleOf, type TableProbe } from "./table-probe.ts";

interface Question {
  field: TableField;
  question: string;
  ask: (probe: TableProbe) => Promise<Found | undefined>;
  /** Can be answered without a record. */
  ofEmpty?: true;
  /** An earlier question that must not have been answered with no. */
  unless?: string;
}

const FILTER = "Does the filter narrow?";
const PAGES = "Does page 2 differ from page 1?";
/** Every listing that is not read per parent gets an answer to this, if only why there is none. */
const HIDDEN = { field: "read.path", question: "Does the listing hide rows?" } as const;

/** In the order they are asked: what corrects the blueprint before what builds on it. */
const QUESTIONS: readonly Question[] = [
  { field: "columns", question: "Are the fields of the records the declared columns?", ask: askColumns },
  { field: "columns", question: "Do the values have the declared types?", ask: askTypes },
  { field: "read.pagination", question: PAGES, ask: askPages },
  {
    field: "read.pagination",
    question: "Is the number of the first page right?",
    ask: askFirstPage,
    unless: PAGES,
    ofEmpty: true,
  },
  { field: "read.pagination", question: "Do pages end?", ask: askPastEnd, unless: PAGES },
  { field: "read.pagination", question: "Is the end stated where it should be?", ask: askEnds, unless: PAGES },
  { field: "read.pagination", question: "Is the page size honoured?", ask: askPageSize },
  { field: "read.parent", question: "Are the records those of the parent?", ask: askParent },
  { field: "primary_key", question: "Is the key unique and never null?", ask: askPrimaryKey },
  { field: "advance", question: FILTER, ask: askFilter },
  { field: "advance", question: "Is a row that equals the value in the answer?", ask: askInclusive, unless: FILTER },
  { field: "advance", question: "Do rows come in the order of the cursor?", ask: askOrder, unless: FILTER },
  { field: "advance", question: "Is the upper end of a range honoured?", ask: askWindow, unless: FILTER },
  { field: "advance", question: "Are ranges of ids honoured?", ask: askSteps },
  { field: "deletes", question: "Do deleted rows show where they should?", ask: askDeletes, ofEmpty: true },
  { ...HIDDEN, ask: askHidden, ofEmpty: true },
];

interface Battery {
  session: Session;
  options: ProbeOptions;
  /** As corrected so far. */
  blueprint: Blueprint;
  /** Rows that have been seen, for children to be asked with. */
  rows: Map<string, Record_[]>;
}

/** See `SourceKind.probe`. Throws `UserError` when the source cannot be reached, or gives no token. */
export async function* probeRest(
  blueprint: Blueprint,
  options: ProbeOptions,
  limits: Limits = LIMITS,
): AsyncGenerator<ProbeFinding> {
  const session = createSession(blueprint, options, limits);
  const battery: Battery = { session, options, blueprint, rows: new Map() };
  const wanted = new Set(options.tables ?? blueprint.tables.map(({ name }) => name));
  const needed = withParents(blueprint, wanted);
  let sourceAsked = false;
  for (const { name } of blueprint.tables) {
    if (!needed.has(name)) continue;
    const why = session.exhausted();
    if (why !== undefined) {
      if (wanted.has(name)) yield* settled(withHidden(tableOf(battery.blueprint, name), [notProbed(name, why)]));
      continue;
    }
    const { findings, probe } = await probeTable(battery, name, wanted.has(name));
    if (wanted.has(name)) yield* settled(withHidden(tableOf(battery.blueprint, name), findings));
    if (probe === undefined || sourceAsked) continue;
    sourceAsked = true;
    yield* askSource(battery, probe);
  }
  const clock = clockFound({ tables: battery.blueprint.tables.filter(({ name }) => wanted.has(name)) }, session.skew());
  if (clock !== undefined) yield clock;
  const limit = limitFound(battery.blueprint, session.limited());
  if (limit !== undefined)
    yield { key: claimKey("rate_limit"), question: "Is the rate limit that of the headers?", ...limit };
}

function withParents(blueprint: Blueprint, wanted: ReadonlySet<string>): Set<string> {
  const needed = new Set(wanted);
  for (const { name, read } of blueprint.tables.toReversed()) {
    if (needed.has(name) && read.parent !== undefined) needed.add(read.parent.table);
  }
  return needed;
}

function notProbed(name: string, why: string): ProbeFinding {
  return {
    key: claimKey(name, "read.path"),
    question: "Does the path answer?",
    ...silent(`${name} was not probed: ${why}`, []),
  };
}

/** With the reason why it was not asked for hidden rows, where it was not. */
function withHidden({ name, read }: Table, findings: ProbeFinding[]): ProbeFinding[] {
  if (read.parent !== undefined || findings.some(({ question }) => question === HIDDEN.question)) return findings;
  const why =
    findings.findLast(({ verdict }) => verdict === "silent")?.says ?? "There is no list of records to ask of.";
  return [...findings, { key: claimKey(name, HIDDEN.field), question: HIDDEN.question, ...silent(why, []) }];
}

interface Probed {
  findings: ProbeFinding[];
  probe: TableProbe | undefined;
}

async function probeTable(battery: Battery, name: string, wanted: boolean): Promise<Probed> {
  const { session, options, rows } = battery;
  options.onProgress(`probing ${name}`);
  const tableNow = () => tableOf(battery.blueprint, name);
  const { parent } = tableNow().read;
  try {
    const opened = await openTable({
      table: tableNow,
      asker: session.asker(),
      parents: parent === undefined ? undefined : (rows.get(parent.table) ?? []),
      correct: (change) => {
        const tables = battery.blueprint.tables.map((table) => (table.name === name ? change(table) : table));
        battery.blueprint = { ...battery.blueprint, tables };
        return battery.blueprint;
      },
    });
    const { findings, probe } = opened;
    if (probe === undefined) return { findings, probe };
    rows.set(name, sampleOf(probe));
    if (wanted) findings.push(...(await askAll(probe, name)));
    return { findings, probe };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return {
      findings: [unanswered(name, { field: "read.path", question: "Does the path answer?" }, error)],
      probe: undefined,
    };
  }
}

function tableOf(blueprint: Blueprint, name: string): Table {
  const table = blueprint.tables.find((one) => one.name === name);
  if (table === undefined) throw new RangeError(`the blueprint has no table ${name}`);
  return table;
}

async function askAll(probe: TableProbe, name: string): Promise<ProbeFinding[]> {
  const findings: ProbeFinding[] = [];
  const empty = sampleOf(probe).length === 0;
  for (const [index, one] of QUESTIONS.entries()) {
    if (empty && one.ofEmpty === undefined) continue;
    if (findings.some(({ question, verdict }) => question === one.unless && verdict === "refutes")) continue;
    try {
      const found = await one.ask(probe);
      if (found !== undefined) findings.push({ key: claimKey(name, one.field), question: one.question, ...found });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      findings.push(unanswered(name, one, error));
      if (!error.spent) continue;
      const left = [...new Set(QUESTIONS.slice(index + 1).map(({ field }) => field))].filter(
        (field) => field !== one.field,
      );
      for (const field of left) {
        if (findings.some(({ key }) => key === claimKey(name, field))) continue;
        findings.push(unanswered(name, { field, question: "Is it as declared?" }, new NoAnswer(error.message)));
      }
      break;
    }
  }
  return findings;
}

function unanswered(
  name: string,
  { field, question }: Pick<Question, "field" | "question">,
  error: NoAnswer,
): ProbeFinding {
  return { key: claimKey(name, field), question, verdict: "silent", says: error.message, exchanges: error.exchanges };
}

/**
 * A correction mends a field as a whole: where something else in the field is refuted that no correction mends, it would
 * hide that, and is left out.
 */
function settled(findings: readonly ProbeFinding[]): ProbeFinding[] {
  const open = new Set(
    findings.filter(({ verdict, corrected }) => verdict === "refutes" && corrected === undefined).map(({ key }) => key),
  );
  return findings.map(({ corrected, ...finding }) =>
    corrected === undefined || open.has(finding.key) ? finding : { ...finding, corrected },
  );
}

async function* askSource(battery: Battery, probe: TableProbe): AsyncGenerator<ProbeFinding> {
  const question = { blueprint: battery.blueprint, asker: battery.session.asker(), probe };
  yield answeredAt(question);
  const auth = { key: claimKey("auth"), question: "Are the credentials checked?" };
  try {
    yield { ...auth, ...(await askAuth(question)) };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    yield { ...auth, verdict: "silent", says: error.message, exchanges: error.exchanges };
  }
}
