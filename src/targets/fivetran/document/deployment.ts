/** DEPLOYMENT.md: from a tested directory to a connection that syncs, with what to look at afterwards. */
import { credentialKeys, KIND_WORDS } from "../../../wording/kinds.ts";
import { assemble, block, bullets, code, codes, numbered, prose, table } from "../../../wording/markdown.ts";
import { count } from "../../../wording/numbers.ts";
import { standingOf, verdictOf } from "../../../wording/standing.ts";
import type { DocumentInput } from "../../target.ts";
import { type DestinationSqlInput, type DestinationType, DIALECTS, destinationSql } from "./destination-sql.ts";
import {
  DEPLOYMENT_SECTIONS,
  destinationTables,
  PYTHON_VERSIONS,
  rateLimitInWords,
  requiredKeys,
  SDK_VERSION,
} from "./facts.ts";

export function deploymentDocument(input: DocumentInput): string {
  const sections: Record<(typeof DEPLOYMENT_SECTIONS)[number], string> = {
    Prerequisites: prerequisites(input),
    "API credentials": credentials(),
    "Environment variables": environment(input),
    Deploy: deploy(input),
    "Verify the deployment": verify(input),
    "Production configuration": production(input),
    "Destination queries": queries(input),
    Security: security(input),
  };
  return assemble(
    opening(input),
    DEPLOYMENT_SECTIONS.map((title) => ({ title, body: sections[title] })),
  );
}

function opening({ blueprint, report }: DocumentInput): string {
  const title = `# Deploying ${prose(blueprint.title)} to Fivetran`;
  if (report.green) return title;
  return `${title}\n\n> **Do not deploy this code yet.** ${verdictOf(report)} README.md says what is left.`;
}

function prerequisites({ blueprint, report, destination }: DocumentInput): string {
  const keys = requiredKeys(blueprint);
  return bullets(
    [
      `A Fivetran account with a destination${destination ? ` named ${code(destination.name)} (${destination.type})` : ""}, and a role that may create connections.`,
      "A Fivetran API key and secret.",
      `Python ${PYTHON_VERSIONS} and ${code(`fivetran-connector-sdk==${SDK_VERSION}`)}.`,
      ...(keys.length > 0 ? [`Values for ${codes(keys)}.`] : []),
      `The connection name ${code(blueprint.name)} is free in the destination; it becomes the name of the schema and cannot be changed later.`,
      `The report is green for exactly this code (hash ${code(report.code_hash.slice(0, 12))}): ${report.green ? "it is" : "**it is not**"}.`,
    ].map((item) => `[ ] ${item}`),
  );
}

function credentials(): string {
  return [
    "Create the key in the Fivetran dashboard under your user's settings, “API key”. The command line wants key and secret joined by a colon, in base64, on one line:",
    block(
      "bash",
      `read -r  -p 'API key: ' key\nread -rs -p 'API secret: ' secret; echo\nexport FIVETRAN_API_KEY="$(printf '%s:%s' "$key" "$secret" | base64 | tr -d '\\n')"\nunset key secret`,
    ),
    `${code("tr")} matters: some versions of ${code("base64")} break long lines, and Fivetran then answers that the key is not valid base64.`,
  ].join("\n\n");
}

function environment({ blueprint, destination }: DocumentInput): string {
  const rows = [
    [code("FIVETRAN_API_KEY"), "base64 of key and secret, see above", "`--api-key`"],
    [
      code("FIVETRAN_DESTINATION_NAME"),
      destination ? code(destination.name) : "name of the destination",
      "`--destination`",
    ],
    [code("FIVETRAN_CONNECTION_NAME"), code(blueprint.name), "`--connection`"],
    [code("FIVETRAN_CONFIGURATION"), "path of the filled configuration file", "`--configuration`"],
  ];
  return [
    "Each variable stands for a flag; a flag wins over its variable.",
    table(["Variable", "Value", "Flag"], rows),
    block(
      "bash",
      `export FIVETRAN_DESTINATION_NAME=${shell(destination?.name ?? "my_warehouse")}\nexport FIVETRAN_CONNECTION_NAME=${blueprint.name}\nexport FIVETRAN_CONFIGURATION=../${blueprint.name}.configuration.json`,
    ),
  ].join("\n\n");
}

function deploy({ blueprint, destination, files }: DocumentInput): string {
  const config = `../${blueprint.name}.configuration.json`;
  const flags = `--destination ${shell(destination?.name ?? "my_warehouse")} --connection ${blueprint.name}`;
  const workflow = files.find((file) => file.path.startsWith(".github/workflows/"));
  return [
    "In the connector's directory, with the variables set:",
    block("bash", "fivetran deploy"),
    "The same with flags; the API key stays in its variable, out of the process list:",
    block("bash", `fivetran deploy ${flags} --configuration ${config}`),
    `A later deployment updates the connection of this name and asks first. In a script, ${code("--yes")} agrees to that question; ${code("--non-interactive")} takes each question's default, which for an update is no, and then the command ends with 1. Give one of the two, not both:`,
    block("bash", `fivetran deploy ${flags} --configuration ${config} --yes`),
    bullets([
      `Always name the filled configuration, by flag or variable. Otherwise the command takes ${code("configuration.json")} from this directory, and its placeholders replace the stored values.`,
      "An update replaces all stored values, and keys that are missing from the file are deleted.",
      "A sync that is running ends on the old code.",
      `${code("--yes")} also agrees to newer versions of dependencies in ${code("requirements.txt")}, which nothing was proven with: where the command asks for that, say no, and look at the file before you deploy in a script.`,
      "When the setup tests fail, the command ends with 1 although the connection exists: correct the configuration and deploy again.",
    ]),
    ...(workflow ? [`${code(workflow.path)} does the same in continuous integration.`] : []),
  ].join("\n\n");
}

