/**
 * Drafts the blueprint of a place of files without any model: from its listing, from what the files hold, and from what
 * the spec states. Whatever none of them says is taken the safe way and marked as unproven with the reason.
 */
import { type Blueprint, blueprintSchema, type Claim, claimKey, requiredClaims } from "../../../artifacts/blueprint.ts";
import type { FileSource } from "../../../artifacts/kinds/file.ts";
import { type Requirements, type RequirementsOf, requirementsOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import type { DescribeContext, Description } from "../../kind.ts";
import { completeFile, STORE_WORDS, sourceOfSpec } from "../configuration.ts";
import { levelsOf, matcherOf, prefixOf } from "../pattern.ts";
import { withStore } from "../stores/open.ts";
import type { Store, StoredFile } from "../stores/store.ts";
import { type Drafted, draftTable, type Stated } from "./draft-table.ts";
import { createEvidence } from "./evidence.ts";
import { formatOf, type Group, groupFiles } from "./group.ts";
import { survey } from "./survey.ts";

const MAX_LISTED = 1000;

type FileRequirements = RequirementsOf<"file">;
type StatedTable = Exclude<NonNullable<FileRequirements["spec"]["tables"]>[number], string>;

/**
 * Throws `UserError` when the place cannot be reached or is empty, when no file is one that can be read, or when what the
 * spec states does not fit what is there.
 */
export async function describeFiles(requirements: Requirements, context: DescribeContext): Promise<Description> {
  const own = requirementsOf(requirements, "file");
  const source = sourceOfSpec(requirements);
  const options = { configuration: { ...context.configuration }, signal: context.signal };
  return withStore(source, options, (store) => describeStore({ own, requirements, source, store, context }));
}

interface Description_ {
  own: FileRequirements;
  requirements: Requirements;
  source: FileSource;
  store: Store;
  context: DescribeContext;
}

async function describeStore({ own, requirements, source, store, context }: Description_): Promise<Description> {
  const found = await findGroups(store, own, source);
  const book = createEvidence(requirements, { now: context.now(), redact: context.redact ?? ((text) => text) });
  const listing = listingText(found.files);
  const firstLine = listing.split("\n")[0] ?? "";
  const place = book.page(source.location, listing, firstLine);
  const claims: Record<string, Claim> = { [claimKey("location")]: { status: "documented", evidence: [place] } };
  const skipped = found.skipped;
  const drafts: Drafted[] = [];
  for (const { group, stated } of found.groups) {
    context.signal.throwIfAborted();
    try {
      const surveyed = await survey(store, group, stated?.table.content);
      drafts.push(draftTable({ group, stated, surveyed, incremental: own.spec.incremental, book, source, listing }));
    } catch (error) {
      if (!(error instanceof UserError) || stated?.table.pattern !== undefined) throw error;
      skipped.push({ name: group.name, reason: [error.message, error.hint].filter(Boolean).join(" ") });
    }
  }
  if (drafts.length === 0) {
    const reasons = skipped.slice(0, 5).map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, "")}`);
    throw new UserError(`${source.location} holds no file that can be read as a table (${reasons.join(" · ")}).`, {
      hint: "State the tables in the spec, with pattern and content; or have the files delivered as CSV, NDJSON or Parquet.",
    });
  }
  for (const draft of drafts) Object.assign(claims, draft.claims);
  const draft: Omit<Blueprint, "version"> & { version: 1 } = {
    version: 1,
    name: requirements.name,
    title: requirements.spec.name,
    description: `Files in ${STORE_WORDS[source.store]}: ${source.location}`,
    ...completeFile(source),
    tables: drafts.map(({ table }) => table),
    skipped,
    custom: [],
    claims,
  };
  const blueprint = blueprintSchema.parse(draft);
  const missing = requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined);
  if (missing.length > 0) throw new Error(`claims are missing: ${missing.join(", ")}`);
  return { blueprint, evidence: book.evidence, pages: book.pages };
}

interface Found {
  groups: { group: Group; stated: Stated | undefined }[];
  files: StoredFile[];
  skipped: { name: string; reason: string }[];
}

async function findGroups(store: Store, { spec }: FileRequirements, source: FileSource): Promise<Found> {
  const tables = spec.tables?.map((table, index) => ({ table, pointer: `/tables/${index}` })) ?? [];
  const byPattern = tables.flatMap(({ table, pointer }) =>
    typeof table !== "string" && table.pattern !== undefined ? [{ table, pointer, pattern: table.pattern }] : [],
  );
  const groups: Found["groups"] = [];
  const files: StoredFile[] = [];
  for (const { table, pointer, pattern } of byPattern) {
    const group = await statedGroup(store, { table, pattern, source });
    groups.push({ group, stated: { table, pointer } });
    files.push(...group.files);
  }
  if (tables.length > 0 && byPattern.length === tables.length) return { groups, files, skipped: [] };
  const listed = await store.list("", undefined);
  if (listed.length === 0)
    throw new UserError(`There are no files at ${source.location}.`, {
      hint: "Check the place in the spec (a prefix or folder too deep?), or wait until the first files have arrived.",
    });
  const taken = new Set(files.map(({ name }) => name));
  const rest = listed.filter(({ name }) => !taken.has(name) && name !== source.manifest && !/(^|\/)[._]/.test(name));
  const { groups: drafted, unknown } = groupFiles(rest);
  const wanted = new Map(
    tables.map(({ table, pointer }) => [typeof table === "string" ? table : table.name, { table, pointer }]),
  );
  const skipped = unknown
    .slice(0, 20)
    .map((name) => ({ name, reason: "of no format that is read: CSV, TSV, JSON, NDJSON, Parquet, also with .gz" }));
  for (const group of drafted) {
    const stated = wanted.get(group.name);
    if (tables.length > 0 && stated === undefined)
      skipped.push({ name: group.name, reason: "not among the spec's tables" });
    else
      groups.push({
        group,
        stated: stated === undefined || typeof stated.table === "string" ? undefined : (stated as Stated),
      });
  }
  const lost = [...wanted.keys()].filter((name) => !groups.some(({ group }) => group.name === name));
  if (lost.length > 0)
    throw new UserError(
      `No files make a table ${lost.join(", ")}; there is ${drafted.map(({ name }) => name).join(", ") || "none"}.`,
      {
        hint: "Give the table a pattern: pattern: orders_{date:digits}.csv.",
      },
    );
  return { groups, files: [...files, ...rest], skipped };
}

async function statedGroup(
  store: Store,
  { table, pattern, source }: { table: StatedTable; pattern: string; source: FileSource },
): Promise<Group> {
  const fits = matcherOf(pattern);
  const listed = await store.list(prefixOf(pattern), levelsOf(pattern));
  const files = listed.filter(({ name }) => fits(name) !== undefined);
  const guessed = formatOf(files[0]?.name ?? pattern);
  const format = table.content?.format ?? guessed?.format;
  if (files.length === 0)
    throw new UserError(`No file at ${source.location} is named like ${pattern}, the pattern of ${table.name}.`, {
      hint: "Compare the pattern with the files there: * stays within a folder, ** goes across folders.",
    });
  if (format === undefined)
    throw new UserError(`What ${files[0]?.name} holds does not show in its name.`, {
      hint: `State content for ${table.name}: content: {format: csv}.`,
    });
  return { name: table.name, pattern, format, compression: guessed?.compression ?? "none", files };
}

function listingText(files: readonly StoredFile[]): string {
  const lines = files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MAX_LISTED)
    .map(({ name, size, modified }) => `${name} · ${size ?? "?"} bytes · ${modified ?? "no time"}`);
  const more = files.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

/** Pages of prose are for a model to read: nothing in them describes files to a program. */
export async function outlineFiles(): Promise<undefined> {
  return undefined;
}
