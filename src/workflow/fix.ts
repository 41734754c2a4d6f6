/**
 * Step 5: what a red report shows is mended, at most twice. Rules first, for failures whose cause shows in the report; a model
 * where no rule knows one. Either changes the blueprint or the code, never the judge; what neither knows ends the run honestly.
 */
import { join } from "node:path";
import { type Blueprint, blueprintSchema, claimKey, type Table } from "../artifacts/blueprint.ts";
import type { Fix } from "../artifacts/fix.ts";
import type { Pagination } from "../artifacts/reading.ts";
import type { CheckResult, Report } from "../artifacts/report.ts";
import { literally } from "../system/pattern.ts";
import { adoptedCode } from "./adopt.ts";
import { refineFix } from "./fix-refine.ts";
import { keepChangesForOriginal } from "./original.ts";
import { needBlueprint, needRequirements, type Step, type StepContext, type StepResult } from "./step.ts";

export const fixStep: Step = {
  name: "fix",
  inputs: async ({ store, round }) => ({ report: await store.readReport(), round }),
  outputs: async ({ store, round }) => [store.path("fixes", `${round}.json`)],
  run: async (context) => {
    const { store, services } = context;
    const report = await store.readReport();
    const blueprint = await needBlueprint(context);
    const { adopted, limits } = (await needRequirements(context)).spec;
    if (context.round > limits.fixes) {
      return {
        outcome: "failed",
        summary: `${limits.fixes} rounds of fixing were made, and there are no more: a person should look`,
      };
    }
    const rule = report ? findRemedy(report, blueprint) : undefined;
    // A description that a person gave is not bent until somebody else's code fits it.
    const remedy = adopted && rule?.blueprint ? undefined : rule;
    if (remedy) return keep(context, { ...remedy, patches: [] });
    if (!services.agent || !report) {
      return { outcome: "failed", summary: "no rule knows a remedy for what the report shows; a person should look" };
    }
    const fix = await refineFix(context, { agent: services.agent, report, blueprint });
    return "why" in fix ? { outcome: "failed", summary: fix.why } : keep(context, fix);
  },
};

/** Only a change is a fix: what a person must mend is written down, and ends the run. */
async function keep(context: StepContext, fix: Omit<Fix, "version" | "round" | "time">): Promise<StepResult> {
  const { store, round, services } = context;
  await store.write(join("fixes", `${round}.json`), { version: 1, round, time: services.now().toISOString(), ...fix });
  if (!fix.blueprint && fix.patches.length === 0)
    return { outcome: "failed", summary: `${fix.class}: ${unstopped(fix.cause)}` };
  await keepChangesForOriginal(store, adoptedCode(await needRequirements(context)));
  return {
    outcome: "done",
    summary: `${unstopped(fix.cause)}: ${fix.changes.map(({ field, to }) => `${field} becomes ${to}`).join(", ")}`,
  };
}

/** What goes on after it needs no full stop. */
function unstopped(text: string): string {
  return text.replace(/\.$/, "");
}

export type Remedy = Pick<Fix, "class" | "cause" | "expected" | "changes"> & { blueprint?: Blueprint };

/** What the first rule that recognises a failure has to say, on all tables that fail alike: rounds are few. */
export function findRemedy(report: Report, blueprint: Blueprint): Remedy | undefined {
  const failed = report.checks.filter(({ verdict, severity }) => verdict === "fail" && severity === "blocker");
  for (const rule of [credentialsRefused, unreachable, parameterRefused, edgeLeftOut, orderNotKept, valueUnfit]) {
    const remedy = applied(rule, blueprint, failed);
    if (remedy) return remedy;
  }
  return undefined;
}

function applied(rule: Rule, blueprint: Blueprint, failed: readonly CheckResult[]): Remedy | undefined {
  const mended = new Set<string | undefined>();
  let whole: Remedy | undefined;
  for (const result of failed) {
    if (mended.has(result.table)) continue;
    const next = rule(whole?.blueprint ?? blueprint, result);
    if (next === undefined) continue;
    mended.add(result.table);
    whole = whole === undefined ? next : both(whole, next);
  }
  return whole;
}

