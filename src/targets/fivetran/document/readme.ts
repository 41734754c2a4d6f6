/** README.md: what the connector is, what it was seen to do, and how to run it. */
import { type ConfigurationKey, isWeb, parentOf, type Table } from "../../../artifacts/blueprint.ts";
import { fivetranColumnName, fivetranTableName } from "../../../warehouse/naming.ts";
import { deletesInWords, keyInWords } from "../../../wording/blueprint.ts";
import { accessInWords, COMING_HEADINGS, comingInWords, placeInWords, requestInWords } from "../../../wording/kinds.ts";
import { address, assemble, block, bullets, code, codes, numbered, prose, table } from "../../../wording/markdown.ts";
import { bytes, count, counted, list } from "../../../wording/numbers.ts";
import { standingOf, verdictOf } from "../../../wording/standing.ts";
import { testingInWords } from "../../../wording/testing.ts";
import type { DocumentInput } from "../../target.ts";
import {
  incrementalTables,
  PYTHON_VERSIONS,
  type ReadmeSection,
  rateLimitInWords,
  readmeHeadings,
  requiredKeys,
  SDK_VERSION,
} from "./facts.ts";
import { incrementalSync } from "./incremental.ts";
import { bestPractices, errorHandling, limitations, troubleshooting } from "./operation.ts";

export function readmeDocument(input: DocumentInput): string {
  const sections: Record<ReadmeSection, string> = {
    Overview: overview(input),
    Features: features(input),
    "Data schema": schema(input),
    Configuration: configuration(input),
    Installation: installation(),
    Usage: usage(input),
    "Testing and validation": testingInWords(input),
    "Incremental sync": incrementalSync(input),
    "Source details": sourceDetails(input),
    "Error handling": errorHandling(input),
    "Best practices": bestPractices(input),
    Troubleshooting: troubleshooting(input),
    Limitations: limitations(input),
  };
  const order = readmeHeadings(input.blueprint.source);
  return assemble(
    opening(input),
    order.map(({ section, title }) => ({ title, body: sections[section] })),
  );
}

function opening({ blueprint, report }: DocumentInput): string {
  const title = `# ${prose(blueprint.title)} connector`;
  if (report.green) return title;
  const reasons = report.blockers.map((blocker) => `> - ${prose(blocker)}`);
  return [title, "", `> **Not ready to deploy.** ${verdictOf(report)}`, ">", ...reasons].join("\n");
}

function overview({ blueprint, report, destination }: DocumentInput): string {
  const target = destination ? ` to the Fivetran destination ${code(destination.name)} (${destination.type})` : "";
  return [
    `This Fivetran Connector SDK connector moves ${counted(blueprint.tables.length, "table")} from ${prose(blueprint.title)} (${placeInWords(blueprint.source)})${target}: ${codes(blueprint.tables.map((t) => t.name))}.`,
    ...(blueprint.description === "" ? [] : [prose(blueprint.description)]),
    `${verdictOf(report)} Round ${report.round} of testing, on the code with the hash ${code(report.code_hash.slice(0, 12))}. ${prose(report.basis_reason)}`,
  ].join("\n\n");
}

function features({ blueprint }: DocumentInput): string {
  const advancing = incrementalTables(blueprint).map((t) => t.name);
  const whole = blueprint.tables.filter((t) => t.advance.kind === "full").map((t) => t.name);
  const deleting = blueprint.tables.filter((t) => t.deletes.kind !== "none").map((t) => t.name);
  const children = blueprint.tables.flatMap((t) => {
    const parent = parentOf(t);
    return parent === undefined ? [] : [{ name: t.name, parent: parent.table }];
  });
  return bullets([
    `Access: ${accessInWords(blueprint)}.`,
    ...(advancing.length > 0 ? [`Incremental: ${codes(advancing)}.`] : []),
    ...(whole.length > 0 ? [`Read whole at every sync: ${codes(whole)}.`] : []),
    ...children.map((t) => `${code(t.name)} is listed per row of ${code(t.parent)}.`),
    deleting.length > 0 ? `Deletions are carried over for ${codes(deleting)}.` : "No table carries deletions over.",
    "State is saved with checkpoints, so a sync that stops goes on from the last one.",
  ]);
}

function schema({ blueprint, report }: DocumentInput): string {
  const rows = blueprint.tables.map((t) => {
    const standing = standingOf(report, t.name);
    return [code(t.name), code(fivetranTableName(t.name)), keyInWords(t), count(standing.rows), standing.words];
  });
  return [
    `The second column is the table's name in the destination, after Fivetran's renaming. Rows are those of the local run, ${report.basis === "live" ? "from the source itself" : `which was ${report.basis}: they say nothing of the size of the source`}.`,
    table(["Table", "In the destination", "Primary key", "Rows in the local run", "Trust"], rows),
    ...blueprint.tables.map(columns),
    `Fivetran adds ${code("_fivetran_synced")} (when the row was written) and ${code("_fivetran_deleted")} (whether it is deleted at the source) to every table, and ${code("_fivetran_id")} to a table without a primary key.`,
  ].join("\n\n");
}

