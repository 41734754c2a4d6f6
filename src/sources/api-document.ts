/**
 * `<name>_api_doc.md`: what is known of a source, each fact with what it rests on. The research log and the list of
 * sources are rendered from evidence, so that nobody can type one. Gaps read `TBD: <reason>`.
 */
import { CREDENTIAL_FIELDS } from "../artifacts/auth.ts";
import {
  type Blueprint,
  type ColumnType,
  claimKey,
  requiredClaims,
  type Table,
  type TableField,
} from "../artifacts/blueprint.ts";
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
import { isOverruled, sidesOf } from "../wording/contradictions.ts";
import { coverage, coverageInWords } from "../wording/coverage.ts";
import { address, block, bullets, code, codes, prose, table } from "../wording/markdown.ts";
import { count, counted } from "../wording/numbers.ts";
import { type References, withoutIds, withReasons } from "../wording/references.ts";
import { researchLog, sourceList } from "./research-log.ts";

export interface ApiDocumentInput {
  blueprint: Blueprint;
  evidence: readonly Evidence[];
  /** Pages that reasons may name by id. */
  pages?: References["pages"];
}

/** Claims with what they cite, at hand for every section. */
interface Known {
  blueprint: Blueprint;
  evidence: readonly Evidence[];
}

export function apiDocument({ blueprint: given, evidence, pages }: ApiDocumentInput): string {
  // The research log explains ids of evidence; nothing here explains ids of pages.
  const blueprint = withReasons(given, (text) => withoutIds(text, pages ? { pages } : {}));
  const known = { blueprint, evidence };
  const sections: [string, string][] = [
    ["Authorization", authorization(known)],
    ["Object List", objectList(known)],
    ["Object Schema", blueprint.tables.map((t) => objectSchema(t, known)).join("\n\n")],
    ["Get Object Primary Keys", primaryKeys(known)],
    ["Object's ingestion type", ingestion(known)],
    ["Read API for Data Retrieval", readApi(known)],
    ["Field Type Mapping", fieldTypes(blueprint)],
    ["Known unknowns", [unknowns(known), ...wrongDocumentation(known)].join("\n\n")],
    ["Research Log", researchLog(evidence, blueprint)],
    ["Sources and References", sourceList(evidence)],
  ];
  const opening = [
    `# ${prose(blueprint.title)}: the API`,
    ...(blueprint.description === "" ? [] : [prose(blueprint.description)]),
    opened(known),
  ];
  return `${[...opening, ...sections.map(([title, body]) => `## ${title}\n\n${body}`)].join("\n\n")}\n`;
}

function opened({ blueprint, evidence }: Known): string {
  return `Coverage: ${coverageInWords(coverage(blueprint, evidence))}. “E1” and the like name the evidence in the research log; what was quoted is in ${code(".syncsmith/evidence.jsonl")}.`;
}

function authorization(known: Known): string {
  const { source, configuration } = known.blueprint;
  const values = new Map<string, unknown>(Object.entries(source.auth));
  const names = CREDENTIAL_FIELDS[source.auth.kind].map((field) => values.get(field));
  const rows = configuration
    .filter((key) => key.secret || names.includes(key.key))
    .map((key) => [code(key.key), key.secret ? "yes" : "no", prose(key.description)]);
  return [
    bullets([
      `Base address: ${address(source.base_url)}. ${stated(known, claimKey("base_url"))}`,
      `Method: ${authInWords(source.auth)}. ${stated(known, claimKey("auth"))}`,
      ...Object.entries(source.headers).map(([name, value]) => `Every request carries ${code(`${name}: ${value}`)}.`),
    ]),
    ...(rows.length > 0 ? [table(["Parameter", "Secret", "Meaning"], rows)] : []),
  ].join("\n\n");
}

function objectList(known: Known): string {
  const { blueprint } = known;
  const rows = blueprint.tables.map((t) => [
    code(t.name),
    requestInWords(t),
    t.read.parent === undefined ? "none" : code(t.read.parent.table),
    prose(t.description ?? ""),
    claim(known, t, "read.path"),
  ]);
  const skipped = blueprint.skipped.map((s) => `${code(s.name)}: ${prose(s.reason)}`);
  return [
    "The list is fixed: the connector does not ask the source which objects there are.",
    table(["Object", "Listed by", "Parent", "Description", "Rests on"], rows),
    ...(skipped.length > 0 ? ["Left out:", bullets(skipped)] : []),
  ].join("\n\n");
}

function objectSchema(of: Table, known: Known): string {
  const rows = of.columns.map((column) => [
    code(column.name),
    column.precision === undefined ? column.type : `${column.type} (${column.precision}, ${column.scale ?? 0})`,
    column.nullable ? "yes" : "no",
    [prose(column.description ?? ""), values(column.values)].filter((text) => text !== "").join(" "),
  ]);
  return [
    `### ${code(of.name)}`,
    `${counted(of.columns.length, "field")}. ${stated(known, claimKey(of.name, "columns"))}`,
    table(["Field", "Type", "May be null", "Description"], rows),
  ].join("\n\n");
}

function values(known: readonly (string | number | boolean)[] | undefined): string {
  return known === undefined || known.length === 0 ? "" : `One of ${codes(known.map(String))}.`;
}

function primaryKeys(known: Known): string {
  return [
    "The source is not asked for its keys: they are fixed here.",
    perTable(known, ["Primary key", keyInWords], "primary_key"),
  ].join("\n\n");
}

