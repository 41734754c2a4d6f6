/**
 * The GET operations of an OpenAPI 3 or Swagger 2 description in one form. Pointers stay those of the stored text: a
 * Swagger description is read as it is, not converted first, so that quotations can be checked against it.
 */
import {
  below,
  type DescriptionDocument,
  follow,
  followed,
  isObject,
  type Located,
  membersOf,
  rootOf,
} from "../../http/describe/pointer.ts";
import { type Shape, shapeOf } from "./schema.ts";

export interface Parameter {
  name: string;
  in: string;
  required: boolean;
  /** What is said of it in words, its schema's words included. */
  description: string;
  shape: Shape;
  node: Located;
}

/** The schema of the JSON answer, or why there is none. */
export type Answer = { schema: Located; media: string } | { reason: string };

export interface Operation {
  document: DescriptionDocument;
  /** As in the description; a full stop or braces included. */
  path: string;
  node: Located;
  /** Of the path and the operation together. */
  parameters: Parameter[];
  answer: Answer;
  summary: string;
  description: string;
  /** The security requirements that hold: the operation's own, or the description's. */
  security: Located | undefined;
  /** The description of a `Link` header of the answer. */
  linkHeader: Located | undefined;
  /** Servers stated for this path or operation alone. */
  servers: Located | undefined;
}

export function getOperations(document: DescriptionDocument): Operation[] {
  const operations: Operation[] = [];
  for (const [path, entry] of membersOf(below(rootOf(document), "paths"))) {
    if (!path.startsWith("/")) continue;
    const item = followed(entry);
    const node = below(item, "get");
    if (isObject(node.value)) operations.push(operation(path, item, node));
  }
  return operations;
}

/** Names of the placeholders in a path, in order. */
export function placeholdersOf(path: string): string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? "");
}

export function isSwagger(document: DescriptionDocument): boolean {
  return document.root.swagger !== undefined;
}

function operation(path: string, item: Located, node: Located): Operation {
  const { document } = node;
  const own = below(node, "security");
  const general = below(rootOf(document), "security");
  const response = successOf(node);
  return {
    document,
    path,
    node,
    parameters: parametersOf(item, node),
    answer: response === undefined ? { reason: unanswered(document) } : answerOf(node, response),
    summary: text(below(node, "summary").value),
    description: text(below(node, "description").value),
    security: [own, general].find((place) => Array.isArray(place.value)),
    linkHeader: response === undefined ? undefined : linkHeaderOf(response),
    servers: [below(node, "servers"), below(item, "servers")].find((place) => Array.isArray(place.value)),
  };
}

function unanswered({ conversion }: DescriptionDocument): string {
  if (conversion === undefined) return "describes no successful answer";
  return conversion.from === "har" ? "no answer with JSON was recorded" : "no answer with JSON is saved with it";
}

function parametersOf(item: Located, node: Located): Parameter[] {
  const byName = new Map<string, Parameter>();
  for (const owner of [item, node]) {
    for (const [, entry] of membersOf(below(owner, "parameters"))) {
      const parameter = parameterOf(followed(entry));
      if (parameter !== undefined) byName.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  }
  return [...byName.values()];
}

function parameterOf(node: Located): Parameter | undefined {
  if (!isObject(node.value)) return undefined;
  const { name, in: place, required, description, example } = node.value;
  if (typeof name !== "string" || typeof place !== "string" || place === "body") return undefined;
  const content = membersOf(below(node, "content"))[0]?.[1];
  const inner = [below(node, "schema"), ...(content ? [below(content, "schema")] : [])].find((n) => isObject(n.value));
  // In Swagger 2 the parameter is its own schema.
  const shape = shapeOf(inner ?? node);
  const words = [text(description), inner === undefined ? "" : (shape.description ?? "")];
  return {
    name,
    in: place,
    required: required === true,
    description: [...new Set(words)].filter(Boolean).join(" "),
    shape: { ...shape, example: example ?? shape.example },
    node,
  };
}

/** The first of 200, 203, 2XX, any other 2.., and `default` that is described. */
function successOf(node: Located): Located | undefined {
  const responses = membersOf(below(node, "responses"));
  const rank = (status: string): number => {
    const order = ["200", "203", "2xx"].indexOf(status.toLowerCase());
    if (order >= 0) return order;
    return /^2\d\d$/.test(status) ? 3 : 4;
  };
  const usable = responses.filter(([status]) => /^2/.test(status) || status === "default");
  const best = usable.sort(([a], [b]) => rank(a) - rank(b))[0]?.[1];
  if (best === undefined) return undefined;
  const end = follow(best);
  return "broken" in end ? undefined : end;
}

function answerOf(node: Located, response: Located): Answer {
  if (isSwagger(response.document)) return swaggerAnswer(node, response);
  const media = membersOf(below(response, "content"));
  const best = media.map(([type]) => ({ type, rank: mediaRank(type) })).sort((a, b) => a.rank - b.rank)[0];
  if (best === undefined) return { reason: "describes no answer with content" };
  if (best.rank === Number.POSITIVE_INFINITY) return { reason: `answers ${best.type}, not JSON` };
  const schema = below(response, "content", best.type, "schema");
  if (!isObject(schema.value)) return { reason: "describes no schema for its answer" };
  return { schema, media: best.type };
}

function swaggerAnswer(node: Located, response: Located): Answer {
  const own = below(node, "produces").value;
  const produces = Array.isArray(own) ? own : below(rootOf(node.document), "produces").value;
  const types = Array.isArray(produces) && produces.length > 0 ? produces.map(String) : ["application/json"];
  const media = types.sort((a, b) => mediaRank(a) - mediaRank(b))[0] ?? "application/json";
  if (mediaRank(media) === Number.POSITIVE_INFINITY) return { reason: `answers ${media}, not JSON` };
  const schema = below(response, "schema");
  return isObject(schema.value) ? { schema, media } : { reason: "describes no schema for its answer" };
}

/** JSON proper before its dialects before wildcards; anything else is not JSON. */
function mediaRank(type: string): number {
  const bare = type.split(";")[0]?.trim().toLowerCase() ?? "";
  if (bare === "application/json") return 0;
  if (bare === "text/json" || /^[a-z]+\/([\w.-]+\+)json$/.test(bare)) return 1;
  if (bare === "*/*" || bare === "application/*") return 2;
  return Number.POSITIVE_INFINITY;
}

function linkHeaderOf(response: Located): Located | undefined {
  return membersOf(below(response, "headers")).find(([name]) => name.toLowerCase() === "link")?.[1];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
