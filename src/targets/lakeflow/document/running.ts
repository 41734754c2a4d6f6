/** How a pipeline with the connector is made and run, what to mind, and what to do when it fails. */
import { credentialKeys, KIND_WORDS } from "../../../wording/kinds.ts";
import { block, bullets, code, codes, prose, table } from "../../../wording/markdown.ts";
import { count, list } from "../../../wording/numbers.ts";
import { resultName } from "../../../wording/testing.ts";
import type { DocumentInput } from "../../target.ts";
import { DEFAULT_BATCH_ROWS, ingestionOf, tableOptions } from "../ingestion.ts";
import { allowList, packagesOf, requiredKeys } from "./facts.ts";

export function howToRun(input: DocumentInput): string {
  return [
    "### Step 1: Copy the Connector",
    copying(input),
    "### Step 2: Configure the Pipeline",
    `The pipeline is told by a specification which tables to bring in. Its key for them is ${code("objects")}; others are refused:`,
    block("json", JSON.stringify(pipelineSpec(input), null, 2)),
    "### Step 3: Run and Schedule",
    "Run the pipeline once and look at the tables, then give it a schedule.",
    "#### Best Practices",
    bestPractices(input),
    "#### Troubleshooting",
    troubleshooting(input),
  ].join("\n\n");
}

function copying({ blueprint, files }: DocumentInput): string {
  const modules = files.map(({ path }) => path).filter((path) => path.endsWith(".py") && !path.startsWith("tests/"));
  const packages = packagesOf(files);
  return bullets([
    modules.length > 1
      ? `The code is in ${list(modules.map(code))}. A pipeline runs one file: merge them, or build the connector with ${code("layout: single")}, which writes it as one.`
      : `The code is one file, ${modules.map(code).join("") || code(`${blueprint.name}.py`)}: put it where the pipeline's source code is.`,
    ...(packages.length > 0 ? [`Add ${codes(packages)} to the pipeline's environment.`] : []),
    `${code("pyspark")} is part of the platform and must not be installed beside it.`,
    `${code("tests/")} and ${code("configs/")} stay behind.`,
  ]);
}

/** All tables, the first that has options with one of them. */
export function pipelineSpec({ blueprint }: Pick<DocumentInput, "blueprint">): object {
  const [option] = tableOptions(blueprint.tables);
  const shown = option && blueprint.tables.find((t) => ingestionOf(t).type !== "snapshot")?.name;
  return {
    connection_name: `${blueprint.name}_connection`,
    objects: blueprint.tables.map(({ name }) => ({
      table: {
        source_table: name,
        ...(option && name === shown ? { table_configuration: { [option.name]: String(DEFAULT_BATCH_ROWS) } } : {}),
      },
    })),
  };
}

function bestPractices({ blueprint, report }: DocumentInput): string {
  const whole = blueprint.tables.filter((t) => ingestionOf(t).type === "snapshot").map((t) => t.name);
  const initial = report.syncs.find((sync) => sync.name === "initial");
  const source = blueprint.source;
  const limit = "rate_limit" in source ? source.rate_limit : undefined;
  const late = blueprint.tables.filter((t) => {
    const { advance } = t;
    const ordered = advance.kind === "cursor" || advance.kind === "column";
    return ordered && advance.lookback === 0 && ingestionOf(t).type !== "snapshot";
  });
  return bullets([
    "Begin with one table, then add the others.",
    ...(whole.length > 0 ? [`${codes(whole)}: read whole at every update; choose the schedule by their size.`] : []),
    ...(allowList(blueprint) === ""
      ? []
      : [
          `Lower ${code("max_records_per_batch")} where rows are large; ${count(DEFAULT_BATCH_ROWS)} is what is taken without it.`,
        ]),
    ...(limit === undefined
      ? []
      : [
          `The source allows ${count(limit.requests)} requests per ${count(limit.per_seconds)} s; other programs with the same account share them.`,
        ]),
    // A place that nobody can watch counts nothing.
    ...(initial === undefined || initial.requests === 0
      ? []
      : [`The first sync of the local run sent ${count(initial.requests)} ${KIND_WORDS[source.kind].asks}.`]),
    ...(late.length > 0
      ? [
          `${codes(late.map((t) => t.name))}: without a lookback rows that the source shows late, with an older cursor, are missed. Refresh in full from time to time if that can happen.`,
        ]
      : []),
    ...(credentialKeys(blueprint).length > 0
      ? ["Renew the credentials as your rules ask; the connection keeps them."]
      : []),
  ]);
}

function troubleshooting({ blueprint, report }: DocumentInput): string {
  const keys = credentialKeys(blueprint);
  const rows = [
    [
      "The pipeline names a parameter",
      "It is missing, blank or malformed",
      `Set ${codes(requiredKeys(blueprint), "the one it names")} in the connection; all values are text`,
    ],
    [
      "“There is no table …”",
      `${code("source_table")} is not written as under “Supported Objects”`,
      "Take the name from there, in the same letters",
    ],
    ...(keys.length > 0
      ? [
          [
            "The source refuses the connector",
            "A credential is wrong or has no right to a table",
            `Renew ${codes(keys)}`,
          ],
        ]
      : []),
    ...(allowList(blueprint) === ""
      ? []
      : [
          [
            `${code("max_records_per_batch")} changes nothing`,
            `${code("externalOptionsAllowList")} does not name it`,
            `Set it to ${code(allowList(blueprint))}`,
          ],
        ]),
    [
      "A value cannot be written as its type",
      "The source sends what its description does not say",
      "Build the connector anew from today's description of the source",
    ],
    [
      "Fields of the source are missing",
      "They came after the connector was built; the log names each of them",
      "Build the connector anew",
    ],
    ...report.checks
      .filter((r) => r.verdict === "fail")
      .map((r) => [
        `${resultName(r)} fails`,
        prose(r.summary),
        r.severity === "blocker"
          ? "Known and open: do not use it before it is mended"
          : "Known: judge whether it matters to you",
      ]),
  ];
  return table(["What you see", "Why", "What to do"], rows);
}
