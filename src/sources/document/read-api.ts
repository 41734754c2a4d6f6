/** How the rows of each object are asked for: what is sent, in which pieces they come, what is new, what is gone. */
import { claimKey, type Kind, parentOf, type Table } from "../../artifacts/blueprint.ts";
import { advanceInWords, deletesInWords } from "../../wording/blueprint.ts";
import { formatInWords, piecesInWords, requestInWords } from "../../wording/kinds.ts";
import { block, bullets, code } from "../../wording/markdown.ts";
import { count, counted } from "../../wording/numbers.ts";
import { example } from "./example.ts";
import { type Known, perTable, piecesField, stated } from "./known.ts";

type Part = [title: string, body: string];

/** How rows come piece by piece, by kind: heading of the section and of its column. */
const PIECES: { readonly [K in Kind]: readonly [string, string] } = {
  rest: ["Pagination", "Pages"],
  graphql: ["Pagination", "Pages"],
  database: ["Batches", "Rows"],
  file: ["Files", "Order"],
};

export function readApi(known: Known): string {
  const { blueprint } = known;
  const { kind } = blueprint.source;
  const [first] = blueprint.tables;
  const [title, column] = PIECES[kind];
  const parts: Part[] = [
    ...blueprint.tables.map((t): Part => [requestInWords(t), listing(t, known)]),
    [title, perTable(known, [column, piecesInWords], piecesField)],
    ["Incremental reads", perTable(known, ["From sync to sync", (t) => advanceInWords(t.advance)], () => "advance")],
    ["Deleted records", perTable(known, ["How they show", (t) => deletesInWords(t.deletes)], () => "deletes")],
    ...rateLimits(known),
    ...(first === undefined
      ? []
      : [["Example", [FIRST[kind], block("python", example(blueprint, first))].join("\n\n")] satisfies Part]),
  ];
  return parts.map(([heading, body]) => `### ${heading}\n\n${body}`).join("\n\n");
}

const FIRST: { readonly [K in Kind]: string } = {
  rest: "A first page in Python:",
  graphql: "A first page in Python:",
  database: "The first rows in Python:",
  file: "One file, once it was fetched, in Python:",
};

function listing(of: Table, known: Known): string {
  const { read } = of;
  switch (read.kind) {
    case "rest":
      return bullets([
        `Rows of ${code(of.name)} are ${read.single ? "one object" : "a list"} at ${read.records === "" ? "the top of the answer" : code(read.records)}. ${stated(known, claimKey(of.name, "read.records"))}`,
        ...Object.entries(read.params).map(([name, value]) => `Always sent: ${code(`${name}=${value}`)}.`),
        ...sortsOf(of, (name, value) => `${name}=${value}`),
        ...bindsOf(of, known),
      ]);
    case "graphql":
      return bullets([
        `Rows of ${code(of.name)} are at ${code(read.field)}${read.parent === undefined ? " of the query's root" : ` of each ${code(read.parent.table)}`}. ${stated(known, claimKey(of.name, "read.field"))}`,
        ...Object.entries(read.arguments).map(
          ([name, value]) => `Always given: ${code(`${name}: ${JSON.stringify(value)}`)}.`,
        ),
        ...(read.search === undefined
          ? []
          : [`What is new is asked for with a search text: ${code(read.search)}, the value in its place.`]),
        ...sortsOf(of, (name, value) => `${name}: ${value}`),
        ...bindsOf(of, known),
        ...(read.lookup === undefined
          ? []
          : [
              `Further pages of one ${code(read.parent?.table ?? "parent")} are asked for with ${code(`${read.lookup.field}(${read.lookup.argument}: …)`)}${read.lookup.on === undefined ? "" : ` on ${code(read.lookup.on)}`}.`,
            ]),
        "An answer with status 200 that carries `errors` is a failure.",
      ]);
    case "database":
      return bullets([
        `Rows of ${code(of.name)} are those of the table or view ${code(read.relation)}${read.schema === undefined ? "" : ` in the schema ${code(read.schema)}`}. ${stated(known, claimKey(of.name, "read"))}`,
      ]);
    case "file":
      return bullets([
        `Rows of ${code(of.name)} are in all files that match ${code(read.pattern)}, relative to the location. ${stated(known, claimKey(of.name, "read"))}`,
        `Format: ${formatInWords(read)}.`,
      ]);
  }
}

function sortsOf({ advance }: Table, written: (name: string, value: string) => string): string[] {
  const sorts = advance.kind === "cursor" ? Object.entries(advance.sort_params) : [];
  return sorts.map(([name, value]) => `Sent for the order: ${code(written(name, value))}.`);
}

function bindsOf(of: Table, known: Known): string[] {
  const parent = parentOf(of);
  if (parent === undefined) return [];
  const binds = parent.bind.map((b) =>
    of.read.kind === "rest"
      ? `${code(`{${b.placeholder}}`)} is ${code(b.parent_column)} of ${code(parent.table)}, kept in ${code(b.column)}`
      : `${code(b.parent_column)} of ${code(parent.table)} is kept in ${code(b.column)}`,
  );
  return [`${binds.join("; ")}. ${stated(known, claimKey(of.name, "read.parent"))}`];
}

/** Only what is reached over HTTP has limits of this sort. */
function rateLimits(known: Known): Part[] {
  const { source } = known.blueprint;
  if (source.kind === "database" || source.kind === "file") return [];
  const limit = source.rate_limit;
  if (limit === undefined) return [["Rate limits", "TBD: no limit was found in what was read."]];
  const words = `${counted(limit.requests, "request")} per ${limit.per_seconds === 1 ? "second" : `${count(limit.per_seconds)} seconds`}.`;
  return [["Rate limits", `${words} ${stated(known, claimKey("rate_limit"))}`]];
}
