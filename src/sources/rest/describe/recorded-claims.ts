/**
 * What claims may say where a description was made from saved requests and answers. What was asked for and answered is
 * documented; that nothing else may come is not.
 */
import type { RestAdvance as Advance } from "../../../artifacts/blueprint.ts";
import { type Pagination, paginationSchema } from "../../../artifacts/reading.ts";
import type { Conversion, Recorded } from "../../http/describe/pointer.ts";
import {
  type Citation,
  type DraftClaim,
  type DraftTable,
  documented,
  type Listing,
  type TableClaims,
  unproven,
} from "./draft.ts";
import type { PagingResult } from "./pagination.ts";

/** Claims and notes of a table that a recorded listing gave; those of any other stay as they are. */
export function asRecorded(table: DraftTable): Pick<DraftTable, "claims" | "custom"> {
  const { listing, claims, custom } = table;
  const conversion = listing?.operation.document.conversion;
  const recorded = listing === undefined ? undefined : conversion?.recorded.get(listing.operation.path);
  if (listing === undefined || conversion === undefined || recorded === undefined) return { claims, custom };
  const facts = { table, listing, conversion, recorded };
  const traffic = conversion.from === "har" ? trafficClaims(facts) : {};
  return {
    claims: { ...claims, ...columnsClaim(facts), ...traffic },
    custom: [...custom, ...sentParameters(facts)],
  };
}

/** The paging that two recorded requests show goes before what names suggest. */
export function recordedPaging(listing: Listing, named: PagingResult): PagingResult {
  const { document, path, node } = listing.operation;
  const seen = document.conversion?.recorded.get(path)?.paging;
  if (seen === undefined) return named;
  const cite = seen.pointers.map((pointer): Citation => ({ node: { document, pointer, value: node.value } }));
  const same = named.value.style === seen.value.style;
  const value = same ? { ...named.value, ...seen.value } : { ...seen.value, ...sizeFrom(named, seen.value.style) };
  return { value: paginationSchema.parse(value), claim: documented(cite, seen.note), params: {} };
}

/** Where names alone gave no second page, the page's size is among the parameters that are sent each time. */
function sizeFrom({ params }: PagingResult, style: Pagination["style"]): object {
  const [size] = Object.entries(params);
  if (size === undefined) return {};
  const [name, text] = size;
  return style === "offset" ? { limit_param: name, limit: Number(text) } : { size_param: name, size: Number(text) };
}

/** Why the recorded rows say nothing of what comes when parameters that were always sent are not. */
export function unseenWithout(listing: Listing | undefined, read: Sent): string | undefined {
  const names = unsent(listing, read).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return `every saved request sends ${names.join(", ")}, and what comes without was not seen`;
}

/** What the connector sends. */
interface Sent {
  pagination: Pagination;
  advance: Advance;
  params: Record<string, string>;
}

function unsent(listing: Listing | undefined, { pagination, advance, params }: Sent): Recorded["always"] {
  const { conversion } = listing?.operation.document ?? {};
  const recorded = listing === undefined ? undefined : conversion?.recorded.get(listing.operation.path);
  const cursor = advance.kind === "cursor" ? [advance.param, ...Object.keys(advance.sort_params)] : [];
  const used = new Set([...Object.values(pagination).map(String), ...Object.keys(params), ...cursor]);
  return (recorded?.always ?? []).filter(({ name }) => !used.has(name));
}

interface Facts {
  table: DraftTable;
  listing: Listing;
  conversion: Conversion;
  recorded: Recorded;
}

function columnsClaim({ table, listing, recorded }: Facts): TableClaims {
  const claim = table.claims.columns;
  if (!restsOnRecording(claim)) return {};
  const answers = recorded.answers === 1 ? "1 recorded answer" : `${recorded.answers} recorded answers`;
  const empty = listing.columns.filter(({ shape }) => [...shape.types].every((type) => type === "null"));
  const names = empty.map(({ column }) => column.name).join(", ");
  const reason = [
    `Inferred from ${answers}: fields and types that were not in it may come, and any field may be null.`,
    ...(names === "" ? [] : [`Only null was seen of ${names}.`]),
    ...(claim.status === "documented" && claim.note ? [`${claim.note}.`] : []),
  ];
  return { columns: { status: "unproven", reason: reason.join(" "), cite: claim.cite ?? [] } };
}

/** Traffic shows names and values, and nobody has said what they mean. */
function trafficClaims({ table, listing, recorded }: Facts): TableClaims {
  const { claims } = table;
  const softened: TableClaims = {};
  const soften = (field: keyof TableClaims, reason: string): void => {
    const claim = claims[field];
    if (restsOnRecording(claim)) softened[field] = unproven(reason, claim.cite);
  };
  const { pagination, parent } = table.read;
  if (recorded.paging === undefined && pagination.style !== "none") {
    soften("read.pagination", "Taken from names: no request for a second page was recorded.");
  }
  const unbound = (parent?.bind ?? []).filter(({ placeholder }) => !recorded.bound.includes(placeholder));
  if (unbound.length > 0) {
    const which = unbound.map(({ placeholder }) => `{${placeholder}}`).join(", ");
    soften("read.parent", `The recorded values of ${which} were not in the recorded rows of ${parent?.table}.`);
  }
  const detail = listing.detail && listing.operation.document.conversion?.recorded.get(listing.detail.path);
  if (detail !== undefined && detail.bound.length === 0) {
    soften("primary_key", "Named like a key; the recorded requests for one row show no row of the recorded lists.");
  }
  if (table.advance.kind !== "full") {
    soften("advance", "Taken from the parameter's name: traffic does not say which rows it lets through.");
  }
  if (table.deletes.kind === "flag")
    soften("deletes", "Taken from the field's name: no deleted row need have been recorded.");
  return softened;
}

/** Whether a claim is about the recording, and not about what the spec states. */
function restsOnRecording(claim: DraftClaim | undefined): claim is DraftClaim & { status: "documented" } {
  if (claim?.status !== "documented") return false;
  return claim.cite.some((place) => "node" in place && place.node.document.conversion !== undefined);
}

/** Parameters that were sent each time and are not sent by the connector: whoever knows what they are for must decide. */
function sentParameters({ table, listing }: Facts): string[] {
  const { read, advance } = table;
  const { pagination, params } = read;
  return unsent(listing, { pagination, advance, params }).map(({ name, value }) => {
    const what = value === undefined ? name : `${name}=${value.slice(0, 80)}`;
    return `${table.name}: the saved requests send ${what}, the connector does not. If the source needs it, state it under \`params\`.`;
  });
}
