/**
 * The gate of the documents: whoever wrote them, they have the required sections in order, name every configuration
 * key and table, tell no stale way of deploying, and claim no more than the report carries.
 */
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import type { Report } from "../../../artifacts/report.ts";
import { claimsBeyond, mentions, missingSections, sectionsOf } from "../../../wording/gate.ts";
import { DEPLOYMENT_SECTIONS, readmeHeadings } from "./facts.ts";

/** Everything wrong with one document, one sentence each. */
export function problemsOf(path: string, text: string, input: { blueprint: Blueprint; report: Report }): string[] {
  const readme = path === "README.md";
  const headings = readmeHeadings(input.blueprint.source).map(({ title }) => title);
  return [
    ...missingSections(path, text, readme ? headings : DEPLOYMENT_SECTIONS),
    ...(readme ? unnamed(text, input.blueprint) : []),
    ...stale(path, text),
    ...claimsBeyond(path, text, input),
  ];
}

function unnamed(readme: string, blueprint: Blueprint): string[] {
  const within = (title: string) => sectionsOf(readme).find((section) => section.title === title)?.body ?? "";
  const configuration = within("Configuration");
  const schema = within("Data schema");
  return [
    ...blueprint.configuration
      .filter(({ key }) => !mentions(configuration, key))
      .map(({ key }) => `README.md: the section “Configuration” does not name the key ${key}.`),
    ...blueprint.tables
      .filter(({ name }) => !mentions(schema, name))
      .map(({ name }) => `README.md: the section “Data schema” does not name the table ${name}.`),
  ];
}

const STALE: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w-])--force(?![\w-])/, "uses the deprecated flag --force; --yes is today's"],
  [/dashboard\/connectors\//, "gives the old dashboard address; today's is /dashboard/connections/<id>/status"],
  [
    /FIVETRAN_DESTINATION(?!_NAME)\b/,
    "sets FIVETRAN_DESTINATION, which the command line does not read; it is FIVETRAN_DESTINATION_NAME",
  ],
];

function stale(path: string, text: string): string[] {
  return STALE.filter(([pattern]) => pattern.test(text)).map(([, words]) => `${path} ${words}.`);
}
