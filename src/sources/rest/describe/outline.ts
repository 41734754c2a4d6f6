/** What a description offers, operation by operation or type by type, for somebody who looks for tables in it. */

import { schemaEntries } from "../../http/describe/graphql-outline.ts";
import { firstSentence } from "../../http/describe/names.ts";
import { below, type DescriptionDocument, followed, isObject, membersOf, rootOf } from "../../http/describe/pointer.ts";
import type { DescribeContext, DescriptionOutline, OutlineEntry } from "../../kind.ts";
import { readDocument } from "./documents.ts";
import type { Listing } from "./draft.ts";
import { FORMAT_NAMES } from "./formats.ts";
import { surveyListings } from "./listings.ts";
import type { Operation, Parameter } from "./operations.ts";
import { findPagination } from "./pagination.ts";
import { type SchemaRef, type Shape, shapeOf } from "./schema.ts";
import { credentialParameters } from "./security.ts";
import { titleOf } from "./servers.ts";

const METHODS = ["get", "query", "post", "put", "patch", "delete", "head", "options"];
const MAX_LEVELS = 4;
const MAX_LINES = 80;

/** Undefined for a page of prose. Throws `UserError` like `readDocument`. */
export async function outlineRest(address: string, context: DescribeContext): Promise<DescriptionOutline | undefined> {
  const document = await readDocument(address, context);
  if (document.format === "prose") return undefined;
  const common = { format: FORMAT_NAMES[document.format], address: document.address, text: document.text };
  if (document.format === "graphql") {
    return {
      ...common,
      kind: document.introspected ? "introspection" : "api-description",
      title: document.address,
      drafted: false,
      entries: schemaEntries(document.schema),
    };
  }
  return {
    ...common,
    kind: "api-description",
    title: titleOf(document).title ?? document.address,
    drafted: true,
    entries: operationEntries(document),
  };
}

function operationEntries(document: DescriptionDocument): OutlineEntry[] {
  const survey = surveyListings(document, credentialParameters(document));
  const listings = new Map(survey.listings.map((listing) => [listing.operation.path, listing]));
  const reads = survey.operations.map((operation) => readEntry(operation, listings.get(operation.path)));
  return [...reads, ...otherEntries(document)];
}

function readEntry(operation: Operation, listing: Listing | undefined): OutlineEntry {
  return {
    name: `GET ${operation.path}`,
    summary: operation.summary || firstSentence(operation.description),
    facts: listing === undefined ? "" : listFacts(listing),
    detail: () => [...parameterLines(operation.parameters), ...answerLines(operation)],
  };
}

function listFacts(listing: Listing): string {
  const { value } = findPagination(listing);
  const names = "page_param" in value ? value.page_param : "cursor_param" in value ? value.cursor_param : "";
  const offset = "offset_param" in value ? value.offset_param : names;
  const pages =
    value.style === "none" ? "no paging seen" : `pages by ${value.style}${offset === "" ? "" : ` (${offset})`}`;
  const where = listing.records.path === "" ? "list" : `list at ${listing.records.path}`;
  return [where, pages, ...listing.blocks.map((block) => block.reason)].join("; ");
}

function otherEntries(document: DescriptionDocument): OutlineEntry[] {
  const paths = membersOf(below(rootOf(document), "paths")).filter(([path]) => path.startsWith("/"));
  return paths.flatMap(([path, entry]) =>
    membersOf(followed(entry)).flatMap(([method, node]): OutlineEntry[] => {
      if (method === "get" || !METHODS.includes(method) || !isObject(node.value)) return [];
      const { summary, description } = node.value;
      const words = typeof summary === "string" && summary !== "" ? summary : String(description ?? "");
      return [{ name: `${method.toUpperCase()} ${path}`, summary: firstSentence(words), facts: "", detail: () => [] }];
    }),
  );
}

function parameterLines(parameters: readonly Parameter[]): string[] {
  return parameters.map(({ name, in: place, required, description, shape }) => {
    const values = shape.values?.slice(0, 12).map(String).join(" | ");
    const facts = [
      typeWords(shape),
      ...(required ? ["required"] : []),
      ...(shape.default === undefined ? [] : [`default ${JSON.stringify(shape.default)}`]),
      ...(shape.maximum === undefined ? [] : [`at most ${shape.maximum}`]),
      ...(values === undefined ? [] : [`one of ${values}`]),
      ...(shape.example === undefined ? [] : [`example ${JSON.stringify(shape.example)?.slice(0, 80)}`]),
    ];
    const words = description.replace(/\s+/g, " ").slice(0, 200);
    return `${place} ${name}: ${facts.join(", ")}${words === "" ? "" : `. ${words}`}`;
  });
}

function typeWords(shape: Shape): string {
  const types = [...shape.types].join(" | ") || "any";
  return shape.format === undefined ? types : `${types} (${shape.format})`;
}

function answerLines({ answer }: Operation): string[] {
  if ("reason" in answer) return [`answer: ${answer.reason}`];
  const lines: string[] = [`answer (${answer.media}):`];
  describeShape(answer.schema, { name: "", level: 1 }, lines);
  return lines.length > MAX_LINES
    ? [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more fields`]
    : lines;
}

/** `name: type`, each level further in. Schemas that contain themselves end at the lowest level. */
function describeShape(ref: SchemaRef, place: { name: string; level: number }, lines: string[]): void {
  const shape = shapeOf(ref);
  const { name, level } = place;
  const indent = "  ".repeat(level);
  const words = shape.description?.replace(/\s+/g, " ").slice(0, 120);
  if (name !== "") lines.push(`${indent}${name}: ${typeWords(shape)}${words === undefined ? "" : `. ${words}`}`);
  else lines.push(`${indent}${typeWords(shape)}`);
  // Enough is shown, and one line more tells that there is more.
  if (level >= MAX_LEVELS || lines.length > MAX_LINES) return;
  if (shape.items !== undefined) describeShape(shape.items, { name: "each", level: level + 1 }, lines);
  for (const [key, inner] of shape.properties) describeShape(inner, { name: key, level: level + 1 }, lines);
}
