/** The query fields and types of a GraphQL schema, as entries of an outline. */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from "graphql";
import type { OutlineEntry } from "../../kind.ts";
import { firstSentence } from "./names.ts";

/** What can be asked for comes first, then what it is made of. */
export function schemaEntries(schema: GraphQLSchema): OutlineEntry[] {
  const query = schema.getQueryType();
  const roots = [query, schema.getMutationType(), schema.getSubscriptionType()];
  const fields = query == null ? [] : Object.values(query.getFields());
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !roots.includes(type as never),
  );
  return [...fields.map((field) => fieldEntry(field, query?.name ?? "Query")), ...types.map(typeEntry)];
}

function fieldEntry(field: GraphQLField<unknown, unknown>, owner: string): OutlineEntry {
  return {
    name: `${owner}.${field.name}`,
    summary: firstSentence(field.description ?? ""),
    facts: listFacts(field),
    detail: () => [...field.args.map(argumentLine), ...typeLines(getNamedType(field.type))],
  };
}

/** A list, or a connection: an object of edges or nodes with the state of the pages beside them. */
function listFacts(field: GraphQLField<unknown, unknown>): string {
  const type = getNullableType(field.type);
  const names = field.args.map(({ name }) => name);
  const taken = names.length === 0 ? "" : `(${names.join(", ")})`;
  if (isListType(type)) return `list of ${getNamedType(type).name} ${taken}`.trim();
  if (!isObjectType(type)) return taken;
  const inner = type.getFields();
  const rows = inner.nodes ?? inner.edges;
  if (inner.pageInfo !== undefined && rows !== undefined) {
    return `list at ${rows.name} of ${type.name}; pages by cursor ${taken}`.trim();
  }
  return `${type.name} ${taken}`.trim();
}

function typeEntry(type: GraphQLNamedType): OutlineEntry {
  return {
    name: `${kindOf(type)} ${type.name}`,
    summary: firstSentence(type.description ?? ""),
    facts: "",
    detail: () => typeLines(type),
  };
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return "type";
  if (isInterfaceType(type)) return "interface";
  if (isUnionType(type)) return "union";
  if (isEnumType(type)) return "enum";
  return isInputObjectType(type) ? "input" : "scalar";
}

function argumentLine({ name, type, defaultValue, description }: GraphQLArgument): string {
  const usual = defaultValue === undefined ? "" : `, default ${JSON.stringify(defaultValue)}`;
  const words = firstSentence(description ?? "");
  return `argument ${name}: ${String(type)}${usual}${words === "" ? "" : `. ${words}`}`;
}

function typeLines(type: GraphQLNamedType): string[] {
  if (isEnumType(type))
    return [
      `${type.name}: ${type
        .getValues()
        .map(({ name }) => name)
        .join(" | ")}`,
    ];
  if (isUnionType(type))
    return [
      `${type.name}: ${type
        .getTypes()
        .map(({ name }) => name)
        .join(" | ")}`,
    ];
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [];
  return [
    `${type.name}:`,
    ...Object.values(type.getFields()).map((field) => {
      const words = firstSentence(field.description ?? "");
      return `  ${field.name}: ${String(field.type)}${words === "" ? "" : `. ${words}`}`;
    }),
  ];
}
