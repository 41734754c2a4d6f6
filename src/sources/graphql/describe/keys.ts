/** Primary keys, and the fields of the root that find one record by its key. */
import {
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isRequiredArgument,
} from "graphql";
import type { GraphqlLookup } from "../../../artifacts/kinds/graphql.ts";
import { snake } from "../../http/describe/names.ts";
import { at, type Claimed, type Composite, documented, unproven } from "./draft.ts";
import { idField } from "./lists.ts";

const UNIQUE = /\bunique(ly)?\b|\bidentif(ier|ies)\b|\bprimary key\b/i;

export function keyOf(schema: GraphQLSchema, node: Composite): Claimed<string[]> {
  const id = idField(node);
  if (id === undefined || !isNonNullType(id.type)) {
    const why = id === undefined ? "No field is named like a key" : `${id.name} may be null`;
    return { value: [], claim: unproven(`${why}; rows are told apart by all their values.`, [at(node.name)]) };
  }
  const place = at(node.name, id.name);
  const value = [id.name];
  if (String(id.type) === "ID!")
    return { value, claim: documented([place], "the type ID is that of unique identifiers") };
  if (UNIQUE.test(id.description ?? "")) return { value, claim: documented([place]) };
  const lookup = lookupOf(schema, node);
  if (lookup !== undefined) {
    const note = `${lookup.field} finds one record by it`;
    return { value, claim: documented([place, at(rootName(schema), lookup.field)], note) };
  }
  return {
    value,
    claim: unproven(`${id.name} is named like a key; the schema does not say that it is unique.`, [place]),
  };
}

/** How one record is asked for by its id: a field of its own, else `node`. */
export function lookupOf(schema: GraphQLSchema, node: Composite): GraphqlLookup | undefined {
  const id = idField(node);
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
  if (id === undefined || !isNonNullType(id.type)) return undefined;
  const named = getNamedType(id.type).name;
  for (const field of fields) {
    const type = getNullableType(field.type);
    if (isListType(type) || getNamedType(type) !== node) continue;
    const arg = field.args.find(({ name, type: wanted }) => {
      const fits = snake(name) === snake(id.name) || snake(name) === `${snake(node.name)}_${snake(id.name)}`;
      return fits && String(getNullableType(wanted)) === named;
    });
    const others = field.args.filter((other) => other !== arg && isRequiredArgument(other));
    if (arg !== undefined && others.length === 0)
      return { field: field.name, argument: arg.name, type: String(arg.type) };
  }
  const global = fields.find(({ name }) => name === "node");
  const arg = global?.args.find(({ name }) => name === "id");
  const implemented = "getInterfaces" in node ? node.getInterfaces().map(({ name }) => name) : [];
  if (global === undefined || arg === undefined || named !== "ID") return undefined;
  if (!implemented.includes(getNamedType(global.type).name)) return undefined;
  return { field: "node", argument: "id", type: String(arg.type), on: node.name };
}

function rootName(schema: GraphQLSchema): string {
  return schema.getQueryType()?.name ?? "Query";
}
