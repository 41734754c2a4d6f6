/**
 * The gate of the README: whoever wrote it, it has the template's sections in order, names every parameter, option and
 * table in its own section, uses today's keys, names nothing of the code's inside, and claims no more than the report.
 */
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import { claimsBeyond, mentions, missingSections, sectionsOf } from "../../../wording/gate.ts";
import type { DocumentInput } from "../../target.ts";
import { ingestionOf, tableOptions } from "../ingestion.ts";
import { allowList, README_SECTIONS } from "./facts.ts";

/** Everything wrong with the README, one sentence each. */
export function problemsOf(path: string, text: string, input: Pick<DocumentInput, "blueprint" | "report">): string[] {
  return [
    ...missingSections(path, text, README_SECTIONS),
    ...unnamed(path, text, input.blueprint),
    ...wrongKeys(path, text),
    ...insides(path, text),
    ...claimsBeyond(path, text, input),
  ];
}

function unnamed(path: string, text: string, blueprint: Blueprint): string[] {
  const within = (title: string) => sectionsOf(text).find((section) => section.title === title)?.body ?? "";
  const lacks = (title: string, what: string, name: string) =>
    mentions(within(title), name) ? [] : [`${path}: the section “${title}” does not name the ${what} ${name}.`];
  const allowed = allowList(blueprint);
  return [
    ...blueprint.configuration.flatMap(({ key }) => lacks("Setup", "parameter", key)),
    ...lacks("Setup", "parameter", "externalOptionsAllowList"),
    ...(allowed === "" || within("Setup").includes(`\`${allowed}\``)
      ? []
      : [`${path}: the section “Setup” does not give the whole allow-list ${allowed}.`]),
    ...blueprint.tables.flatMap(({ name }) => lacks("Supported Objects", "table", name)),
    ...blueprint.tables.flatMap((table) =>
      ingestionOf(table).primaryKeys.flatMap((key) => lacks("Supported Objects", "key", key)),
    ),
    ...tableOptions(blueprint.tables).flatMap(({ name }) => lacks("Table Configurations", "option", name)),
  ];
}

const WRONG_KEYS: readonly (readonly [RegExp, string])[] = [
  [/"object"\s*:/, "has a pipeline specification with the key object; the one that is taken is objects"],
  [/"table_conf(ig)?"\s*:/, "uses a wrong key for a table's settings; it is table_configuration"],
];

function wrongKeys(path: string, text: string): string[] {
  return WRONG_KEYS.filter(([pattern]) => pattern.test(text)).map(([, words]) => `${path} ${words}.`);
}

/** Names of the interface say nothing to a reader who does not write connectors. */
const INSIDE = /\b(read_table(_metadata|_deletes)?|get_table_schema|list_tables|start_offset|LakeflowConnect)\b/g;

function insides(path: string, text: string): string[] {
  return [...new Set([...text.matchAll(INSIDE)].map(([name]) => name))].map(
    (name) => `${path} names ${name}, which is a matter of the code.`,
  );
}