function ingestion(known: Known): string {
  return [
    "`snapshot`: read whole each time. `append`: new rows only. `cdc`: new and changed rows, by key. `cdc_with_deletes`: deleted ones too.",
    perTable(known, ["Type", ingestionType], "advance"),
  ].join("\n\n");
}

function ingestionType(of: Table): string {
  if (of.advance.kind === "full") return "`snapshot`";
  if (of.advance.kind === "steps" || of.primary_key.length === 0) return "`append`";
  return of.deletes.kind === "none" ? "`cdc`" : "`cdc_with_deletes`";
}

function readApi(known: Known): string {
  const { blueprint } = known;
  const [first] = blueprint.tables;
  const parts: [string, string][] = [
    ...blueprint.tables.map((t): [string, string] => [requestInWords(t), listing(t, known)]),
    ["Pagination", perTable(known, ["Pages", (t) => paginationInWords(t.read.pagination)], "read.pagination")],
    ["Incremental reads", perTable(known, ["From sync to sync", (t) => advanceInWords(t.advance)], "advance")],
    ["Deleted records", perTable(known, ["How they show", (t) => deletesInWords(t.deletes)], "deletes")],
    ["Rate limits", rateLimits(known)],
    ...(first === undefined
      ? []
      : [
          ["Example", ["A first page in Python:", block("python", example(blueprint, first))].join("\n\n")] as [
            string,
            string,
          ],
        ]),
  ];
  return parts.map(([title, body]) => `### ${title}\n\n${body}`).join("\n\n");
}

function listing(of: Table, known: Known): string {
  const { read, advance } = of;
  const binds = read.parent?.bind.map(
    (b) =>
      `${code(`{${b.placeholder}}`)} is ${code(b.parent_column)} of ${code(read.parent?.table ?? "")}, kept in ${code(b.column)}`,
  );
  const sorts = advance.kind === "cursor" ? Object.entries(advance.sort_params) : [];
  return bullets([
    `Rows of ${code(of.name)} are ${read.single ? "one object" : "a list"} at ${read.records === "" ? "the top of the answer" : code(read.records)}. ${stated(known, claimKey(of.name, "read.records"))}`,
    ...Object.entries(read.params).map(([name, value]) => `Always sent: ${code(`${name}=${value}`)}.`),
    ...sorts.map(([name, value]) => `Sent for the order: ${code(`${name}=${value}`)}.`),
    ...(binds === undefined ? [] : [`${binds.join("; ")}. ${stated(known, claimKey(of.name, "read.parent"))}`]),
  ]);
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

function rateLimits(known: Known): string {
  const limit = known.blueprint.source.rate_limit;
  if (limit === undefined) return "TBD: no limit was found in what was read.";
  return `${counted(limit.requests, "request")} per ${limit.per_seconds === 1 ? "second" : `${count(limit.per_seconds)} seconds`}. ${stated(known, claimKey("rate_limit"))}`;
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

function unknowns({ blueprint, evidence }: Known): string {
  const open = requiredClaims(blueprint).flatMap((key) => {
    const found = blueprint.claims[key];
    const settled = found?.status === "documented" || found?.status === "probed";
    // What a probe overruled is known, and has a section of its own.
    if (settled || isOverruled(found, evidence)) return [];
    const { pages, probes } = sidesOf(found, evidence);
    const sides =
      found?.status === "contradicted" ? [bullets([...pages.map(saidAt), ...probes.map(shownBy)])].filter(Boolean) : [];
    return [[`${code(key)}: ${claimInWords(found, evidence)}`, ...sides].join("\n")];
  });
  const notes = blueprint.custom.map((note) => `Note: ${prose(note)}`);
  if (open.length + notes.length === 0) return "None: every fact that the connector rests on is documented or probed.";
  return bullets([...open, ...notes]);
}

/** Mistakes of the documentation that a probe of the source overruled, with what either side says. */
function wrongDocumentation({ blueprint, evidence }: Known): string[] {
  const mistakes = requiredClaims(blueprint).flatMap((key) => {
    const found = blueprint.claims[key];
    if (found?.status !== "contradicted" || !isOverruled(found, evidence)) return [];
    const { pages, probes } = sidesOf(found, evidence);
    return [`${code(key)}: ${prose(found.reason)}\n${bullets([...pages.map(saidAt), ...probes.map(shownBy)])}`];
  });
  if (mistakes.length === 0) return [];
  return ["### Where the documentation is wrong", "The source was followed.", bullets(mistakes)];
}

function saidAt({ id, address: place, quotation }: Evidence): string {
  return `${address(place)} says (${id}): “${prose(quotation)}”`;
}

function shownBy({ id, address: request, quotation }: Evidence): string {
  return `the source, asked for ${code(request)} (${id}): “${prose(quotation)}”`;
}

function perTable(known: Known, [title, words]: readonly [string, (of: Table) => string], field: TableField): string {
  return table(
    ["Object", title, "Rests on"],
    known.blueprint.tables.map((t) => [code(t.name), words(t), claim(known, t, field)]),
  );
}

function claim({ blueprint, evidence }: Known, of: Table, field: TableField): string {
  return claimInWords(blueprint.claims[claimKey(of.name, field)], evidence);
}

/** The claim as a sentence of its own. */
function stated({ blueprint, evidence }: Known, key: string): string {
  const words = claimInWords(blueprint.claims[key], evidence);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
