/** README.md for the people who use the connector: what it needs, what it reads, how it is run, what was tested. */
import type { Table } from "../../../artifacts/blueprint.ts";
import { advanceInWords, deletesInWords } from "../../../wording/blueprint.ts";
import { accessInWords, placeInWords } from "../../../wording/kinds.ts";
import { address, assemble, bullets, code, codes, numbered, prose, table } from "../../../wording/markdown.ts";
import { count, counted } from "../../../wording/numbers.ts";
import { standingOf, verdictOf } from "../../../wording/standing.ts";
import type { DocumentInput } from "../../target.ts";
import { ingestionOf, tableOptions } from "../ingestion.ts";
import {
  addedColumns,
  allowList,
  destinationType,
  packagesOf,
  README_SECTIONS,
  type ReadmeSection,
  requiredKeys,
} from "./facts.ts";
import { howToRun } from "./running.ts";
import { testingAndLimitations } from "./tested.ts";

export function readmeDocument(input: DocumentInput): string {
  const sections: Record<ReadmeSection, string> = {
    Prerequisites: prerequisites(input),
    Setup: setup(input),
    "Supported Objects": objects(input),
    "Table Configurations": configurations(input),
    "Data Type Mapping": types(input),
    "How to Run": howToRun(input),
    "Testing and Limitations": testingAndLimitations(input),
    References: references(input),
  };
  return assemble(
    opening(input),
    README_SECTIONS.map((title) => ({ title, body: sections[title] })),
  );
}

function opening({ blueprint, report }: DocumentInput): string {
  const blocked = report.green
    ? []
    : [
        [
          `> **Not ready to be used.** ${verdictOf(report)}`,
          ">",
          ...report.blockers.map((blocker) => `> - ${prose(blocker)}`),
        ].join("\n"),
      ];
  return [
    `# Lakeflow ${prose(blueprint.title)} community connector`,
    ...blocked,
    `It brings ${counted(blueprint.tables.length, "table")} of ${prose(blueprint.title)} (${placeInWords(blueprint.source)}) into Databricks: ${codes(blueprint.tables.map((t) => t.name))}.`,
    ...(blueprint.description === "" ? [] : [prose(blueprint.description)]),
    `${verdictOf(report)} Round ${report.round} of testing, on the code with the hash ${code(report.code_hash.slice(0, 12))}.`,
  ].join("\n\n");
}

function prerequisites({ blueprint, files }: DocumentInput): string {
  const keys = requiredKeys(blueprint);
  const packages = packagesOf(files);
  return bullets([
    "A Databricks workspace with Unity Catalog, and the right to create connections and pipelines in it.",
    keys.length > 0 ? `Values for ${codes(keys)}.` : "No credentials: the source is open.",
    `A way from the workspace's compute to ${placeInWords(blueprint.source)}.`,
    ...(packages.length > 0 ? [`The Python packages ${codes(packages)} in the pipeline's environment.`] : []),
  ]);
}

function setup({ blueprint }: DocumentInput): string {
  const allowed = allowList(blueprint);
  const rows = [
    ...blueprint.configuration.map((key) => [
      code(key.key),
      "string",
      key.required ? "yes" : "no",
      key.secret ? "yes" : "no",
      `${prose(key.description)}${key.default === undefined ? "" : ` Default: ${code(key.default)}.`}`,
    ]),
    ...(allowed === ""
      ? []
      : [
          [
            code("externalOptionsAllowList"),
            "string",
            "yes",
            "no",
            `The table options that may be set: ${code(allowed)}`,
          ],
        ]),
  ];
  const none = rows.length === 0 ? "The connection needs no parameters." : "";
  return [
    "### Required Connection Parameters",
    ...(none === "" ? [table(["Name", "Type", "Required", "Secret", "Description"], rows)] : [none]),
    allowed === ""
      ? `No table has options of its own, so ${code("externalOptionsAllowList")} is not needed.`
      : `${code("externalOptionsAllowList")} must be exactly ${code(allowed)}: an option that it does not name does not reach the connector.`,
    "### How to Obtain the Parameters",
    obtaining(blueprint),
    "### Create a Unity Catalog Connection",
    numbered([
      "In the workspace, add a connection for a community connector and choose this one, or create it by Unity Catalog's API.",
      blueprint.configuration.length > 0
        ? `Fill in the parameters above. ${secretsOf(blueprint)}`
        : "Leave the parameters empty.",
      ...(allowed === "" ? [] : [`Set ${code("externalOptionsAllowList")} to ${code(allowed)}.`]),
      "Give the pipeline's owner the right to use the connection.",
    ]),
  ].join("\n\n");
}

function obtaining(blueprint: DocumentInput["blueprint"]): string {
  const required = blueprint.configuration.filter((key) => key.required);
  return bullets([
    `Access: ${accessInWords(blueprint)}.`,
    ...required.map((key) => `${code(key.key)}: ${prose(key.description)}`),
    ...(required.some((key) => key.secret)
      ? ["Take an account of its own for the connector, with the right to read only."]
      : []),
  ]);
}

