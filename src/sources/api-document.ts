/**
 * `<name>_api_doc.md`: what is known of a source, each fact with what it rests on. The research log and the list of
 * sources are rendered from evidence, so that nobody can type one. Gaps read `TBD: <reason>`.
 */
import { CREDENTIAL_FIELDS } from "../artifacts/auth.ts";
import { type Blueprint, type ColumnType, claimKey, requiredClaims, type Table } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import {
  advanceInWords,
  authInWords,
  claimInWords,
  deletesInWords,
  keyInWords,
  paginationInWords,
  requestInWords,
} from "../wording/blueprint.ts";
import { address, block, bullets, code, codes, prose, table } from "../wording/markdown.ts";
import { count, counted } from "../wording/numbers.ts";
import { researchLog, sourceList } from "./research-log.ts";

export interface ApiDocumentInput {
  blueprint: Blueprint;
  evidence: readonly Evidence[];
}

export function apiDocument({ blueprint, evidence }: ApiDocumentInput): string {
  const sections: [string, string][] = [
    ["Authorization", authorization(blueprint)],
    ["Object list", objectList(blueprint)],
    ["Object schema", blueprint.tables.map((t) => objectSchema(t, blueprint)).join("\n\n")],
    ["Primary keys", perTable(blueprint, ["Primary key", keyInWords], "primary_key")],
    ["Ingestion type", ingestion(blueprint)],
    ["Read API", readApi(blueprint)],
    ["Pagination", perTable(blueprint, ["Pages", (t) => paginationInWords(t.read.pagination)], "read.pagination")],
    ["Rate limits", rateLimits(blueprint)],
    ["Field type mapping", fieldTypes(blueprint)],
    ["Known unknowns", unknowns(blueprint)],
    ["Research log", researchLog(evidence, blueprint)],
    ["Sources", sourceList(evidence)],
  ];
  const opening = [
    `# ${prose(blueprint.title)}: the API`,
    ...(blueprint.description === "" ? [] : [prose(blueprint.description)]),
    coverage(blueprint),
  ];
  return `${[...opening, ...sections.map(([title, body]) => `## ${title}\n\n${body}`)].join("\n\n")}\n`;
}

function coverage(blueprint: Blueprint): string {
  const keys = requiredClaims(blueprint);
  const having = (status: string) =>
    keys.filter((key) => (blueprint.claims[key]?.status ?? "missing") === status).length;
  const parts = [
    `${count(having("probed"))} probed`,
    `${count(having("documented"))} documented`,
    ...(having("contradicted") > 0 ? [`${count(having("contradicted"))} contradicted`] : []),
    `${count(having("unproven") + having("missing"))} unproven`,
  ];
  const known = having("probed") + having("documented");
  const share = keys.length === 0 ? 0 : Math.floor((100 * known) / keys.length);
  return `Coverage: ${counted(keys.length, "fact")} that the connector rests on, of them ${parts.join(", ")} (${share}% probed or documented). “E1” and the like name the evidence in the research log; what was quoted is in ${code(".syncsmith/evidence.jsonl")}.`;
}

function authorization({ source, configuration, claims }: Blueprint): string {
  const values = new Map<string, unknown>(Object.entries(source.auth));
  const names = CREDENTIAL_FIELDS[source.auth.kind].map((field) => values.get(field));
  const rows = configuration
    .filter((key) => key.secret || names.includes(key.key))
    .map((key) => [code(key.key), key.secret ? "yes" : "no", prose(key.description)]);
  return [
    bullets([
      `Base address: ${address(source.base_url)}. ${stated(claims[claimKey("base_url")])}`,
      `Method: ${authInWords(source.auth)}. ${stated(claims[claimKey("auth")])}`,
      ...Object.entries(source.headers).map(([name, value]) => `Every request carries ${code(`${name}: ${value}`)}.`),
    ]),
    ...(rows.length > 0 ? [table(["Parameter", "Secret", "Meaning"], rows)] : []),
  ].join("\n\n");
}

