/** One table from its files, what they hold, and what the spec states of it. */
import { type Claim, type Column, claimKey, type TableField } from "../../../artifacts/blueprint.ts";
import { FILE_COLUMNS, type FileSource, REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import type { SpecTableOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import type { FileTable } from "../configuration.ts";
import { capturedParts } from "../pattern.ts";
import type { EvidenceBook } from "./evidence.ts";
import type { Group } from "./group.ts";
import type { Survey } from "./survey/context.ts";

export interface Stated {
  table: SpecTableOf<"file">;
  pointer: string;
}

export interface Drafting {
  group: Group;
  stated: Stated | undefined;
  surveyed: Survey;
  incremental: "auto" | "none";
  book: EvidenceBook;
  source: FileSource;
  /** The page that lists the files. */
  listing: string;
}

export interface Drafted {
  table: FileTable;
  claims: Record<string, Claim>;
}

/** Throws `UserError` where the files have columns that stand in each other's way, or not those that are stated. */
export function draftTable(drafting: Drafting): Drafted {
  const { group, surveyed, book, source } = drafting;
  const own = ownColumns(drafting);
  const { pattern, captured } = captures(drafting, own);
  const key = keyOf(drafting, [...own.map(({ name }) => name), ...captured, ...FILE_COLUMNS]);
  const advance = advanceOf(drafting);
  const deletes = deletesOf(drafting, { key: key.columns, advance: advance.value });
  const text = (name: string): Column => ({ name, type: "string", nullable: false });
  const table: FileTable = {
    name: group.name,
    primary_key: key.columns,
    columns: [
      ...own.map((column) => (key.columns.includes(column.name) ? { ...column, nullable: false } : column)),
      ...captured.map(text),
      { ...text("_file"), description: "Name of the file" },
      { name: "_line", type: "integer", nullable: false, description: "Number of the record in the file, from 1" },
      { name: "_modified", type: "timestamp", nullable: source.store === "http", description: "Time of the file" },
      ...(surveyed.content.format === "csv"
        ? [{ name: REST_COLUMN, type: "json" as const, nullable: true, description: "What has no column of its own" }]
        : []),
    ],
    read: { kind: "file", pattern, content: surveyed.content, compression: group.compression, captured },
    advance: advance.value,
    deletes: deletes.value,
  };
  const head = book.page(
    `${source.location} ${group.files[0]?.name ?? ""}`,
    surveyed.head,
    surveyed.head.split("\n")[0] ?? "",
  );
  const listed = book.page(source.location, drafting.listing, group.files[0]?.name ?? "");
  const claims: { readonly [F in TableField]?: Claim } = {
    read: { status: "documented", evidence: [listed, head] },
    columns: columnsClaim(drafting, head),
    primary_key: key.claim,
    advance: advance.claim,
    deletes: deletes.claim,
  };
  return {
    table,
    claims: Object.fromEntries(
      Object.entries(claims).map(([field, claim]) => [claimKey(group.name, field as TableField), claim]),
    ),
  };
}

/** As the files have them, with the types that are stated. */
function ownColumns({ surveyed, stated, group }: Drafting): Column[] {
  const reserved = new Set<string>([...FILE_COLUMNS, ...(surveyed.content.format === "csv" ? [REST_COLUMN] : [])]);
  const clash = surveyed.columns.find(({ name }) => reserved.has(name));
  if (clash !== undefined)
    throw new UserError(
      `The files of ${group.name} have a column ${clash.name} of their own, which is the name of one that a connector adds.`,
      {
        hint: "Have the column delivered under another name.",
      },
    );
  const types = stated?.table.columns ?? {};
  const unknown = Object.keys(types).filter((name) => !surveyed.columns.some((column) => column.name === name));
  if (unknown.length > 0)
    throw new UserError(
      `The files of ${group.name} have no column ${unknown.join(", ")}; they have ${surveyed.columns.map(({ name }) => name).join(", ")}.`,
    );
  return surveyed.columns.map((column) => {
    const type = types[column.name];
    if (type === undefined || type === column.type) return column;
    return { name: column.name, type, nullable: true, ...(type === "decimal" ? { precision: 38, scale: 9 } : {}) };
  });
}

/** Parts of names become columns; where nobody stated the pattern, none takes the name of one that the files have. */
function captures({ group, stated }: Drafting, own: readonly Column[]): { pattern: string; captured: string[] } {
  const names = new Set(own.map(({ name }) => name.toLowerCase()));
  let { pattern } = group;
  for (const part of capturedParts(pattern)) {
    if (!names.has(part.toLowerCase())) continue;
    if (stated?.table.pattern !== undefined)
      throw new UserError(`The pattern of ${group.name} captures ${part}, and the files have a column of that name.`, {
        hint: `Call the part otherwise: {file_${part}}.`,
      });
    pattern = pattern.replace(new RegExp(`\\{${part}(?=[:}])`), `{file_${part}`);
  }
  return { pattern, captured: capturedParts(pattern) };
}

const KEY_NAME = /^(id|uuid|guid|key|.*[_ ](id|uuid|guid|key)|.*(Id|ID|Uuid|Key))$/;

function keyOf(
  { stated, surveyed, book, group }: Drafting,
  columns: readonly string[],
): { columns: string[]; claim: Claim } {
  const key = stated?.table.primary_key;
  if (stated !== undefined && key !== undefined) {
    const unknown = key.filter((name) => !columns.includes(name));
    if (unknown.length > 0)
      throw new UserError(`The key of ${group.name} has ${unknown.join(", ")}, which is no column of its files.`);
    const evidence = [book.stated(`${stated.pointer}/primary_key`, key)];
    return { columns: key, claim: { status: "documented", evidence } };
  }
  const [named] = surveyed.columns.filter(
    ({ name, type }) => KEY_NAME.test(name) && (type === "integer" || type === "bigint" || type === "string"),
  );
  const unique = named !== undefined && surveyed.unique.includes(named.name);
  if (named !== undefined && unique)
    return {
      columns: [named.name],
      claim: {
        status: "unproven",
        reason: `${named.name} was filled and different in all ${surveyed.records} records of all ${group.files.length} files; that it always will be nobody says`,
        evidence: [],
      },
    };
  const why =
    named === undefined
      ? "no column is named like a key"
      : surveyed.whole
        ? `${named.name} repeats or is blank in places`
        : `the files are too large to be read in full, so that nothing shows whether ${named.name} repeats`;
  const reason = `${why}; rows are told apart by file and line, and stay one only as long as lines do not move within a file`;
  return { columns: ["_file", "_line"], claim: { status: "unproven", reason, evidence: [] } };
}

interface Decided<T> {
  value: T;
  claim: Claim;
}

function advanceOf({ stated, incremental, book, source, group }: Drafting): Decided<FileTable["advance"]> {
  const said = stated?.table.incremental;
  if (stated !== undefined && said !== undefined && said !== "auto") {
    const evidence = [book.stated(`${stated.pointer}/incremental`, said)];
    return { value: said === "none" ? { kind: "full" } : said, claim: { status: "documented", evidence } };
  }
  if (incremental === "none") {
    return {
      value: { kind: "full" },
      claim: { status: "documented", evidence: [book.stated("/incremental", "none")] },
    };
  }
  const silent = group.files.some(({ version }) => version === "");
  const reason = silent
    ? "the server states neither time nor tag of some files: those are read again at each sync"
    : `a file that is written anew gets ${source.store === "s3" ? "another tag" : source.store === "http" ? "another tag or time" : "another time or size"}: taken to be so, as the store does it`;
  return { value: { kind: "files", by: "modified" }, claim: { status: "unproven", reason, evidence: [] } };
}

function deletesOf(
  { stated, book }: Drafting,
  { key, advance }: { key: readonly string[]; advance: FileTable["advance"] },
): Decided<FileTable["deletes"]> {
  const said = stated?.table.deletes;
  if (stated !== undefined && said !== undefined) {
    return { value: said, claim: { status: "documented", evidence: [book.stated(`${stated.pointer}/deletes`, said)] } };
  }
  const unproven = (value: FileTable["deletes"], reason: string): Decided<FileTable["deletes"]> => ({
    value,
    claim: { status: "unproven", reason, evidence: [] },
  });
  if (advance.kind === "full")
    return unproven(
      { kind: "absence" },
      "all files are read at each sync: what is in none of them any more is taken for deleted",
    );
  if (advance.by === "modified" && key.join() === "_file,_line")
    return unproven(
      { kind: "files" },
      "rows of files that are gone or got shorter are taken for deleted: state deletes none where old files are only moved away",
    );
  return unproven({ kind: "none" }, "which rows were in a file that is gone is not known: they stay");
}

function columnsClaim({ surveyed, stated, book, group }: Drafting, head: string): Claim {
  const said =
    stated?.table.columns === undefined ? [] : [book.stated(`${stated.pointer}/columns`, stated.table.columns)];
  if (surveyed.content.format === "parquet" || surveyed.whole) {
    const note =
      surveyed.content.format === "parquet"
        ? "types are the files' own"
        : [`types fit all ${surveyed.records} records of ${group.files.length} files`, ...surveyed.notes].join("; ");
    return { status: "documented", evidence: [head, ...said], note };
  }
  const reason = `types fit ${surveyed.records} records at the beginning, the middle and the end of files; a value that does not fit stops the sync, naming file and record`;
  return { status: "unproven", reason: [reason, ...surveyed.notes].join("; "), evidence: [head, ...said] };
}