function secretsOf({ configuration }: DocumentInput["blueprint"]): string {
  const secrets = configuration.filter((key) => key.secret).map((key) => key.key);
  return secrets.length === 0 ? "" : `${codes(secrets)} ${secrets.length === 1 ? "is" : "are"} kept as secret.`;
}

function objects({ blueprint, report }: DocumentInput): string {
  const rows = blueprint.tables.map((t) => {
    const { type, primaryKeys, cursorField } = ingestionOf(t);
    return [
      code(t.name),
      codes(primaryKeys),
      code(type),
      cursorField === undefined ? "none" : code(cursorField),
      type === "cdc_with_deletes" || type === "snapshot" ? "yes" : "no",
      standingOf(report, t.name).words,
    ];
  });
  const details = blueprint.tables.map(
    (t) =>
      `${code(t.name)}: ${advanceOf(t)}; ${deletesOf(t)}.${t.description === undefined ? "" : ` ${prose(t.description)}`}`,
  );
  const added = blueprint.tables.flatMap((t) =>
    addedColumns(t).map(({ name, words }) => `${code(t.name)} has the column ${code(name)}, ${words}.`),
  );
  return [
    "Names are to be written exactly so, in these letters.",
    table(["Object", "Primary key", "Ingestion type", "Cursor", "Deletes arrive", "Trust"], rows),
    bullets([...details, ...added]),
  ].join("\n\n");
}

/** A table that is read whole here may have a cursor all the same, which then goes unused. */
function advanceOf(of: Table): string {
  return ingestionOf(of).type === "snapshot" ? "every row is read at every update" : advanceInWords(of.advance);
}

function deletesOf(of: Table): string {
  if (ingestionOf(of).type === "snapshot") return "a row that is gone from the source is deleted from the table";
  return deletesInWords(of.deletes);
}

function configurations({ blueprint }: DocumentInput): string {
  const options = tableOptions(blueprint.tables).map(({ name, description }) => [code(name), prose(description)]);
  return [
    "### Source and Destination",
    table(
      ["Setting", "Required", "Meaning"],
      [
        [code("source_table"), "yes", "Name of the object, as above"],
        [code("destination_catalog"), "no", "Catalog of the table; the pipeline's own unless stated"],
        [code("destination_schema"), "no", "Schema of the table; the pipeline's own unless stated"],
        [code("destination_table"), "no", `Name of the table; that of ${code("source_table")} unless stated`],
      ],
    ),
    `### Settings of Every Table`,
    `These stand in ${code("table_configuration")}:`,
    table(
      ["Setting", "Required", "Meaning"],
      [
        [
          code("scd_type"),
          "no",
          "Whether the table keeps only the last version of a row, or its history, or only appends",
        ],
        [code("primary_keys"), "no", "Takes the place of the key above"],
        [code("sequence_by"), "no", "Takes the place of the cursor above"],
        [code("cluster_by"), "no", "Columns by which the table is clustered"],
      ],
    ),
    "### Options of This Connector",
    ...(options.length === 0
      ? ["There are none."]
      : [`They stand in ${code("table_configuration")} as well, as text:`, table(["Option", "Meaning"], options)]),
  ].join("\n\n");
}

function types({ blueprint }: DocumentInput): string {
  const columns = blueprint.tables.flatMap((t) => t.columns);
  const pairs = new Map<string, { from: string; to: string; columns: number }>();
  for (const column of columns) {
    const sized =
      column.precision === undefined ? column.type : `${column.type} (${column.precision}, ${column.scale ?? 0})`;
    const to = destinationType(column);
    const pair = pairs.get(`${sized} ${to}`) ?? { from: sized, to, columns: 0 };
    pairs.set(`${sized} ${to}`, { ...pair, columns: pair.columns + 1 });
  }
  const rows = [...pairs.values()].map(({ from, to, columns: number }) => [
    from,
    code(to),
    noteOf(from, to),
    count(number),
  ]);
  return [
    "Nothing is flattened: objects and lists stay what they are. A value that does not fit its type ends the update with the name of the table and column.",
    table(["Type at the source", "Type in Databricks", "Note", "Columns"], rows),
  ].join("\n\n");
}

function noteOf(from: string, to: string): string {
  if (from === "local_timestamp") return "ISO 8601 text: the platform's reader has no timestamps without a zone";
  if (from === "json") return to === "STRING" ? "JSON text: the source does not say what is inside" : "";
  if (from.startsWith("decimal") && to === "STRING") return "text: more digits than the platform's decimals have";
  return from === "bigint" ? "up to 38 digits" : "";
}

function references({ evidence }: DocumentInput): string {
  const kinds: readonly string[] = [
    "official-docs",
    "api-description",
    "introspection",
    "reference-implementation",
    "other",
  ];
  const read = [...new Set(evidence.filter(({ kind }) => kinds.includes(kind)).map((entry) => entry.address))];
  return read.length === 0
    ? "No pages were read: what is known of the source it said itself."
    : bullets(read.map(address));
}
