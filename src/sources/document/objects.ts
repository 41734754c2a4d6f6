/** The objects of a source: which there are, their fields, their keys, how they are taken in. */
import { claimKey, parentOf, type Source, type Table } from "../../artifacts/blueprint.ts";
import { keyInWords } from "../../wording/blueprint.ts";
import { ingestionTypeOf } from "../../wording/ingestion.ts";
import { requestInWords } from "../../wording/kinds.ts";
import { bullets, code, codes, prose, table } from "../../wording/markdown.ts";
import { counted } from "../../wording/numbers.ts";
import { claim, type Known, perTable, placeField, stated } from "./known.ts";

export function objectList(known: Known): string {
  const { blueprint } = known;
  const rows = blueprint.tables.map((t) => [
    code(t.name),
    requestInWords(t),
    codes([parentOf(t)?.table].filter((name) => name !== undefined)),
    prose(t.description ?? ""),
    claim(known, t, placeField(t)),
  ]);
  const skipped = blueprint.skipped.map((s) => `${code(s.name)}: ${prose(s.reason)}`);
  return [
    `The list is fixed: the connector does not ${ASKS[blueprint.source.kind]} which objects there are.`,
    table(["Object", "Listed by", "Parent", "Description", "Rests on"], rows),
    ...(skipped.length > 0 ? ["Left out:", bullets(skipped)] : []),
  ].join("\n\n");
}

const ASKS: { readonly [K in Source["kind"]]: string } = {
  rest: "ask the source",
  graphql: "ask the source",
  database: "ask the catalogue at each sync",
  file: "guess from the files",
};

export function objectSchema(of: Table, known: Known): string {
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

export function primaryKeys(known: Known): string {
  return [
    "The source is not asked for its keys: they are fixed here.",
    perTable(known, ["Primary key", keyInWords], () => "primary_key"),
  ].join("\n\n");
}

export function ingestion(known: Known): string {
  const byFiles = known.blueprint.tables.some(({ deletes }) => deletes.kind === "files");
  return [
    "How each table can be taken in, by what the source shows. `snapshot`: read whole each time. `append`: new rows only. `cdc`: new and changed rows, by key. `cdc_with_deletes`: deleted ones too.",
    ...(byFiles
      ? [
          "Where files show what is deleted, a connector for Lakeflow takes `snapshot` all the same: two flows of its own could miss a change between them.",
        ]
      : []),
    perTable(known, ["Type", (t) => code(ingestionTypeOf(t))], () => "advance"),
  ].join("\n\n");
}
