/** Goes through a description's GET endpoints: which list records, and why the others do not. */

import { snake } from "../../http/describe/names.ts";
import { below, type DescriptionDocument, type Located } from "../../http/describe/pointer.ts";
import { describeColumns } from "./columns.ts";
import type { Block, LeftOut, Listing } from "./draft.ts";
import { getOperations, type Operation, type Parameter } from "./operations.ts";
import { findRecords, type Records } from "./records.ts";

export interface Survey {
  listings: Listing[];
  leftOut: LeftOut[];
  operations: Operation[];
}

/** Segments that say how records are asked for and not what they are. */
const VERBS = new Set("list all search index find query lookup filter browse get".split(" "));
const SUGGESTS = /(^|_)(typeahead|autocomplete|suggest(ions?|ed)?|random)($|_)/;
/** Sentences that demand a filter which is not marked as required. */
const DEMANDS =
  /[^.!]*\b(you must (specify|provide|supply|include|set)|must (specify|provide|supply) (a|an|one|at least)|(at least )?one of (the following|these)[^.]*\bis required|at least one (filter|parameter|of)[^.]*\b(required|must be))[^.!]*/i;

/** `ignored` are parameters that carry credentials. */
export function surveyListings(document: DescriptionDocument, ignored: ReadonlySet<string>): Survey {
  const operations = getOperations(document);
  const survey: Survey = { listings: [], leftOut: [], operations };
  const byShape = new Map(operations.map((operation) => [template(operation.path), operation]));
  const spoken = wordsByParameter(operations);
  for (const operation of operations) {
    const found = listingOf(operation, { ignored, spoken });
    if ("reason" in found) survey.leftOut.push({ name: operation.path, reason: sentence(found.reason) });
    else survey.listings.push({ ...found, detail: byShape.get(`${template(trimmed(found.operation.path))}/{}`) });
  }
  return survey;
}

/** The path with its placeholders' names, a file extension and a trailing slash taken off: what it is compared by. */
export function template(path: string): string {
  return trimmed(path).replace(/\{[^{}]*\}/g, "{}");
}

/** Static segments of a path, in order, without an extension. */
export function staticSegments(path: string): string[] {
  return trimmed(path)
    .split("/")
    .filter((segment) => segment !== "" && !segment.includes("{"));
}

/** Without a trailing slash and a file extension. */
export function trimmed(path: string): string {
  return path.replace(/\/+$/, "").replace(/\.(json|php|aspx?)$/i, "");
}

export function isVerb(segment: string): boolean {
  return VERBS.has(snake(segment));
}

function sentence(reason: string): string {
  const text = `${reason[0]?.toUpperCase() ?? ""}${reason.slice(1)}`;
  return text.endsWith(".") ? text : `${text}.`;
}

/** Descriptions that speak of a next page, by the pointers of the parameters of their endpoints. */
function wordsByParameter(operations: readonly Operation[]): Map<string, Located[]> {
  const words = new Map<string, Located[]>();
  for (const operation of operations.filter((one) => /`next/i.test(one.description))) {
    for (const { node } of operation.parameters) {
      words.set(node.pointer, [...(words.get(node.pointer) ?? []), below(operation.node, "description")]);
    }
  }
  return words;
}

function listingOf(operation: Operation, survey: Pick<Facts, "ignored" | "spoken">): Listing | { reason: string } {
  if (/[?#]/.test(operation.path)) return { reason: "its path holds a query, which cannot be told from parameters" };
  const { answer } = operation;
  if ("reason" in answer) return answer;
  const resource = resourceOf(operation.path);
  const last = trimmed(operation.path).split("/").at(-1) ?? "";
  const records = findRecords(answer.schema, { resource, detail: last.includes("{") });
  if ("reason" in records) return records;
  if (SUGGESTS.test(snake(last))) return { reason: `is named ${last}: a selection, not a complete list` };
  return assemble(operation, { resource, records, media: answer.media, ...survey });
}

interface Facts {
  resource: string;
  records: Records;
  media: string;
  ignored: ReadonlySet<string>;
  spoken: ReadonlyMap<string, readonly Located[]>;
}

function assemble(operation: Operation, facts: Facts): Listing {
  const columns = describeColumns(facts.records.shape);
  const blocks: Block[] = [];
  const params: Record<string, string> = {};
  const headers: Record<string, string> = {};
  let path = operation.path;
  for (const parameter of operation.parameters) {
    if (parameter.in === "path") path = withDefault(path, parameter);
    else if (parameter.required && !facts.ignored.has(`${parameter.in} ${parameter.name.toLowerCase()}`)) {
      const usual = defaultText(parameter);
      if (usual !== undefined && parameter.in === "query") params[parameter.name] = usual;
      else if (usual !== undefined && parameter.in === "header") headers[parameter.name] = usual;
      else blocks.push(missingParameter(parameter));
    }
  }
  const demand = DEMANDS.exec(operation.description)?.[0].replace(/\s+/g, " ").trim();
  if (demand)
    blocks.push({ kind: "parameter", name: "", reason: `asks for a filter in words: “${demand.slice(0, 200)}”` });
  if (columns.length === 0) blocks.push({ kind: "columns", reason: "the fields of its records are not described" });
  const { resource, records, media, spoken } = facts;
  return {
    operation,
    path,
    resource,
    records,
    media,
    spoken,
    columns,
    params,
    headers,
    detail: undefined,
    parent: undefined,
    blocks,
  };
}

function missingParameter(parameter: Parameter): Block {
  const { name } = parameter;
  return { kind: "parameter", name, reason: `needs the ${parameter.in} parameter ${name}, which has no default` };
}

function withDefault(path: string, parameter: Parameter): string {
  const usual = defaultText(parameter);
  return usual === undefined ? path : path.replaceAll(`{${parameter.name}}`, encodeURIComponent(usual));
}

function defaultText(parameter: Parameter): string | undefined {
  const usual = parameter.shape.default;
  return ["string", "number", "boolean"].includes(typeof usual) && usual !== "" ? String(usual) : undefined;
}

/** The last static segment that names a thing. */
function resourceOf(path: string): string {
  const segments = staticSegments(path);
  const thing = segments.findLast((segment) => !isVerb(segment)) ?? segments.at(-1) ?? "";
  return snake(thing);
}
