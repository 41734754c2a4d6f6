/** Drafts blueprints from the schemas of `test/fixtures/graphql`. */
import { join } from "node:path";
import { expect } from "vitest";
import { blueprintSchema, requiredClaims } from "../../../src/artifacts/blueprint.ts";
import { evidenceSchema } from "../../../src/artifacts/evidence.ts";
import { specSchema } from "../../../src/artifacts/spec.ts";
import { describeGraphql } from "../../../src/sources/graphql/describe/describe.ts";
import { isQuoted } from "../../../src/sources/http/describe/quotation.ts";
import type { DescribeContext, Description } from "../../../src/sources/kind.ts";
import { sha256 } from "../../../src/system/files.ts";
import { http } from "../../../src/system/http.ts";

export const FIXTURES = join(import.meta.dirname, "../../fixtures/graphql");

export interface DescribeInput {
  docs?: string[];
  source?: Record<string, unknown>;
  tables?: unknown[];
  incremental?: "auto" | "none";
  context?: Partial<DescribeContext>;
}

export async function describeSchema({
  docs = [],
  source = {},
  context = {},
  ...rest
}: DescribeInput): Promise<Description> {
  const auth = { kind: "bearer", token: "${env:EXAMPLE_TOKEN}" };
  const whole = { kind: "graphql", base_url: "https://api.example.com/graphql", auth, docs, ...source };
  const spec = specSchema.parse({ name: "Test source", source: whole, ...rest });
  const requirements = { version: 1 as const, name: "test_source", spec, spec_address: "/somewhere/spec.yaml" };
  const now = () => new Date("2026-01-02T03:04:05Z");
  const signal = new AbortController().signal;
  const description = await describeGraphql(requirements, { http, baseDirectory: FIXTURES, now, signal, ...context });
  checkDescription(description);
  return description;
}

/** The blueprint is valid and whole; each piece of evidence is stored and says what it is quoted with. */
export function checkDescription({ blueprint, evidence, pages }: Description): void {
  expect(blueprintSchema.parse(blueprint)).toEqual(blueprint);
  expect(requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined)).toEqual([]);
  const ids = new Set(evidence.map(({ id }) => id));
  expect(
    Object.values(blueprint.claims)
      .flatMap((claim) => claim.evidence)
      .filter((id) => !ids.has(id)),
  ).toEqual([]);
  for (const one of evidence) {
    evidenceSchema.parse(one);
    const text = pages.get(one.hash) ?? "";
    expect(sha256(text)).toBe(one.hash);
    expect(one.quotation).not.toBe("");
    const quoted =
      one.pointer === undefined ? text.includes(one.quotation) : isQuoted(JSON.parse(text), one.pointer, one.quotation);
    expect(quoted, `${one.id} ${one.pointer}`).toBe(true);
  }
}
