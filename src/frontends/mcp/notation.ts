/** A JSON Schema in the notation of TypeScript's types: a third of its length, and read as well. Descriptions become comments. */

type Node = Readonly<Record<string, unknown>>;

/** The type, and those it refers to by name, one a line. */
export function notationOf(schema: Node): string {
  const named = Object.entries((schema.$defs ?? {}) as Record<string, Node>);
  const lines = named.map(([name, node]) => `${nameOf(name)} = ${typeOf(node)}`);
  return [typeOf(schema), ...lines].join("\n");
}

function typeOf(node: Node): string {
  const { $ref, const: only, enum: values, oneOf, anyOf, type } = node;
  if (typeof $ref === "string") return nameOf($ref.split("/").at(-1) ?? "");
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join("|");
  const variants = (oneOf ?? anyOf) as Node[] | undefined;
  if (variants !== undefined) return variants.map(typeOf).join(" | ");
  if (Array.isArray(type)) return type.join("|");
  if (type === "array") return `(${typeOf((node.items ?? {}) as Node)})[]`.replace(/^\((\w+)\)/, "$1");
  if (type === "object") return objectOf(node);
  return typeof type === "string" ? type : "any";
}

function objectOf({ properties, required, additionalProperties }: Node): string {
  if (properties === undefined) {
    const values = typeof additionalProperties === "object" && additionalProperties !== null;
    return `{[name]: ${values ? typeOf(additionalProperties as Node) : "any"}}`;
  }
  const needed = new Set(required as string[] | undefined);
  const fields = Object.entries(properties as Record<string, Node>).map(([name, node]) => {
    const note = typeof node.description === "string" ? ` /* ${node.description} */` : "";
    return `${name}${needed.has(name) ? "" : "?"}: ${typeOf(node)}${note}`;
  });
  return `{${fields.join(", ")}}`;
}

/** zod's own names of shared schemas say nothing. */
function nameOf(name: string): string {
  return name.replace(/^__schema/, "T");
}
