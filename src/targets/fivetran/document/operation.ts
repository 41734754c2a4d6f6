/** The README's sections for whoever runs the connector: errors, practice, troubleshooting, limitations. */
import { type Blueprint, isWeb } from "../../../artifacts/blueprint.ts";
import type { Report } from "../../../artifacts/report.ts";
import { fivetranColumnName, fivetranTableName } from "../../../warehouse/naming.ts";
import { deletesInWords } from "../../../wording/blueprint.ts";
import { credentialKeys, KIND_WORDS, requestInWords } from "../../../wording/kinds.ts";
import { bullets, clause, code, codes, prose, table } from "../../../wording/markdown.ts";
import { count, list } from "../../../wording/numbers.ts";
import { asideOf, standingOf } from "../../../wording/standing.ts";
import { resultName } from "../../../wording/testing.ts";
import type { DocumentInput } from "../../target.ts";
import { incrementalTables, rateLimitInWords, readCode, readmeHeadings, requiredKeys } from "./facts.ts";
import { RESERVED_LOCALLY } from "./reserved-words.ts";

/** What no check of today's harness does, said as long as no report carries such a check. */
const UNTESTED: readonly (readonly [check: string, words: string])[] = [
  ["resume", "a connector killed between two checkpoints"],
  ["memory", "memory use with many times more rows"],
  ["drift", "fields that appear or change their type"],
];

export function errorHandling({ blueprint, report, files }: DocumentInput): string {
  const seen = report.checks.filter((r) => r.check === "refusal" || r.check === "configuration");
  const about = seen.map(
    (r) =>
      `${resultName(r)}${asideOf(report, r)} ${r.verdict === "pass" ? "passed" : r.verdict === "fail" ? "**failed**" : "does not apply"}: ${prose(r.summary)}`,
  );
  const read = readCode(files, blueprint.source).sentences;
  const untested = untestedWords(blueprint, report);
  return [
    "An error that cannot be mended by trying again ends the sync with a message; rows up to the last checkpoint stay, and the next sync starts from there.",
    ...(about.length > 0 ? ["What the checks saw:", bullets(about)] : ["No check of errors ran."]),
    ...(read.length > 0 ? ["What the code says, which is not the same as a test:", bullets(read)] : []),
    ...(untested === "" ? [] : [`Not tested by this report: ${untested}.`]),
  ].join("\n\n");
}

export function bestPractices({ blueprint }: DocumentInput): string {
  const limit = rateLimitInWords(blueprint);
  const secrets = blueprint.configuration.filter((key) => key.secret).map((key) => key.key);
  const lookback = incrementalTables(blueprint).filter(
    ({ advance }) => (advance.kind === "cursor" || advance.kind === "column") && advance.lookback === 0,
  );
  return bullets([
    ...(secrets.length === 0
      ? []
      : [
          `Keep the values of ${codes(secrets)} out of the repository; only placeholders belong in ${code("configuration.json")}.`,
        ]),
    ...(credentialKeys(blueprint).length === 0 ? [] : ["Give the connector an account of its own that may only read."]),
    ...(limit === undefined
      ? []
      : [
          `Other programs with the same account share the limit of ${limit}; leave room for them when choosing the sync frequency.`,
        ]),
    ...(lookback.length > 0
      ? [
          `${codes(lookback.map((t) => t.name))} ${lookback.length === 1 ? "has" : "have"} no lookback: rows that the source shows late, with an older cursor value, are missed. Re-sync from time to time if that can happen.`,
        ]
      : []),
    `Run ${code("fivetran debug")} twice before each deployment; the second run shows whether the sync is incremental.`,
    "After a change of a primary key or of a declared type, drop the table in the destination and re-sync it; new tables and columns need nothing.",
  ]);
}

