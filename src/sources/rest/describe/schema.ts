/**
 * What a schema says, one level deep: its own keywords with `$ref`, `allOf`, `oneOf` and `anyOf` merged in. Properties
 * stay references and are looked into only when somebody asks, so circular schemas are no matter here.
 */
import { below, follow, isObject, type Located, membersOf } from "../../http/describe/pointer.ts";

/** A schema, or several that all hold, or several of which one holds. */
export type SchemaRef = Located | { readonly all: readonly SchemaRef[] } | { readonly any: readonly SchemaRef[] };

export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

export interface Shape {
  /** Types a value may have; empty: any. */
  types: Set<JsonType>;
  /** Stated by `nullable`, `x-nullable`, a type of null, or an alternative of null. */
  nullable: boolean;
  format: string | undefined;
  description: string | undefined;
  example: unknown;
  default: unknown;
  maximum: number | undefined;
  minimum: number | undefined;
  /** From `enum` or `const`. */
  values: unknown[] | undefined;
  items: SchemaRef | undefined;
  properties: Map<string, SchemaRef>;
  required: Set<string>;
  /** Schema of the values where the object is a map with free keys; `true` where nothing is said of them. */
  mapOf: SchemaRef | true | undefined;
  writeOnly: boolean;
  /** `x-…` keywords. */
  extensions: Map<string, Located>;
  /** The schemas that had a say, references resolved, the outermost first. */
  sources: Located[];
  /** References that lead nowhere. */
  broken: string[];
}

/** Depth of composition (not of nesting) beyond which a schema says nothing more. */
const MAX_DEPTH = 40;

const TYPES: readonly string[] = ["null", "boolean", "integer", "number", "string", "array", "object"];

export function shapeOf(ref: SchemaRef): Shape {
  return shape(ref, []);
}

/** The schema a reference finally stands for, where it is a single one: two tables with the same have the same records. */
export function identityOf(ref: SchemaRef): string | undefined {
  if (!("pointer" in ref)) return undefined;
  const end = follow(ref);
  if ("broken" in end) return undefined;
  // A wrapper of one member, as in `allOf: [{$ref}]`, is that member.
  const members = isObject(end.value) ? end.value.allOf : undefined;
  const alone = isObject(end.value) && Object.keys(end.value).length === 1;
  if (alone && Array.isArray(members) && members.length === 1) return identityOf(below(end, "allOf", 0));
  return `${end.document.hash}#${end.pointer}`;
}

/** A place to cite for a schema. */
export function placeOf(ref: SchemaRef): Located | undefined {
  if ("pointer" in ref) return ref;
  const first = "all" in ref ? ref.all[0] : ref.any[0];
  return first === undefined ? undefined : placeOf(first);
}

function shape(ref: SchemaRef, trail: readonly string[]): Shape {
  if (trail.length > MAX_DEPTH) return emptyShape();
  if ("all" in ref) return ref.all.map((part) => shape(part, trail)).reduce(mergeAll, emptyShape());
  if ("any" in ref) return mergeAny(ref.any.map((part) => shape(part, trail)));
  const here = `${ref.document.hash}#${ref.pointer}`;
  if (trail.includes(here) || !isObject(ref.value)) return emptyShape();
  const inner = [...trail, here];
  let merged = ownKeywords(ref);
  if (typeof ref.value.$ref === "string") merged = mergeAll(merged, referenced(ref, inner));
  for (const [, part] of membersOf(below(ref, "allOf"))) merged = mergeAll(merged, shape(part, inner));
  for (const keyword of ["oneOf", "anyOf"]) {
    const parts = membersOf(below(ref, keyword)).map(([, part]) => shape(part, inner));
    if (parts.length > 0) merged = mergeAll(merged, mergeAny(parts));
  }
  return merged;
}

function referenced(ref: Located, trail: readonly string[]): Shape {
  const end = follow(ref);
  if ("broken" in end) return { ...emptyShape(), broken: [end.broken] };
  return shape(end, trail);
}

function emptyShape(): Shape {
  return {
    types: new Set(),
    nullable: false,
    format: undefined,
    description: undefined,
    example: undefined,
    default: undefined,
    maximum: undefined,
    minimum: undefined,
    values: undefined,
    items: undefined,
    properties: new Map(),
    required: new Set(),
    mapOf: undefined,
    writeOnly: false,
    extensions: new Map(),
    sources: [],
    broken: [],
  };
}

function ownKeywords(node: Located): Shape {
  const value = isObject(node.value) ? node.value : {};
  const types = statedTypes(value);
  const examples = value.examples;
  return {
    types,
    nullable: value.nullable === true || value["x-nullable"] === true || types.has("null"),
    format: text(value.format),
    description: text(value.description) ?? text(value.title),
    example: value.example ?? value["x-example"] ?? (Array.isArray(examples) ? examples[0] : undefined),
    default: value.default,
    maximum: upperBound(value),
    minimum: number(value.minimum),
    values: enumeration(value),
    items: isObject(value.items) ? below(node, "items") : undefined,
    properties: new Map(membersOf(below(node, "properties"))),
    required: new Set(Array.isArray(value.required) ? value.required.map(String) : []),
    mapOf: mapSchema(node),
    writeOnly: value.writeOnly === true,
    extensions: new Map(membersOf(node).filter(([key]) => key.startsWith("x-"))),
    sources: typeof value.$ref === "string" ? [] : [node],
    broken: [],
  };
}