function both(one: Remedy, other: Remedy): Remedy {
  const said = (all: string, another: string) => [...new Set([...all.split("; "), another])].join("; ");
  const blueprint = other.blueprint ?? one.blueprint;
  return {
    class: one.class,
    cause: said(one.cause, other.cause),
    expected: said(one.expected, other.expected),
    changes: [...one.changes, ...other.changes],
    ...(blueprint ? { blueprint } : {}),
  };
}

type Rule = (blueprint: Blueprint, result: CheckResult) => Remedy | undefined;

/** A live source that says 401 or 403 is for a person: no code is changed for it. */
const credentialsRefused: Rule = (_, result) => {
  if (result.basis !== "live" || linesOf(result, /40[13]/).length === 0) return undefined;
  return {
    class: "credentials",
    cause: "the source refuses the credentials",
    expected: "nothing until the credentials are right",
    changes: [],
  };
};

const unreachable: Rule = (_, { basis, summary, details }) => {
  if (
    basis !== "live" ||
    !/ECONNREFUSED|ConnectionError|Name or service not known|timed out/.test([summary, ...details].join("\n"))
  ) {
    return undefined;
  }
  return {
    class: "infrastructure",
    cause: "the source cannot be reached",
    expected: "nothing until it answers",
    changes: [],
  };
};

/** HTTP 400 that names one of our optional parameters: the source does not know it, whatever its description says. */
const parameterRefused: Rule = (blueprint, result) => {
  const lines = linesOf(result, /400/);
  const text = [result.summary, ...result.details].join("\n");
  if (lines.length === 0) return undefined;
  // A sync ends with the first refusal, and all tables fail with it: the address tells whose it is.
  const asked = blueprint.tables.filter((table) => lines.some((line) => namesPath(line, table)));
  for (const table of tablesOf(blueprint, result)) {
    if (table.read.kind !== "rest") continue;
    const { pagination } = table.read;
    const size = sizeParam(pagination);
    if (size && mentions(text, size)) {
      const { size_param: _s, limit_param: _l, size: _n, limit: _m, ...rest } = pagination as Record<string, unknown>;
      const changed = { ...table, read: { ...table.read, pagination: rest } };
      return changeTable(blueprint, {
        table: table.name,
        changed,
        field: "read.pagination",
        cause: `the source refuses the parameter ${size}`,
        to: `${pagination.style} without ${size}`,
      });
    }
    // Reading in full costs more than a page size: only where the source has said so.
    if (asked.length > 0 && !asked.includes(table)) continue;
    if (table.advance.kind === "cursor" && mentions(text, table.advance.param)) {
      const cause = `the source refuses the parameter ${table.advance.param}`;
      const deletes = table.deletes.kind === "none" ? { kind: "absence" } : table.deletes;
      const changed = { ...table, advance: { kind: "full" }, deletes };
      return changeTable(blueprint, { table: table.name, changed, field: "advance", cause, to: "full" });
    }
  }
  return undefined;
};

/** The filter leaves out rows that equal the cursor: it is asked for from one unit earlier. */
const edgeLeftOut: Rule = (blueprint, { check, summary, table: name }) => {
  const table = blueprint.tables.find((candidate) => candidate.name === name);
  if (check !== "second-sync" || !table || table.advance.kind !== "cursor" || !table.advance.inclusive)
    return undefined;
  if (!summary.includes("leaves out rows that equal the cursor")) return undefined;
  const changed = { ...table, advance: { ...table.advance, inclusive: false } };
  const cause = `${table.advance.param} leaves out rows that equal its value`;
  return changeTable(blueprint, { table: table.name, changed, field: "advance", cause, to: "cursor, not inclusive" });
};

