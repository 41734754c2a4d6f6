/** All tables that the descriptions and the spec together yield, readable or not, and what is left out before that. */
import type { RequirementsOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import type { DescriptionDocument } from "../../http/describe/pointer.ts";
import type { SourceDocument } from "./documents.ts";
import type { Claimed, DraftTable, LeftOut, Listing } from "./draft.ts";
import { draftTable } from "./draft-table.ts";
import { type Survey, surveyListings } from "./listings.ts";
import { linkParents } from "./parents.ts";
import { credentialParameters } from "./security.ts";
import { findBaseUrl, foreignServer } from "./servers.ts";
import { listingAt, matchByName, statedTables } from "./stated-tables.ts";
import { nameTables } from "./table-names.ts";

export interface Drafts {
  descriptions: DescriptionDocument[];
  /** Of the first description that names one. */
  base: Claimed<string> | undefined;
  tables: DraftTable[];
  leftOut: LeftOut[];
}

export function draftTables(documents: readonly SourceDocument[], requirements: RequirementsOf<"rest">): Drafts {
  const { spec } = requirements;
  const descriptions = documents.flatMap((document): DescriptionDocument[] => {
    if (document.format === "graphql") throw notRest(document.address);
    return document.format === "prose" ? [] : [document];
  });
  const base = descriptions.map(findBaseUrl).find((one) => one !== undefined);
  const listings: Listing[] = [];
  const leftOut: LeftOut[] = [];
  for (const document of descriptions) {
    const survey = surveyOf(document, Object.keys(spec.source.headers));
    leftOut.push(...survey.leftOut, ...(document.conversion?.leftOut ?? []));
    const own = findBaseUrl(document)?.value ?? base?.value;
    for (const listing of survey.listings) {
      markServer(listing, { own, base: base?.value, fixed: spec.source.base_url !== undefined });
      listings.push(listing);
    }
  }
  linkParents(listings);
  return { descriptions, base, tables: tablesOf(listings, requirements), leftOut };
}

function tablesOf(listings: readonly Listing[], requirements: RequirementsOf<"rest">): DraftTable[] {
  const stated = statedTables(requirements);
  const reserved = new Map<Listing, string>();
  for (const { table } of stated) {
    const listing = table.path === undefined ? undefined : listingAt(table.path, listings);
    if (listing !== undefined) reserved.set(listing, table.name);
  }
  const free = listings.filter((listing) => !reserved.has(listing));
  const withPath = stated.filter(({ table }) => table.path !== undefined).map(({ table }) => table.name);
  const names = new Map([...reserved, ...nameTables(free, new Set(withPath))]);
  const matches = matchByName(stated, names);
  const common = { names, incremental: requirements.spec.incremental };
  const described = listings.map((listing) => {
    const one = matches.byListing.get(listing);
    return draftTable({ ...common, name: names.get(listing) ?? "", listing, stated: one });
  });
  const alone = matches.alone.map((one) =>
    draftTable({ ...common, name: one.table.name, listing: undefined, stated: one }),
  );
  for (const table of alone) checkColumns(table);
  return [...described, ...alone];
}

function notRest(address: string): UserError {
  return new UserError(`${address} is a GraphQL schema, and the spec says that the source is REST.`, {
    hint: "Say `kind: graphql` under `source`, or take it out of `docs`.",
  });
}

function surveyOf(document: DescriptionDocument, headers: readonly string[]): Survey {
  const stated = headers.map((name) => `header ${name.toLowerCase()}`);
  return surveyListings(document, new Set([...credentialParameters(document), ...stated]));
}

/** One connector has one base address, unless the spec says that a given one serves everything. */
function markServer(
  listing: Listing,
  { own, base, fixed }: { own: string | undefined; base: string | undefined; fixed: boolean },
): void {
  const foreign = foreignServer(listing.operation, own ?? "") ?? (own !== base && !fixed ? own : undefined);
  if (foreign === undefined) return;
  listing.blocks.push({ kind: "server", reason: `is served from ${foreign}, another address than the rest` });
}

function checkColumns(table: DraftTable): void {
  if (table.columns.length > 0) return;
  throw new UserError(`Table ${table.name} is in no description, and the spec names none of its columns.`, {
    hint: "State `primary_key` or `columns` for it.",
  });
}