function verify({ blueprint, report }: DocumentInput): string {
  const rows = blueprint.tables.map((t, index) => {
    const standing = standingOf(report, t.name);
    return [code(destinationTables(blueprint, report)[index]?.name ?? t.name), count(standing.rows), standing.words];
  });
  return [
    numbered([
      `Note the connection id that ${code("fivetran deploy")} prints, and open ${code("https://fivetran.com/dashboard/connections/<id>/status")}.`,
      `A new connection is paused. Start it in the dashboard, or with:\n\n${block("bash", `curl --fail -X PATCH https://api.fivetran.com/v1/connections/<id> \\\n  -H "Authorization: Basic $FIVETRAN_API_KEY" -H 'Content-Type: application/json' \\\n  -d '{"paused": false}'`)}\n\nFrom then on its rows count towards your Fivetran usage.`,
      `Wait for the first sync. How it ended is in the dashboard, and in ${code("GET /v1/connections/<id>/sync-history")} with the reason of a failure.`,
      "Run the queries under “Destination queries” and compare the counts.",
      "Wait for the second sync, and see that it moves fewer rows for the tables that are incremental.",
    ]),
    report.basis === "live"
      ? "Rows after the local run against the source:"
      : `Rows after the local run. They come from a ${report.basis} source, so compare the destination with the source itself:`,
    table(["Table", "Rows in the local run", "Trust"], rows),
  ].join("\n\n");
}

function production({ blueprint, report }: DocumentInput): string {
  const initial = report.syncs.find((sync) => sync.name === "initial");
  const limit = rateLimitInWords(blueprint);
  const optional = blueprint.configuration.filter((key) => !key.required && !key.secret);
  const load =
    initial === undefined
      ? ""
      : ` The first sync of the local run sent ${count(initial.requests)} ${KIND_WORDS[blueprint.source.kind].asks}.`;
  return bullets([
    `A new connection syncs every 6 hours (${code("sync_frequency")} 360 minutes); change it in the dashboard.${limit === undefined ? "" : ` The source allows ${limit}.`}${load}`,
    "Fivetran runs the connector with 1 GB of memory and half a processor.",
    ...optional.map(
      (key) =>
        `${code(key.key)} may be changed: ${prose(key.description)}${key.default === undefined ? "" : ` Default: ${code(key.default)}.`}`,
    ),
    `The Python version is chosen with ${code("--python-version")}, for example ${code("--python-version 3.13")}; without it Fivetran takes its own default.`,
    "Set up an alert for failed syncs in the dashboard.",
  ]);
}

function queries({ blueprint, report, destination }: DocumentInput): string {
  const tables = destinationTables(blueprint, report);
  const known = DIALECTS.filter((type) => type === destination?.type);
  const types = known.length > 0 ? known : DIALECTS;
  const sql = (type: DestinationType, of: Pick<DestinationSqlInput, "tables" | "part">) =>
    block("sql", destinationSql(type, { connection: blueprint.name, basis: report.basis, ...of }));
  const [first = DIALECTS[0], ...others] = types;
  return [
    `The schema is named after the connection, ${code(blueprint.name)}, not after the destination.`,
    ...(tables.length > OPEN
      ? [
          sql(first, { tables, part: "overview" }),
          `<details>\n<summary>Statements for each of the ${count(tables.length)} tables</summary>`,
          sql(first, { tables, part: "tables" }),
          "</details>",
        ]
      : [sql(first, { tables })]),
    ...others.map((type) => sql(type, { tables: tables.slice(0, 1) })),
    ...(others.length > 0
      ? [
          `${tables.length > OPEN ? "The first two blocks have" : "The first block has"} every table; the others show the first table, the rest follow the same pattern.`,
        ]
      : []),
  ].join("\n\n");
}

/** With more tables than these, the statements of each are folded away: what comes after them is found too. */
const OPEN = 8;

function security({ blueprint }: DocumentInput): string {
  const secrets = blueprint.configuration.filter((key) => key.secret).map((key) => key.key);
  const filled = code(`../${blueprint.name}.configuration.json`);
  return bullets([
    ...(secrets.length > 0
      ? [
          `${codes(secrets)}: real values belong in ${filled} with mode 600, or in your secret store, never in the repository.`,
        ]
      : []),
    `Do not put a filled copy under another name into the connector's directory: ${code("fivetran deploy")} leaves out ${code("configuration.json")} and what ${code(".gitignore")} names, and uploads the rest.`,
    `${code("fivetran debug")} passes the whole configuration to its tester on the command line, where other users of the machine can read it; run it on a machine of your own.`,
    "The Fivetran API key can do what its owner can. Use one of a service user with the least rights, and renew it when people leave.",
    "In continuous integration, take key, secret and configuration from the secret store, and do not print them.",
    ...(credentialKeys(blueprint).length === 0
      ? []
      : ["Give the source's account read access only, and renew its credential as your rules ask."]),
  ]);
}

/** A word for a POSIX shell. */
function shell(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
