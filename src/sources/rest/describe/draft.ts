/** The shapes that the parts of the drafting pass to each other. */
import type { RestRead, SourceField, RestTable as Table, TableField } from "../../../artifacts/blueprint.ts";
import type { Parent } from "../../../artifacts/reading.ts";
import type { SpecTableOf } from "../../../artifacts/requirements.ts";
import type { Located } from "../../http/describe/pointer.ts";
import type { DescribedColumn } from "./columns.ts";
import type { Operation } from "./operations.ts";
import type { Records } from "./records.ts";

/** A place to quote: in a description, or in the spec (a JSON pointer into it). */
export type Citation = { node: Located; excerpt?: string } | { spec: string };

export type DraftClaim =
  | { status: "documented"; cite: Citation[]; note?: string }
  | { status: "unproven"; reason: string; cite?: Citation[] };

export type Claims<Field extends string> = Partial<Record<Field, DraftClaim>>;
export type TableClaims = Claims<TableField>;
export type SourceClaims = Claims<SourceField>;

/** A value and what it rests on. */
export interface Claimed<T> {
  value: T;
  claim: DraftClaim;
}

/** Why an endpoint is no table as it stands. */
export type Block =
  /** Needs something that a spec can give. */
  | { kind: "parameter"; name: string; reason: string }
  | { kind: "placeholder"; name: string; reason: string }
  | { kind: "columns"; reason: string }
  /** Works, but is left out unless the spec names its path. */
  | { kind: "choice"; reason: string }
  /** Is at an address that one connector cannot reach together with the others. */
  | { kind: "server"; reason: string };

/** A list endpoint. */
export interface Listing {
  operation: Operation;
  /** Path with a default put in for placeholders that have one, and without a trailing query. */
  path: string;
  /** snake_case of the last static part of the path. */
  resource: string;
  records: Records;
  media: string;
  columns: DescribedColumn[];
  /** Parameters that must be sent and have a documented default. */
  params: Record<string, string>;
  /** Headers that must be sent and have a documented default. */
  headers: Record<string, string>;
  /** The endpoint that answers one record: `/orders/{id}`. */
  detail: Operation | undefined;
  /** Where the values for the path's placeholders come from, once that is known. */
  parent: ListingParent | undefined;
  blocks: Block[];
  /** Descriptions of all endpoints that share a parameter, by the parameter's pointer: one may tell what others omit. */
  spoken: ReadonlyMap<string, readonly Located[]>;
}

export interface ListingParent {
  listing: Listing;
  bind: Parent["bind"];
  /** Set where the two are tied by the resource's name only, with the reason. */
  inferred: string | undefined;
}

/** A table on its way: plain values, and the claims beside them. */
export interface DraftTable extends Omit<Table, "read"> {
  read: RestRead;
  listing: Listing | undefined;
  /** The spec's own statement of this table, and its pointer. */
  stated: { table: SpecTableOf<"rest">; pointer: string } | undefined;
  claims: TableClaims;
  blocks: Block[];
  custom: string[];
  /** Set when one reading of the listing may not give all rows, with the reason. */
  partial: string | undefined;
}

export interface LeftOut {
  name: string;
  reason: string;
}

export function documented(cite: (Citation | undefined)[], note?: string): DraftClaim {
  const places = cite.filter((place) => place !== undefined);
  return { status: "documented", cite: places, ...(note === undefined || note === "" ? {} : { note }) };
}

export function unproven(reason: string, cite: (Citation | undefined)[] = []): DraftClaim {
  return { status: "unproven", reason, cite: cite.filter((place) => place !== undefined) };
}

/** A citation of a place in a description; undefined where there is no place. */
export function at(node: Located | undefined, excerpt?: string): Citation | undefined {
  if (node === undefined || node.value === undefined) return undefined;
  return { node, ...(excerpt === undefined ? {} : { excerpt }) };
}