function objectList(blueprint: Blueprint): string {
  const rows = blueprint.tables.map((t) => [
    code(t.name),
    requestInWords(t),
    t.read.parent === undefined ? "none" : code(t.read.parent.table),
    prose(t.description ?? ""),
    claim(blueprint, t, "read.path"),
  ]);
  const skipped = blueprint.skipped.map((s) => `${code(s.name)}: ${prose(s.reason)}`);
  return [
    "The list is fixed: the connector does not ask the source which objects there are.",
    table(["Object", "Listed by", "Parent", "Description", "Rests on"], rows),
    ...(skipped.length > 0 ? ["Left out:", bullets(skipped)] : []),
  ].join("\n\n");
}

function objectSchema(of: Table, blueprint: Blueprint): string {
  const rows = of.columns.map((column) => [
    code(column.name),
    column.precision === undefined ? column.type : `${column.type} (${column.precision}, ${column.scale ?? 0})`,
    column.nullable ? "yes" : "no",
    [prose(column.description ?? ""), values(column.values)].filter((text) => text !== "").join(" "),
  ]);
  return [
    `### ${code(of.name)}`,
    `${counted(of.columns.length, "field")}. ${stated(blueprint.claims[claimKey(of.name, "columns")])}`,
    table(["Field", "Type", "May be null", "Description"], rows),
  ].join("\n\n");
}

function values(known: readonly (string | number | boolean)[] | undefined): string {
  return known === undefined || known.length === 0 ? "" : `One of ${codes(known.map(String))}.`;
}

function ingestion(blueprint: Blueprint): string {
  const rows = blueprint.tables.map((t) => [
    code(t.name),
    ingestionType(t),
    `${advanceInWords(t.advance)}. ${stated(blueprint.claims[claimKey(t.name, "advance")])}`,
    `${deletesInWords(t.deletes)}. ${stated(blueprint.claims[claimKey(t.name, "deletes")])}`,
  ]);
  return [
    "`snapshot`: read whole each time. `append`: new rows only. `cdc`: new and changed rows, by key. `cdc_with_deletes`: deleted ones too.",
    table(["Object", "Type", "How it advances", "Deletions"], rows),
  ].join("\n\n");
}

function ingestionType(of: Table): string {
  if (of.advance.kind === "full") return "`snapshot`";
  if (of.advance.kind === "steps" || of.primary_key.length === 0) return "`append`";
  return of.deletes.kind === "none" ? "`cdc`" : "`cdc_with_deletes`";
}

function readApi(blueprint: Blueprint): string {
  const parts = blueprint.tables.map((t) => {
    const parent = t.read.parent;
    const binds = parent?.bind.map(
      (b) =>
        `${code(`{${b.placeholder}}`)} is ${code(b.parent_column)} of ${code(parent.table)}, kept in ${code(b.column)}`,
    );
    return [
      `### ${requestInWords(t)}`,
      bullets([
        `Rows of ${code(t.name)} are ${t.read.single ? "one object" : "a list"} at ${t.read.records === "" ? "the top of the answer" : code(t.read.records)}. ${stated(blueprint.claims[claimKey(t.name, "read.records")])}`,
        ...Object.entries(t.read.params).map(([name, value]) => `Always sent: ${code(`${name}=${value}`)}.`),
        ...(t.advance.kind === "cursor"
          ? Object.entries(t.advance.sort_params).map(
              ([name, value]) => `Sent for the order: ${code(`${name}=${value}`)}.`,
            )
          : []),
        ...(binds === undefined
          ? []
          : [`${binds.join("; ")}. ${stated(blueprint.claims[claimKey(t.name, "read.parent")])}`]),
      ]),
    ].join("\n\n");
  });
  const first = blueprint.tables[0];
  return [
    ...parts,
    ...(first === undefined ? [] : ["A first page in Python:", block("python", example(blueprint, first))]),
  ].join("\n\n");
}

