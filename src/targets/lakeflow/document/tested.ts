/** What was tested, on what, and what is left out. */
import { deletesInWords } from "../../../wording/blueprint.ts";
import { bullets, clause, code, codes, prose } from "../../../wording/markdown.ts";
import { standingOf } from "../../../wording/standing.ts";
import { seenInSyncs, testingInWords } from "../../../wording/testing.ts";
import type { DocumentInput } from "../../target.ts";
import { ingestionOf } from "../ingestion.ts";

export function testingAndLimitations(input: DocumentInput): string {
  const { blueprint, report } = input;
  return [
    "### What Was Tested",
    "The connector was run on this machine by a driver that calls it as the platform's pipelines do, with the platform's own types. No pipeline was run in a workspace.",
    testingInWords(input),
    ...seenInSyncs(blueprint.tables, report),
    "### Limitations",
    bullets(limitations(input)),
  ].join("\n\n");
}

function limitations({ blueprint, report }: DocumentInput): string[] {
  const unproven = blueprint.tables.filter((t) => !standingOf(report, t.name).proven);
  const silent = blueprint.tables.filter((t) => ["cdc", "append"].includes(ingestionOf(t).type)).map((t) => t.name);
  return [
    ...unproven.map((t) => `${code(t.name)} is ${standingOf(report, t.name).words}.`),
    ...(report.basis === "live"
      ? []
      : [`Nothing here was tested against the live source. ${prose(report.basis_reason)}`]),
    ...(silent.length > 0 ? [`${codes(silent)}: ${deletesInWords({ kind: "none" })}.`] : []),
    ...blueprint.skipped.map((s) => `${code(s.name)} is left out: ${clause(s.reason)}.`),
    ...blueprint.custom.map((note) => prose(note)),
    "The connector reads; it writes nothing back to the source.",
  ];
}
