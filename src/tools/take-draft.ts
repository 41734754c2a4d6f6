/** Takes what a description yields by itself over into the notebook: tables that it does not have yet, with their claims. */
import {
  type Blueprint,
  type Claim,
  claimKey,
  parentOf,
  placeOfSource,
  type Source,
  type SourceField,
  sourceFieldOf,
  sourceFields,
  type Table,
  webPart,
} from "../artifacts/blueprint.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { type Spec, webSpec } from "../artifacts/spec.ts";
import { messageOf, UserError } from "../errors.ts";
import type { Proposal } from "../research/notebook.ts";
import type { DescribeContext, Description } from "../sources/kind.ts";
import type { ResearchDesk } from "./desk.ts";

export interface DraftedTables {
  added: string[];
  /** Drafted too, and in the proposal before: nothing of them is changed. */
  had: string[];
  /** `tables.orders.columns: …`, of the added tables and of the source where it was taken over. */
  unproven: string[];
  /** `/orders/{id}: …`. */
  leftOut: string[];
  /** Why there is no draft, with what to do next. */
  why?: string;
}

const NOTHING: DraftedTables = { added: [], had: [], unproven: [], leftOut: [] };

/** `entry` takes the place of the spec's `docs`. */
export async function takeDraft(desk: ResearchDesk, entry: string, context: DescribeContext): Promise<DraftedTables> {
  const draft = await draftFrom(desk, entry, context);
  if ("why" in draft) return { ...NOTHING, why: desk.redact(draft.why) };
  const before = desk.notebook.proposal();
  const rebased = onBase(draft.blueprint, before);
  if (rebased === undefined) {
    const own = before && placeOfSource(before.source);
    const why = `it is about ${placeOfSource(draft.blueprint.source)}, and the proposal about ${own}. Read it as a page, or propose its tables yourself.`;
    return { ...NOTHING, why };
  }
  const known = new Set(before?.tables.map(({ name }) => name.toLowerCase()));
  const wanted = wantedTables(rebased, desk.requirements);
  const added = wanted.filter(({ name }) => !known.has(name.toLowerCase()));
  const leftOut = draft.blueprint.skipped.map(({ name, reason }) => `${name}: ${reason}`);
  const had = wanted.filter((table) => !added.includes(table)).map(({ name }) => name);
  if (added.length === 0) return { ...NOTHING, had, leftOut };
  const claims = claimsFor(desk, { blueprint: draft.blueprint, before, added });
  await adopt(desk, { draft, before, added, claims });
  return { added: added.map(({ name }) => name), had, unproven: unprovenOf(claims), leftOut };
}

/** As the spec has it, else without the tables it names: those may be in other descriptions. */
async function draftFrom(
  { requirements, kind, source }: ResearchDesk,
  entry: string,
  context: DescribeContext,
): Promise<Description | { why: string }> {
  const { spec } = requirements;
  const found = source();
  const base_url = webSpec(spec.source).base_url ?? (found && webPart(found).base_url);
  const own: Spec = { ...spec, source: { ...spec.source, docs: [entry] } };
  const { tables: _, ...any } = own;
  const based = base_url === undefined ? any.source : ({ ...any.source, base_url } as Spec["source"]);
  const attempts: Spec[] = [own, any, { ...any, source: based }];
  let why = "";
  for (const attempt of attempts) {
    try {
      return await kind.describe({ ...requirements, spec: attempt }, context);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      why ||= [messageOf(error), error.hint].filter(Boolean).join(" ");
    }
  }
  return { why };
}

/** The tables with paths below the proposal's base address; undefined where they are at another. */
function onBase(blueprint: Blueprint, before: Proposal | undefined): readonly Table[] | undefined {
  const own = before && webPart(before.source).base_url;
  const { base_url } = webPart(blueprint.source);
  if (own === undefined || base_url === undefined || own === base_url || isUnknown(own)) return blueprint.tables;
  if (!base_url.startsWith(`${own}/`)) return undefined;
  const prefix = base_url.slice(own.length);
  return blueprint.tables.map(({ read, ...table }) =>
    read.kind === "rest" ? { ...table, read: { ...read, path: `${prefix}${read.path}` } } : { ...table, read },
  );
}