function columns(of: Table): string {
  const rows = of.columns.map((column) => {
    const exact = column.precision === undefined ? "" : ` (${column.precision}, ${column.scale ?? 0})`;
    const renamed = fivetranColumnName(column.name);
    return [
      code(column.name),
      renamed === column.name ? "same" : code(renamed),
      `${column.type}${exact}`,
      of.primary_key.includes(column.name) ? "key" : column.nullable ? "yes" : "no",
      prose(column.description ?? ""),
    ];
  });
  const about = of.description === undefined ? [] : [prose(of.description)];
  return [
    `### ${code(of.name)}`,
    ...about,
    table(["Column", "In the destination", "Type", "May be empty", "Description"], rows),
  ].join("\n\n");
}

function configuration({ blueprint }: DocumentInput): string {
  if (blueprint.configuration.length === 0)
    return `The connector needs no configuration: ${code("configuration.json")} is ${code("{}")}.`;
  const rows = blueprint.configuration.map((key) => [
    code(key.key),
    key.required ? "yes" : "no",
    key.secret ? "yes" : "no",
    key.default === undefined ? "none" : code(key.default),
    prose(key.description),
  ]);
  const example = Object.fromEntries(blueprint.configuration.map((key) => [key.key, placeholder(key)]));
  return [
    `Values are read from ${code("configuration.json")}, one flat object whose values are all strings. The file that comes with the connector holds placeholders; put real values into a copy outside the connector's directory.`,
    table(["Key", "Required", "Secret", "Default", "Description"], rows),
    block("json", JSON.stringify(example, null, 2)),
  ].join("\n\n");
}

function placeholder(key: ConfigurationKey): string {
  return key.default ?? `<${key.key.toUpperCase()}>`;
}

function installation(): string {
  return [
    `Python ${PYTHON_VERSIONS} is needed. In the connector's directory:`,
    block(
      "bash",
      `python3 -m venv .venv\nsource .venv/bin/activate\npip install fivetran-connector-sdk==${SDK_VERSION}`,
    ),
    `This is the SDK release that the checks run on. It and ${code("requests")} are part of Fivetran's runtime and must not be listed in ${code("requirements.txt")}; if that file names other packages, install them with ${code("pip install -r requirements.txt")}.`,
  ].join("\n\n");
}

function usage({ blueprint, files }: DocumentInput): string {
  const first = blueprint.tables[0];
  const config = `../${blueprint.name}.configuration.json`;
  return [
    numbered([
      `Copy ${code("configuration.json")} to ${code(config)} and fill in ${requiredKeys(blueprint).length > 0 ? codes(requiredKeys(blueprint)) : "what you want to change"}.`,
      `Run one sync:\n\n${block("bash", `fivetran debug --configuration ${config}`)}`,
      `Look at the rows; local tables are in the schema ${code("tester")}:\n\n${block("bash", `duckdb files/warehouse.db 'SELECT * FROM tester."${fivetranTableName(first?.name ?? "")}" LIMIT 5'`)}`,
      `Run the same command again: it goes on from ${code("files/state.json")}. ${code("python connector.py")} does not read that file, so it cannot show an incremental sync.`,
      `Start over by deleting ${code("files/")}:\n\n${block("bash", "fivetran reset")}`,
    ]),
    `${code("fivetran debug")} downloads Fivetran's tester on first use. Deployment is described in [DEPLOYMENT.md](DEPLOYMENT.md).`,
    table(
      ["File", "Size"],
      files.map((file) => [code(file.path), bytes(Buffer.byteLength(file.content))]),
    ),
  ].join("\n\n");
}

function sourceDetails({ blueprint, evidence }: DocumentInput): string {
  const { source } = blueprint;
  const limit = rateLimitInWords(blueprint);
  const headers = isWeb(source) ? Object.keys(source.headers) : [];
  const pages = new Set(
    evidence.filter((e) => e.kind === "official-docs" || e.kind === "api-description").map((e) => e.address),
  );
  const rows = blueprint.tables.map((t) => [code(t.name), requestInWords(t), ...comingInWords(t)]);
  return [
    bullets([
      `${isWeb(source) ? "Base address" : "Place"}: ${placeInWords(source)}.`,
      `Authorization: ${accessInWords(blueprint)}.`,
      ...(isWeb(source) ? [limit === undefined ? "Rate limit: none known." : `Rate limit: ${limit}.`] : []),
      ...(headers.length > 0 ? [`Headers on every request: ${codes(headers)}.`] : []),
      ...(pages.size > 0 ? [`Documentation read: ${list([...pages].map(address))}.`] : []),
    ]),
    table(["Table", ...COMING_HEADINGS[source.kind]], rows),
    ...blueprint.tables
      .filter((t) => t.deletes.kind === "feed")
      .map((t) => `${code(t.name)}: ${deletesInWords(t.deletes)}.`),
  ].join("\n\n");
}
