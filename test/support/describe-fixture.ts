/** Runs the drafting on fixtures or on a description given as a value, and checks what must hold of every result. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { expect } from "vitest";
import {
  type RestBlueprint as Blueprint,
  blueprintOf,
  blueprintSchema,
  requiredClaims,
  type RestTable as Table,
} from "../../src/artifacts/blueprint.ts";
import { evidenceSchema } from "../../src/artifacts/evidence.ts";
import { requirementsOf } from "../../src/artifacts/requirements.ts";
import { specSchema } from "../../src/artifacts/spec.ts";
import { isQuoted } from "../../src/sources/http/describe/quotation.ts";
import type { Description } from "../../src/sources/kind.ts";
import { describeRest } from "../../src/sources/rest/describe/describe.ts";
import { sha256 } from "../../src/system/files.ts";
import { http } from "../../src/system/http.ts";

export const FIXTURES = join(import.meta.dirname, "../fixtures/openapi");

export interface DescribeInput {
  docs?: string[];
  source?: Record<string, unknown>;
  tables?: unknown[];
  incremental?: "auto" | "none";
  directory?: string;
  signal?: AbortSignal;
}

/** What describing a REST source gives. */
export type RestDescription = Omit<Description, "blueprint"> & { blueprint: Blueprint };

export async function describeFixture(input: DescribeInput): Promise<RestDescription> {
  const { docs = [], source = {}, directory = FIXTURES, signal = new AbortController().signal, ...rest } = input;
  const spec = specSchema.parse({ name: "Test source", source: { kind: "rest", docs, ...source }, ...rest });
  const requirements = { version: 1 as const, name: "test_source", spec, spec_address: "spec.yaml" };
  const now = () => new Date("2026-01-02T03:04:05Z");
  const description = await describeRest(requirementsOf(requirements, "rest"), {
    http,
    baseDirectory: directory,
    now,
    signal,
  });
  checkDescription(description);
  return { ...description, blueprint: blueprintOf(description.blueprint, "rest") };
}

/** Paths and what else the test needs; info, servers and version are filled in. */
export async function describeDocument(document: object, input: DescribeInput = {}): Promise<RestDescription> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-describe-"));
  try {
    const whole = {
      openapi: "3.0.3",
      info: { title: "T", version: "1" },
      servers: [{ url: "https://api.example" }],
      ...document,
    };
    await writeFile(join(directory, "api.json"), JSON.stringify(whole));
    return await describeFixture({ ...input, docs: ["api.json"], directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A description given as text, under a file's name. */
export async function describeText(name: string, text: string, input: DescribeInput = {}): Promise<RestDescription> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-describe-"));
  try {
    await writeFile(join(directory, name), text);
    return await describeFixture({ ...input, docs: [name], directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A GET operation that answers `schema`. */
export function get(schema: object, rest: object = {}): object {
  return { get: { responses: { "200": { content: { "application/json": { schema } } } }, ...rest } };
}

export function listOf(properties: Record<string, object>, rest: object = {}): object {
  return { type: "array", items: { type: "object", properties, ...rest } };
}

export function query(name: string, schema: object, rest: object = {}): object {
  return { name, in: "query", schema, ...rest };
}

export function tableNamed(description: RestDescription, name: string): Table {
  const table = description.blueprint.tables.find((one) => one.name === name);
  if (table === undefined) {
    const names = description.blueprint.tables.map((one) => one.name);
    throw new Error(
      `no table ${name} among ${names.join(", ")}; skipped: ${JSON.stringify(description.blueprint.skipped)}`,
    );
  }
  return table;
}

export function reasonFor(description: Description, path: string): string | undefined {
  return description.blueprint.skipped.find((one) => one.name === path)?.reason;
}

/** The blueprint is valid and whole; each piece of evidence is stored and says what it is quoted with. */
export function checkDescription({ blueprint: described, evidence, pages }: Description): void {
  const blueprint = blueprintOf(described, "rest");
  expect(blueprintSchema.parse(blueprint)).toEqual(blueprint);
  expect(requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined)).toEqual([]);
  expect(evidence.map((one) => one.id)).toEqual(evidence.map((_, index) => `E${index + 1}`));
  const ids = new Set(evidence.map((one) => one.id));
  const cited = Object.values(blueprint.claims).flatMap((claim) => claim.evidence);
  expect(cited.filter((id) => !ids.has(id))).toEqual([]);
  expect(new Set(evidence.map((one) => `${one.hash}${one.pointer}#${one.quotation}`)).size).toBe(evidence.length);
  const roots = new Map([...pages].map(([hash, text]) => [hash, parsed(text)]));
  for (const one of evidence) {
    evidenceSchema.parse(one);
    const text = pages.get(one.hash) ?? "";
    expect(sha256(text)).toBe(one.hash);
    const quoted =
      one.pointer === undefined
        ? text.includes(one.quotation)
        : isQuoted(roots.get(one.hash), one.pointer, one.quotation);
    expect(quoted, `${one.id} ${one.pointer}`).toBe(true);
  }
  const tables = blueprint.tables.map((table) => table.name.toLowerCase());
  expect(new Set(tables).size).toBe(tables.length);
  for (const [index, table] of blueprint.tables.entries()) {
    const columns = new Set(table.columns.map((column) => column.name));
    const bound = table.read.parent?.bind ?? [];
    expect([...table.primary_key, ...bound.map((bind) => bind.column)].filter((name) => !columns.has(name))).toEqual(
      [],
    );
    if (table.read.parent) expect(tables.slice(0, index)).toContain(table.read.parent.table.toLowerCase());
    const placeholders = [...table.read.path.matchAll(/\{(.*?)\}/g)].map((match) => match[1]);
    expect(placeholders.filter((name) => !bound.some((bind) => bind.placeholder === name))).toEqual([]);
  }
}

function parsed(text: string): unknown {
  return text.startsWith("#") ? text : load(text, { json: true });
}