/** The address of a proposal that was begun before there was one. */
function isUnknown(address: string): boolean {
  return new URL(address).hostname.endsWith(".invalid");
}

/** What the spec names, parents included; all where it names none. */
function wantedTables(tables: readonly Table[], { spec }: Requirements): readonly Table[] {
  if (spec.tables === undefined) return tables;
  const names = new Set(spec.tables.map((table) => (typeof table === "string" ? table : table.name).toLowerCase()));
  // Children come after their parents.
  for (const table of tables.toReversed()) {
    const parent = parentOf(table);
    if (names.has(table.name.toLowerCase()) && parent) names.add(parent.table.toLowerCase());
  }
  return tables.filter(({ name }) => names.has(name.toLowerCase()));
}

interface Claiming {
  blueprint: Blueprint;
  before: Proposal | undefined;
  added: readonly Table[];
}

/** Of the added tables, and of the source where the draft says what is not known yet. */
function claimsFor({ notebook }: ResearchDesk, { blueprint, before, added }: Claiming): Record<string, Claim> {
  const known = notebook.claims();
  const open = (field: SourceField, claim: Claim): boolean => {
    const standing = known[claimKey(field)];
    if (standing !== undefined && !(standing.status === "unproven" && claim.status === "documented")) return false;
    const [own, drafted] = [before && sourceFieldOf(before.source, field), sourceFieldOf(blueprint.source, field)];
    return own === undefined || isOpen(own) || JSON.stringify(own) === JSON.stringify(drafted);
  };
  const fields = sourceFields(blueprint.source).flatMap((field): [string, Claim][] => {
    const claim = blueprint.claims[claimKey(field)];
    return claim !== undefined && open(field, claim) ? [[claimKey(field), claim]] : [];
  });
  const tables = Object.entries(blueprint.claims).filter(([key]) =>
    added.some(({ name }) => key.startsWith(`tables.${name}.`)),
  );
  return Object.fromEntries([...fields, ...tables]);
}

/** A value that stands where nothing is known. */
function isOpen(value: unknown): boolean {
  if (typeof value === "string") return isUnknown(value);
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "none";
}

interface Adoption {
  draft: Description;
  before: Proposal | undefined;
  added: readonly Table[];
  claims: Record<string, Claim>;
}

async function adopt(desk: ResearchDesk, { draft, before, added, claims }: Adoption): Promise<void> {
  const cited = new Set(Object.values(claims).flatMap(({ evidence }) => evidence));
  const { claims: _, ...own } = draft.blueprint;
  await desk.notebook.adopt({
    evidence: draft.evidence.filter(({ id }) => cited.has(id)),
    pages: draft.pages,
    claims,
    proposal: before === undefined ? { ...own, tables: [...added] } : extended(desk, { draft, before, added, claims }),
  });
}

/** The proposal with the added tables; of the source only what a claim is taken over for. */
function extended(desk: ResearchDesk, { draft, before, added, claims }: Adoption & { before: Proposal }): Proposal {
  const { source, skipped, custom } = draft.blueprint;
  const merged = mergedSource(before.source, source, claims);
  const tables = [...before.tables, ...added];
  const have = new Set([...tables, ...before.skipped].map(({ name }) => name));
  return {
    ...before,
    ...desk.kind.complete(merged),
    tables,
    skipped: [...before.skipped, ...skipped.filter(({ name }) => !have.has(name))],
    custom: [...new Set([...before.custom, ...custom])],
  };
}

function mergedSource(before: Source, drafted: Source, claims: Readonly<Record<string, Claim>>): Source {
  const [own, web] = [webPart(before), webPart(drafted)];
  if (own.base_url === undefined || web.base_url === undefined) return before;
  const { base_url, auth, rate_limit } = web;
  return {
    ...before,
    headers: { ...web.headers, ...own.headers },
    ...(claims["source.base_url"] === undefined ? {} : { base_url }),
    ...(claims["source.auth"] === undefined ? {} : { auth }),
    ...(claims["source.rate_limit"] === undefined ? {} : { rate_limit }),
  } as Source;
}

function unprovenOf(claims: Record<string, Claim>): string[] {
  return Object.entries(claims).flatMap(([key, claim]) =>
    claim.status === "unproven" ? [`${key}: ${claim.reason.slice(0, 180)}`] : [],
  );
}