/** Text from the source goes into Python as JSON strings, which are Python strings too. */
function example({ source }: Blueprint, of: Table): string {
  const auth = source.auth;
  const headers = Object.entries(source.headers).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const params = Object.entries(of.read.params).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  if (auth.kind === "bearer") headers.push(`"Authorization": f"Bearer {configuration['${auth.token}']}"`);
  if (auth.kind === "api_key") {
    const value = `${auth.prefix ? `${JSON.stringify(auth.prefix)} + ` : ""}configuration[${JSON.stringify(auth.value)}]`;
    (auth.in === "header" ? headers : params).push(`${JSON.stringify(auth.name)}: ${value}`);
  }
  if (auth.kind === "session") headers.push(`${JSON.stringify(auth.header)}: ${JSON.stringify(auth.prefix)} + token`);
  if (auth.kind === "oauth2_client_credentials") headers.push('"Authorization": f"Bearer {token}"');
  const basic =
    auth.kind === "basic"
      ? `    auth=(configuration[${JSON.stringify(auth.username)}], ${auth.password ? `configuration[${JSON.stringify(auth.password)}]` : '""'}),\n`
      : "";
  return `import requests\n\nresponse = requests.get(\n    ${JSON.stringify(source.base_url + of.read.path)},\n    headers={${headers.join(", ")}},\n    params={${params.join(", ")}},\n${basic}    timeout=30,\n)\nresponse.raise_for_status()\nprint(response.json())`;
}

function rateLimits({ source, claims }: Blueprint): string {
  const limit = source.rate_limit;
  if (limit === undefined) return "TBD: no source that was read states a limit.";
  return `${counted(limit.requests, "request")} per ${limit.per_seconds === 1 ? "second" : `${count(limit.per_seconds)} seconds`}. ${stated(claims[claimKey("rate_limit")])}`;
}

const TYPE_WORDS: { readonly [T in ColumnType]: string } = {
  boolean: "true or false",
  integer: "a whole number that fits 64 bits",
  bigint: "a whole number that may exceed 64 bits",
  number: "a 64-bit floating point number",
  decimal: "an exact decimal number",
  string: "text",
  date: "a day without a time",
  timestamp: "a moment with a time zone",
  local_timestamp: "a date and time without a zone",
  binary: "bytes",
  json: "a nested value, kept as JSON",
};

const FORMAT_WORDS = {
  iso8601: "text in ISO 8601",
  epoch_seconds: "seconds since 1970",
  epoch_milliseconds: "milliseconds since 1970",
} as const;

function fieldTypes(blueprint: Blueprint): string {
  const columns = blueprint.tables.flatMap((t) => t.columns);
  const rows = [...new Set(columns.map((column) => column.type))].map((type) => {
    const having = columns.filter((column) => column.type === type);
    const timed = type === "date" || type === "timestamp" || type === "local_timestamp";
    const formats = timed ? [...new Set(having.map((column) => FORMAT_WORDS[column.format ?? "iso8601"]))] : [];
    return [
      code(type),
      TYPE_WORDS[type],
      formats.length > 0 ? formats.join(", ") : "as JSON carries it",
      count(having.length),
    ];
  });
  return table(["Type here", "What it holds", "As the source writes it", "Fields"], rows);
}

function unknowns(blueprint: Blueprint): string {
  const open = requiredClaims(blueprint).flatMap((key) => {
    const found = blueprint.claims[key];
    const settled = found?.status === "documented" || found?.status === "probed";
    return settled ? [] : [`${code(key)}: ${claimInWords(found)}`];
  });
  const notes = blueprint.custom.map((note) => `Note: ${prose(note)}`);
  if (open.length + notes.length === 0) return "None: every fact that the connector rests on is documented or probed.";
  return bullets([...open, ...notes]);
}

function perTable(
  blueprint: Blueprint,
  [title, words]: readonly [string, (of: Table) => string],
  field: "primary_key" | "read.pagination",
): string {
  return table(
    ["Object", title, "Rests on"],
    blueprint.tables.map((t) => [code(t.name), words(t), claim(blueprint, t, field)]),
  );
}

function claim(blueprint: Blueprint, of: Table, field: "read.path" | "primary_key" | "read.pagination"): string {
  return claimInWords(blueprint.claims[claimKey(of.name, field)]);
}

/** The claim as a sentence of its own. */
function stated(found: Blueprint["claims"][string] | undefined): string {
  const words = claimInWords(found);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