/** Rows do not come in the order of the cursor: it moves at the end of a listing only. */
const orderNotKept: Rule = (blueprint, { summary, table: name }) => {
  const table = blueprint.tables.find((candidate) => candidate.name === name);
  if (table?.advance.kind !== "cursor" || table.advance.order !== "ascending") return undefined;
  if (!summary.includes(`not come in ascending order of ${table.advance.column}`)) return undefined;
  const changed = { ...table, advance: { ...table.advance, order: "unknown" } };
  const cause = `${table.read.kind === "rest" ? table.read.path : table.name} does not come in ascending order of ${table.advance.column}`;
  return changeTable(blueprint, { table: table.name, changed, field: "advance", cause, to: "cursor, order unknown" });
};

/** The connector refuses a value for its declared type: the column keeps the source's text instead. */
const valueUnfit: Rule = (blueprint, result) => {
  const text = [result.summary, ...result.details].join("\n");
  for (const table of tablesOf(blueprint, result)) {
    const column = table.columns.find(
      ({ name, type }) =>
        ["timestamp", "local_timestamp", "date", "decimal", "number", "bigint"].includes(type) &&
        new RegExp(
          `(ValueError|TypeError|InvalidOperation)[^\\n]*${literally(table.name)}[^\\n]*\\b${literally(name)}\\b`,
        ).test(text),
    );
    if (!column) continue;
    const { precision: _p, scale: _s, format: _f, shape: _h, ...plain } = column;
    const columns = table.columns.map((other) => (other === column ? { ...plain, type: "string" } : other));
    const cause = `${table.name}.${column.name} holds values that are no ${column.type}`;
    return changeTable(blueprint, {
      table: table.name,
      changed: { ...table, columns },
      field: "columns",
      cause,
      to: `${column.name} string`,
    });
  }
  return undefined;
};

interface TableChange {
  table: string;
  changed: unknown;
  field: "read.pagination" | "advance" | "columns";
  cause: string;
  to: string;
}

function changeTable(blueprint: Blueprint, { table, changed, field, cause, to }: TableChange): Remedy {
  const key = claimKey(table, field);
  const next = blueprintSchema.parse({
    ...blueprint,
    tables: blueprint.tables.map((other) => (other.name === table ? changed : other)),
    claims: {
      ...blueprint.claims,
      [key]: {
        status: "unproven",
        reason: `${cause}; changed after a failed test`,
        evidence: blueprint.claims[key]?.evidence ?? [],
      },
    },
  });
  return {
    class: "blueprint",
    cause,
    expected: `the ${table} table syncs`,
    changes: [{ field: key, from: "as described", to }],
    blueprint: next,
  };
}

/** Lines that tell of an answer with such a status; a number alone may count rows. */
function linesOf({ summary, details }: CheckResult, status: RegExp): string[] {
  const told = new RegExp(
    `\\b(?:status|status_code|code|error|http(?:/[\\d.]+)?)\\W{0,3}${status.source}\\b|\\b${status.source} (?:client error|bad request|unauthorized|forbidden)`,
    "i",
  );
  return [summary, ...details].flatMap((text) => text.split("\n")).filter((line) => told.test(line));
}

/** Whether the line is about a request for the table's listing. */
function namesPath(line: string, { read }: Table): boolean {
  if (read.kind !== "rest") return false;
  const pattern = read.path
    .split(/\{[^}]+\}/)
    .map(literally)
    .join("[^/\\s]+");
  return new RegExp(`${pattern}(?![\\w/-])`).test(line);
}

function tablesOf(blueprint: Blueprint, { table }: CheckResult): Table[] {
  return table === undefined ? blueprint.tables : blueprint.tables.filter(({ name }) => name === table);
}

function sizeParam(pagination: Pagination): string | undefined {
  if (pagination.style === "none") return undefined;
  return pagination.style === "offset" ? pagination.limit_param : pagination.size_param;
}

function mentions(text: string, word: string): boolean {
  return new RegExp(`(^|[^\\w])${literally(word)}([^\\w]|$)`).test(text);
}