export function troubleshooting({ blueprint, report }: DocumentInput): string {
  const rows = [
    [
      "The sync ends with an error that names a configuration key",
      "The key is missing, blank or malformed",
      `Set ${codes(requiredKeys(blueprint), "the key it names")}; every value is a string, also numbers and ${code("true")} or ${code("false")}`,
    ],
    ...refused(blueprint),
    ...limited(blueprint),
    [
      "A table has no rows",
      "The account may not see them, or there are none",
      `Look for yourself, with the connector's account, at ${list(blueprint.tables.slice(0, 2).map(requestInWords))}; the section “${detailsHeading(blueprint)}” has what is read for each table`,
    ],
    [
      "Syncs are “rescheduled” again and again",
      `The connector ran out of its 1 GB of memory${isWeb(blueprint.source) ? ", or the source limits requests" : ""}`,
      "Look at the logs of the connection; report the table that was being read",
    ],
    [
      `The command ${code("fivetran debug")} shows a second run as large as the first`,
      `The state was not read: ${code("files/state.json")} is missing, or ${code("python connector.py")} was used`,
      `Use ${code("fivetran debug")}, and do not run ${code("fivetran reset")} in between`,
    ],
    ...reserved(blueprint),
    ...report.checks
      .filter((r) => r.verdict === "fail")
      .map((r) => [
        `${resultName(r)} fails`,
        prose(r.summary),
        r.severity === "blocker"
          ? "Known and open: do not deploy before it is mended"
          : "Known: judge whether it matters for your use",
      ]),
  ];
  return table(["What you see", "Why", "What to do"], rows);
}

export function limitations({ blueprint, report }: DocumentInput): string {
  const unprovenTables = blueprint.tables.filter((t) => !standingOf(report, t.name).proven);
  const silent = blueprint.tables.filter((t) => t.deletes.kind === "none").map((t) => t.name);
  const keyless = blueprint.tables.filter((t) => t.primary_key.length === 0).map((t) => t.name);
  const untested = untestedWords(blueprint, report);
  return bullets([
    ...unprovenTables.map((t) => `${code(t.name)} is ${standingOf(report, t.name).words}.`),
    ...(report.basis === "live"
      ? []
      : [`Nothing here was tested against the live source. ${prose(report.basis_reason)}`]),
    ...(silent.length > 0 ? [`${codes(silent)}: ${deletesInWords({ kind: "none" })}.`] : []),
    ...(keyless.length > 0
      ? [
          `${codes(keyless)}: without a primary key Fivetran makes ${code("_fivetran_id")} from the row's values, so a row that changes becomes a new row.`,
        ]
      : []),
    ...blueprint.skipped.map((s) => `${code(s.name)} is left out: ${clause(s.reason)}.`),
    ...blueprint.custom.map((note) => prose(note)),
    ...(untested === "" ? [] : [`No check covers: ${untested}.`]),
    "Fivetran's history mode is not available to Connector SDK connectors.",
  ]);
}

function untestedWords({ source }: Blueprint, report: Report): string {
  const ran = new Set<string>(report.checks.map((result) => result.check));
  const all: typeof UNTESTED = [["faults", KIND_WORDS[source.kind].faults], ...UNTESTED];
  return all
    .filter(([check]) => !ran.has(check))
    .map(([, words]) => words)
    .join("; ");
}

function detailsHeading({ source }: Blueprint): string {
  return readmeHeadings(source).find(({ section }) => section === "Source details")?.title ?? "Source details";
}

function limited(blueprint: Blueprint): string[][] {
  if (!isWeb(blueprint.source)) return [];
  const limit = rateLimitInWords(blueprint);
  return [
    [
      "Status 429, or slow syncs",
      limit === undefined ? "The source limits requests; no limit is known" : `More than ${limit}`,
      "Sync less often, or ask the source for a higher limit",
    ],
  ];
}

function refused(blueprint: Blueprint): string[][] {
  const keys = credentialKeys(blueprint);
  if (keys.length === 0) return [];
  return [
    [
      isWeb(blueprint.source) ? "Status 401 or 403" : "The source refuses the connection, or a table",
      "The source refuses the credential, or the account may not read the table",
      `Renew ${codes(keys)} and check what the account may read`,
    ],
  ];
}

/** Fivetran's local tester does not quote names: a reserved one is lost there without an error. */
function reserved(blueprint: Blueprint): string[][] {
  const names = blueprint.tables.flatMap((t) => [
    ...(RESERVED_LOCALLY.has(fivetranTableName(t.name)) ? [t.name] : []),
    ...t.columns.filter((c) => RESERVED_LOCALLY.has(fivetranColumnName(c.name))).map((c) => `${t.name}.${c.name}`),
  ]);
  if (names.length === 0) return [];
  const shown = names.slice(0, 5);
  const more = names.length > shown.length ? ` and ${count(names.length - shown.length)} more` : "";
  return [
    [
      `A table is missing after ${code("fivetran debug")}, though it reports success`,
      `${codes(shown)}${more}: reserved words in DuckDB, which Fivetran's local tester does not quote`,
      "Nothing: the deployed connector is not affected, and Syncsmith's own runs quote names",
    ],
  ];
}
