/**
 * What is inside of a nested value, where a description says all of it: every field of every object, of a single type.
 * Anything else (free keys, alternatives, an object that holds itself, a recording, which shows what came and no more)
 * has no shape: a target that declares one would lose what it does not name.
 */
import type { ColumnType, Shape as NestedShape } from "../../../artifacts/blueprint.ts";
import { isObject } from "../../http/describe/pointer.ts";
import { type SchemaRef, type Shape, shapeOf } from "./schema.ts";

const MAX_DEPTH = 12;
const MAX_FIELDS = 500;
/** Keywords that let an object or a list have more than what is listed, or that say so only case by case. */
const OPEN_KEYWORDS = ["patternProperties", "prefixItems", "unevaluatedItems", "if", "dependentSchemas"];

/** The type of a value that is neither an object nor a list; undefined where it may have several. */
export type ValueType = (schema: Shape) => ColumnType | undefined;

/** The shape of an object or a list; undefined where it is not known completely. */
export function nestedShape(ref: SchemaRef, valueType: ValueType): NestedShape | undefined {
  const shape = nested(ref, { depth: 0, trail: [], budget: { fields: MAX_FIELDS }, valueType });
  return shape?.kind === "value" ? undefined : shape;
}

interface Place {
  depth: number;
  /** Schemas that this one is inside of. */
  trail: readonly string[];
  budget: { fields: number };
  valueType: ValueType;
}

function nested(ref: SchemaRef, place: Place): NestedShape | undefined {
  const schema = shapeOf(ref);
  const here = schema.sources.map(({ document, pointer }) => `${document.hash}#${pointer}`);
  if (place.depth > MAX_DEPTH || here.some((source) => place.trail.includes(source)) || isOpen(schema))
    return undefined;
  const inner = { ...place, depth: place.depth + 1, trail: [...place.trail, ...here] };
  const types = [...schema.types].filter((type) => type !== "null");
  if (types.length === 1 && types[0] === "object") return objectShape(schema, inner);
  if (types.length === 1 && types[0] === "array") {
    const items = schema.items && nested(schema.items, inner);
    return items && { kind: "list", items };
  }
  const type = types.length === 0 ? undefined : place.valueType(schema);
  return type && { kind: "value", type };
}

function objectShape(schema: Shape, inner: Place): NestedShape | undefined {
  const fields: { name: string; shape: NestedShape }[] = [];
  for (const [name, ref] of schema.properties) {
    if (shapeOf(ref).writeOnly) continue;
    inner.budget.fields -= 1;
    const shape = inner.budget.fields < 0 ? undefined : nested(ref, inner);
    if (shape === undefined || name === "") return undefined;
    fields.push({ name, shape });
  }
  return fields.length === 0 ? undefined : { kind: "object", fields };
}

function isOpen(schema: Shape): boolean {
  if (schema.mapOf !== undefined || schema.broken.length > 0) return true;
  return schema.sources.some(({ document, value }) => {
    if (document.conversion !== undefined) return true;
    if (!isObject(value)) return false;
    return OPEN_KEYWORDS.some((keyword) => value[keyword] !== undefined) || hasAlternatives(value);
  });
}

/** Several schemas of which one holds, `null` not counted. */
function hasAlternatives(value: Record<string, unknown>): boolean {
  return ["oneOf", "anyOf"].some((keyword) => {
    const parts = value[keyword];
    return Array.isArray(parts) && parts.filter((part) => !isObject(part) || part.type !== "null").length > 1;
  });
}