function statedTypes(value: Record<string, unknown>): Set<JsonType> {
  const stated = Array.isArray(value.type) ? value.type : [value.type];
  const types = new Set(stated.filter((type): type is JsonType => TYPES.includes(String(type))));
  if (types.size > 0) {
    if (Array.isArray(value.enum) && value.enum.includes(null)) types.add("null");
    return types;
  }
  if (value.type === "file") return new Set(["string"]);
  if (isObject(value.properties) || value.additionalProperties !== undefined) return new Set(["object"]);
  if (value.items !== undefined) return new Set(["array"]);
  const values = enumeration(value);
  if (values !== undefined) return new Set(values.map(typeOfValue));
  return new Set();
}

function typeOfValue(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value === "boolean" || typeof value === "string") return typeof value === "boolean" ? "boolean" : "string";
  return "object";
}

function enumeration(value: Record<string, unknown>): unknown[] | undefined {
  if (Array.isArray(value.enum) && value.enum.length > 0) return value.enum;
  return value.const === undefined ? undefined : [value.const];
}

function mapSchema(node: Located): SchemaRef | true | undefined {
  const free = below(node, "additionalProperties");
  if (isObject(free.value)) return Object.keys(free.value).length === 0 ? true : free;
  return free.value === true ? true : undefined;
}

/** `exclusiveMaximum` is a number in 3.1 and a flag before. Bounds count whole numbers here: they are page sizes. */
function upperBound(value: Record<string, unknown>): number | undefined {
  const maximum = number(value.maximum);
  const exclusive = value.exclusiveMaximum;
  if (typeof exclusive === "number") return Math.min(exclusive - 1, maximum ?? Number.POSITIVE_INFINITY);
  return exclusive === true && maximum !== undefined ? maximum - 1 : maximum;
}

/** Both hold. What the outer one (`a`) says in words goes before what the inner one says. */
function mergeAll(a: Shape, b: Shape): Shape {
  const properties = new Map(a.properties);
  for (const [name, ref] of b.properties) {
    const known = properties.get(name);
    properties.set(name, known === undefined ? ref : { all: [known, ref] });
  }
  return {
    types: bothTypes(a.types, b.types),
    nullable: a.nullable || b.nullable,
    format: a.format ?? b.format,
    description: a.description ?? b.description,
    example: a.example ?? b.example,
    default: a.default ?? b.default,
    maximum: a.maximum ?? b.maximum,
    minimum: a.minimum ?? b.minimum,
    values: a.values ?? b.values,
    items: a.items !== undefined && b.items !== undefined ? { all: [a.items, b.items] } : (a.items ?? b.items),
    properties,
    required: new Set([...a.required, ...b.required]),
    mapOf: a.mapOf ?? b.mapOf,
    writeOnly: a.writeOnly || b.writeOnly,
    extensions: new Map([...b.extensions, ...a.extensions]),
    sources: [...a.sources, ...b.sources],
    broken: [...a.broken, ...b.broken],
  };
}

function bothTypes(a: Set<JsonType>, b: Set<JsonType>): Set<JsonType> {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const common = [...a].filter((type) => b.has(type) || (type === "integer" && b.has("number")));
  if (b.has("integer") && a.has("number")) common.push("integer");
  // Contradictory parts are a slip of the pen: the inner, fuller schema is what the source sends.
  return common.length > 0 ? new Set(common) : b;
}

/** One of them holds: properties of any of them may come, only those that all demand must. */
function mergeAny(shapes: readonly Shape[]): Shape {
  const real = shapes.filter((part) => !(part.types.size === 1 && part.types.has("null")));
  const first = real[0];
  if (first === undefined) return shapes[0] ?? emptyShape();
  const nullable = real.length < shapes.length || real.some((part) => part.nullable);
  if (real.length === 1) return { ...first, nullable };
  const same = <T>(pick: (part: Shape) => T): T | undefined =>
    real.every((part) => pick(part) === pick(first)) ? pick(first) : undefined;
  const items = real.flatMap((part) => part.items ?? []);
  return {
    ...emptyShape(),
    types: real.some((part) => part.types.size === 0) ? new Set() : new Set(real.flatMap((part) => [...part.types])),
    nullable,
    format: same((part) => part.format),
    description: first.description,
    example: first.example,
    values: real.every((part) => part.values) ? [...new Set(real.flatMap((part) => part.values ?? []))] : undefined,
    items: items.length > 1 ? { any: items } : items[0],
    properties: anyProperties(real),
    required: new Set([...first.required].filter((name) => real.every((part) => part.required.has(name)))),
    mapOf: real.find((part) => part.mapOf !== undefined)?.mapOf,
    extensions: first.extensions,
    sources: real.flatMap((part) => part.sources),
    broken: real.flatMap((part) => part.broken),
  };
}

function anyProperties(shapes: readonly Shape[]): Map<string, SchemaRef> {
  const all = new Map<string, SchemaRef[]>();
  for (const part of shapes) {
    for (const [name, ref] of part.properties) {
      const known = all.get(name) ?? [];
      if (!known.some((other) => "pointer" in other && "pointer" in ref && other.pointer === ref.pointer))
        known.push(ref);
      all.set(name, known);
    }
  }
  return new Map([...all].map(([name, refs]) => [name, refs.length === 1 && refs[0] ? refs[0] : { any: refs }]));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
