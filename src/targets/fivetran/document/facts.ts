/** Facts that both documents need: the platform's, the report's, and what can be read off the connector's code. */
import { type Blueprint, isWeb, type Source, type Table } from "../../../artifacts/blueprint.ts";
import { rangedColumns } from "../../../artifacts/ranged.ts";
import type { Report } from "../../../artifacts/report.ts";
import { code } from "../../../wording/markdown.ts";
import { count, counted, list } from "../../../wording/numbers.ts";
import { standingOf } from "../../../wording/standing.ts";
import type { DestinationInput, GeneratedFile } from "../../target.ts";
import { FIVETRAN_NAMING } from "../naming.ts";
import type { DestinationTable } from "./destination-sql.ts";

/** The release that the checks run on; the lock of the managed environment pins the same. */
export const SDK_VERSION = "2.13.1";
export const PYTHON_VERSIONS = "3.10 to 3.14";

/** The headings the README must have, in this order; further headings may stand between them. */
const README_SECTIONS = [
  "Overview",
  "Features",
  "Data schema",
  "Configuration",
  "Installation",
  "Usage",
  "Testing and validation",
  "Incremental sync",
  "Source details",
  "Error handling",
  "Best practices",
  "Troubleshooting",
  "Limitations",
] as const;
export type ReadmeSection = (typeof README_SECTIONS)[number];

/** The README's sections with the heading that each has for this source. */
export function readmeHeadings(source: Source): { section: ReadmeSection; title: string }[] {
  return README_SECTIONS.map((section) => ({
    section,
    title: section === "Source details" && isWeb(source) ? "API details and rate limits" : section,
  }));
}

export const DEPLOYMENT_SECTIONS = [
  "Prerequisites",
  "API credentials",
  "Environment variables",
  "Deploy",
  "Verify the deployment",
  "Production configuration",
  "Destination queries",
  "Security",
] as const;

/** The blueprint's tables as the destination has them. */
export function destinationTables(blueprint: Blueprint, report: Report): DestinationTable[] {
  return blueprint.tables.map((table) => destinationTable({ table, rows: standingOf(report, table.name).rows }));
}

/** A table as the destination names it; what is worth its range: its key, what it advances by, its dates and times. */
export function destinationTable({ table, rows, ranges = [] }: DestinationInput["tables"][number]): DestinationTable {
  return {
    name: FIVETRAN_NAMING.table(table.name),
    primary_key: table.primary_key.map(FIVETRAN_NAMING.column),
    ranged: rangedColumns(table)
      .map(FIVETRAN_NAMING.column)
      .map((column) => ({
        column,
        ...ranges.find((range) => range.column === column),
      })),
    rows,
  };
}

/** Credentials and other keys that a person must fill in before a sync can run. */
export function requiredKeys(blueprint: Blueprint): string[] {
  return blueprint.configuration.filter((key) => key.required).map((key) => key.key);
}

/** `120 requests per minute`, or undefined when nothing states a limit. */
export function rateLimitInWords({ source }: Pick<Blueprint, "source">): string | undefined {
  const limit = isWeb(source) ? source.rate_limit : undefined;
  if (limit === undefined) return undefined;
  const unit = { 1: "second", 60: "minute", 3600: "hour", 86400: "day" }[limit.per_seconds];
  return `${counted(limit.requests, "request")} per ${unit ?? `${count(limit.per_seconds)} seconds`}`;
}

export function incrementalTables(blueprint: Blueprint): Table[] {
  return blueprint.tables.filter((table) => table.advance.kind !== "full");
}

/** What the Python files say they do, by the words in them. A hint to a reader of the code, not a proof. */
export interface CodeFacts {
  /** Sentences, each naming the file it was read from. */
  sentences: string[];
}

export function readCode(files: readonly GeneratedFile[], source: Source): CodeFacts {
  if (!isWeb(source)) return { sentences: [] };
  const found = (pattern: RegExp) =>
    files
      .filter((file) => file.path.endsWith(".py") && pattern.test(stripComments(file.content)))
      .map((f) => code(f.path));
  const facts: [string[], (where: string) => string][] = [
    [found(/\b429\b/), (where) => `Answers with status 429 have a path of their own (${where}).`],
    [found(/retry-after/i), (where) => `The header ${code("Retry-After")} is read (${where}).`],
    [found(/\btimeout\s*=/), (where) => `Requests are sent with a timeout (${where}).`],
    [found(/\b40[13]\b/), (where) => `Refused credentials have a path of their own (${where}).`],
  ];
  return { sentences: facts.filter(([where]) => where.length > 0).map(([where, say]) => say(list(where))) };
}

function stripComments(source: string): string {
  return source.replace(/^\s*#.*$/gm, "");
}
