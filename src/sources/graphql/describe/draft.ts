/** The shapes that the parts of the drafting pass to each other. */
import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType } from "graphql";
import type { Column, SourceField, TableField, TableOf } from "../../../artifacts/blueprint.ts";

export type Table = TableOf<"graphql">;
export type Field = GraphQLField<unknown, unknown>;
/** A type that has fields to select. */
export type Composite = GraphQLObjectType | GraphQLInterfaceType;

/** A place of the schema: a type, a field of it, an argument of that; for an input type, one of its fields; an enum's value. */
export interface Place {
  type: string;
  member?: string;
  argument?: string;
}

/** A place to quote: in the schema, or in the spec (a JSON pointer into it). */
export type Citation = { place: Place } | { spec: string };

export type DraftClaim =
  | { status: "documented"; cite: Citation[]; note?: string }
  | { status: "unproven"; reason: string; cite: Citation[] };

export type TableClaims = Partial<Record<TableField, DraftClaim>>;
export type SourceClaims = Partial<Record<SourceField, DraftClaim>>;

/** A value and what it rests on. */
export interface Claimed<T> {
  value: T;
  claim: DraftClaim;
}

export function documented(cite: Citation[], note?: string): DraftClaim {
  return { status: "documented", cite, ...(note === undefined ? {} : { note }) };
}

export function unproven(reason: string, cite: Citation[] = []): DraftClaim {
  return { status: "unproven", reason, cite };
}

export function at(type: string, member?: string, argument?: string): Citation {
  return {
    place: { type, ...(member === undefined ? {} : { member }), ...(argument === undefined ? {} : { argument }) },
  };
}

export interface LeftOut {
  name: string;
  reason: string;
}

/** A column, the field it comes from, and what of the field is left out. */
export interface DraftColumn {
  column: Column;
  field: Field;
  /** Set where the type rests on the scalar's name. */
  guessed?: string;
  cuts: string[];
}

/** A field that answers with records. */
export interface List {
  /** Names of the fields from the root, or from the parent's node. */
  path: string[];
  /** The type that the last field belongs to. */
  owner: Composite;
  field: Field;
  node: Composite;
  shape: ListShape;
  /** Set for a list inside the node of another. */
  above: List | undefined;
}

export type ListShape =
  | { style: "connection"; nodes: "edges.node" | "nodes"; total: string | undefined }
  | { style: "envelope"; records: string; total: string | undefined }
  | { style: "list" };
