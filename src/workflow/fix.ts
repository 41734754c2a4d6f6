/**
 * Step 5 without a model: rules for failures whose cause shows in the report. A rule changes the blueprint, never the
 * judge; what no rule knows ends the run honestly.
 */
import { join } from "node:path";
import { type Blueprint, blueprintSchema, claimKey, type Table } from "../artifacts/blueprint.ts";
import type { Fix } from "../artifacts/fix.ts";
import type { CheckResult, Report } from "../artifacts/report.ts";
import { needBlueprint, type Step } from "./step.ts";

export const fixStep: Step = {
  name: "fix",
  inputs: async ({ store, round }) => ({ report: await store.readReport(), round }),
  outputs: async ({ store, round }) => [store.path("fixes", `${round}.json`)],
  run: async (context) => {
    const { store, round, services } = context;
    const report = await store.readReport();
    const blueprint = await needBlueprint(context);
    const remedy = report ? findRemedy(report, blueprint) : undefined;
    if (!remedy) {
      return { outcome: "failed", summary: "no rule knows a remedy for what the report shows; a person should look" };
    }
    const fix = { version: 1, round, time: services.now().toISOString(), ...remedy };
    await store.write(join("fixes", `${round}.json`), fix);
    if (!fix.blueprint) return { outcome: "failed", summary: `${fix.class}: ${fix.cause}` };
    return {
      outcome: "done",
      summary: `${fix.cause}: ${fix.changes.map(({ field, to }) => `${field} becomes ${to}`).join(", ")}`,
    };
  },
};

export type Remedy = Pick<Fix, "class" | "cause" | "expected" | "changes"> & { blueprint?: Blueprint };

/** The first rule that recognises the failure. */
export function findRemedy(report: Report, blueprint: Blueprint): Remedy | undefined {
  const failed = report.checks.filter(({ verdict, severity }) => verdict === "fail" && severity === "blocker");
  for (const rule of [credentialsRefused, unreachable, parameterRefused, edgeLeftOut, valueUnfit]) {
    for (const result of failed) {
      const remedy = rule(blueprint, result);
      if (remedy) return remedy;
    }
  }
  return undefined;
}

type Rule = (blueprint: Blueprint, result: CheckResult) => Remedy | undefined;

/** A live source that says 401 or 403 is for a person: no code is changed for it. */
const credentialsRefused: Rule = (_, { basis, summary, details }) => {
  if (basis !== "live" || !/\b(401|403)\b/.test([summary, ...details].join("\n"))) return undefined;
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
  const text = [result.summary, ...result.details].join("\n");
  if (!/\b400\b/.test(text)) return undefined;
  for (const table of tablesOf(blueprint, result)) {
    const { pagination } = table.read;
    const size = sizeParam(table);
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
    const { precision: _p, scale: _s, format: _f, ...plain } = column;
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

function tablesOf(blueprint: Blueprint, { table }: CheckResult): Table[] {
  return table === undefined ? blueprint.tables : blueprint.tables.filter(({ name }) => name === table);
}

function sizeParam({ read: { pagination } }: Table): string | undefined {
  if (pagination.style === "none") return undefined;
  return pagination.style === "offset" ? pagination.limit_param : pagination.size_param;
}

function mentions(text: string, word: string): boolean {
  return new RegExp(`(^|[^\\w])${literally(word)}([^\\w]|$)`).test(text);
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
