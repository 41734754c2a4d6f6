/** GraphQL: records in answers to queries, all sent to one address. */
import { z } from "zod";
import { parentSchema } from "../reading.ts";
import { httpSourceFields, httpSpecFields } from "./http.ts";

export const graphqlSourceSchema = z.strictObject({ kind: z.literal("graphql"), ...httpSourceFields });
export type GraphqlSource = z.infer<typeof graphqlSourceSchema>;

/** How the pages of a list are asked for. Names are arguments of the field, or dotted paths into its answer. */
export const graphqlPagingSchema = z.discriminatedUnion("style", [
  /** The field answers with a plain list, whole. */
  z.strictObject({ style: z.literal("list") }),
  /** A Relay connection: `pageInfo { hasNextPage endCursor }`. */
  z.strictObject({
    style: z.literal("connection"),
    first: z.string().default("first"),
    after: z.string().default("after"),
    size: z.int().positive(),
    /** Where the nodes are: `edges.node`, or `nodes` where the source offers that. */
    nodes: z.enum(["edges.node", "nodes"]).default("edges.node"),
    /** Field of the connection with the number of all nodes. */
    total: z.string().optional(),
  }),
  /** Arguments for the number of records to leave out and to give. */
  z.strictObject({
    style: z.literal("offset"),
    offset: z.string().default("offset"),
    limit: z.string().default("limit"),
    size: z.int().positive(),
    /** Dotted path of the list inside the field's answer; "" when the field answers with the list itself. */
    records: z.string().default(""),
    /** Dotted path of the number of records inside the field's answer. */
    total: z.string().optional(),
  }),
]);
export type GraphqlPaging = z.infer<typeof graphqlPagingSchema>;

/** A field of the query's root that answers one record by its key: `node(id: ID!)`, `order(number: Int!)`. */
export const graphqlLookupSchema = z.strictObject({
  field: z.string().min(1),
  argument: z.string().min(1),
  /** GraphQL type of the argument: `ID!`. */
  type: z.string().min(1),
  /** The record's type, where the field answers with an interface. */
  on: z.string().optional(),
});
export type GraphqlLookup = z.infer<typeof graphqlLookupSchema>;

export const graphqlReadSchema = z.strictObject({
  kind: z.literal("graphql"),
  /** Dotted path of fields from the query's root to the list: `orders`, `shop.orders`. For a nested list: from the parent's node. */
  field: z.string().min(1),
  /** Arguments sent with every query of this table, as JSON values; of the last of the fields. */
  arguments: z.record(z.string(), z.json()).default({}),
  /** GraphQL types of the arguments that are sent, which variables are declared with: `{ first: "Int", filter: "OrderFilter" }`. */
  argument_types: z.record(z.string(), z.string()).default({}),
  paging: graphqlPagingSchema,
  /** Where the cursor's argument takes a search text instead of a value: `updated_at:>='{value}'`. */
  search: z.string().includes("{value}").optional(),
  /** For a list nested in another table's nodes: how one parent is asked for, when its list has further pages. */
  lookup: graphqlLookupSchema.optional(),
  /**
   * For a list nested in another table's nodes. Its `bind` says which of the parent's columns this table keeps. The one
   * whose placeholder is the argument of `lookup` finds the parent again.
   */
  parent: parentSchema.optional(),
});
export type GraphqlRead = z.infer<typeof graphqlReadSchema>;

export const graphqlSpecSourceSchema = z.strictObject({
  kind: z.literal("graphql"),
  ...httpSpecFields,
  /** Addresses or paths of an SDL file or an introspection answer. Without any the endpoint is introspected. */
  docs: z.array(z.string().min(1)).default([]),
});

export const graphqlSpecTableFields = {
  /** Dotted path of fields from the query's root to the list. */
  field: z.string().min(1).optional(),
  /** Arguments that the field needs, as JSON values. */
  arguments: z.record(z.string(), z.json()).optional(),
};
