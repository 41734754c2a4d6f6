/** Questions to the real place about each table: read-only, and bounded by what is read of each file. */
import { type Blueprint, blueprintOf, claimKey, type TableField } from "../../../artifacts/blueprint.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { Exchange, ProbeFinding, ProbeOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import type { FileTable } from "../configuration.ts";
import { filesOf, readFile } from "../live/read.ts";
import { withStore } from "../stores/open.ts";
import type { Store, StoredFile } from "../stores/store.ts";

/** Files of a table that are read, and bytes of them: enough to see, little enough to be asked of somebody's store. */
const FILES = 3;
const BYTES = 32 * 1024 * 1024;

interface Asked {
  store: Store;
  table: FileTable;
  files: StoredFile[];
  records: Record_[];
  /** Whether all files were read. */
  whole: boolean;
  exchange: Exchange;
}

type Said = Pick<ProbeFinding, "verdict" | "says"> & { instead?: string };

interface Question {
  field: TableField;
  question: string;
  ask: (asked: Asked) => Said | Promise<Said>;
}

const QUESTIONS: readonly Question[] = [
  { field: "primary_key", question: "Does the key tell records apart?", ask: askKey },
  { field: "columns", question: "Do the columns hold what they are declared to?", ask: askColumns },
  { field: "advance", question: "Does the store tell when a file changes?", ask: askVersions },
  { field: "deletes", question: "Can deleted rows show?", ask: askDeletes },
];

/** See `SourceKind.probe`. Throws `UserError` when the place cannot be reached. */
export async function* probeFiles(blueprint: Blueprint, options: ProbeOptions): AsyncGenerator<ProbeFinding> {
  const { source, tables } = blueprintOf(blueprint, "file");
  const wanted = tables.filter(({ name }) => options.tables?.includes(name) ?? true);
  const findings: ProbeFinding[] = [];
  await withStore(source, options, async (store) => {
    for (const table of wanted) {
      options.onProgress(`probing ${table.name}`);
      findings.push(...(await probeTable(store, table, source.location)));
    }
  });
  const files = findings.some(({ key, verdict }) => key.endsWith(".read") && verdict === "confirms");
  if (findings.length > 0)
    yield {
      key: claimKey("location"),
      question: "Is the place there?",
      verdict: files ? "confirms" : "silent",
      says: files ? `${source.location} lists and gives files.` : "Nothing was found there for these tables.",
      exchanges: findings[0]?.exchanges ?? [],
    };
  yield* findings;
}

async function probeTable(store: Store, table: FileTable, location: string): Promise<ProbeFinding[]> {
  const started = performance.now();
  const files = await filesOf(store, table);
  const listing = files.slice(0, 50).map(({ name, size, modified }) => `${name} ${size ?? "?"} ${modified ?? ""}`);
  const exchange: Exchange = {
    method: "LIST",
    address: `${location} ${table.read.pattern}`,
    status: 200,
    headers: {},
    body: listing.join("\n"),
    cut: files.length > listing.length,
    json: undefined,
    milliseconds: Math.round(performance.now() - started),
  };
  const read = {
    key: claimKey(table.name, "read"),
    question: "Do files fit the pattern, and can they be read?",
    exchanges: [exchange],
  };
  if (files.length === 0)
    return [
      {
        ...read,
        verdict: "refutes",
        says: `No file is named like ${table.read.pattern}.`,
        instead: "A pattern that files there have.",
      },
    ];
  const chosen = chooseFiles(files);
  const records: Record_[] = [];
  try {
    for (const file of chosen) for await (const record of readFile(store, table, file)) records.push(record);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [
      { ...read, verdict: "refutes", says: messageOf(error), instead: "Format, dialect and types that the file has." },
    ];
  }
  const asked: Asked = { store, table, files, records, whole: chosen.length === files.length, exchange };
  const findings: ProbeFinding[] = [
    {
      ...read,
      verdict: "confirms",
      says: `${files.length} files fit; ${chosen.length} of them were read, with ${records.length} records.`,
    },
  ];
  for (const { field, question, ask } of QUESTIONS) {
    findings.push({ key: claimKey(table.name, field), question, ...(await ask(asked)), exchanges: [exchange] });
  }
  return findings;
}

/** The newest, the oldest, and one between, as far as the bytes go. */
function chooseFiles(files: readonly StoredFile[]): StoredFile[] {
  const candidates = [files.at(-1), files[0], files[Math.floor(files.length / 2)]].filter((file) => file !== undefined);
  const chosen: StoredFile[] = [];
  let bytes = 0;
  for (const file of new Set(files.length <= FILES ? files : candidates)) {
    bytes += file.size ?? 0;
    if (bytes <= BYTES || chosen.length === 0) chosen.push(file);
  }
  return chosen;
}

function askKey({ table, records, whole }: Asked): Said {
  const { primary_key: key } = table;
  if (key.length === 0) return { verdict: "silent", says: "No key is declared." };
  const blank = records.filter((record) => key.some((name) => (record[name] ?? null) === null)).length;
  if (blank > 0)
    return {
      verdict: "refutes",
      says: `${blank} of ${records.length} records have no value for the key ${key.join(", ")}.`,
      instead: "_file and _line",
    };
  const distinct = new Set(records.map((record) => JSON.stringify(key.map((name) => String(record[name]))))).size;
  const repeated = records.length - distinct;
  if (repeated > 0 && key.includes("_line"))
    return { verdict: "refutes", says: `${repeated} records share ${key.join(", ")}.`, instead: "_file and _line" };
  if (repeated > 0)
    return {
      verdict: "silent",
      says: `${repeated} of ${records.length} records repeat a key: right where later files hold newer versions of rows, a loss where they do not.`,
    };
  return {
    verdict: whole ? "confirms" : "silent",
    says: `${records.length} records of ${whole ? "all files" : "some of the files"} have as many different values of ${key.join(", ")}.`,
  };
}

function askColumns({ table, records }: Asked): Said {
  const rest = records.filter((record) => (record._rest ?? null) !== null);
  const known = new Set(table.columns.map(({ name }) => name));
  const unknown = new Set(records.flatMap((record) => Object.keys(record).filter((name) => !known.has(name))));
  for (const { _rest } of rest) for (const name of Object.keys(_rest as Record_)) unknown.add(name);
  if (records.length === 0) return { verdict: "silent", says: "The files that were read hold no records." };
  if (unknown.size === 0) return { verdict: "confirms", says: `${records.length} records fit the declared columns.` };
  const names = [...unknown].slice(0, 10).join(", ");
  return {
    verdict: "silent",
    says: `All records can be read; ${names} ${unknown.size === 1 ? "has" : "have"} no column and would be kept beside the others.`,
  };
}

async function askVersions({ store, table, files }: Asked): Promise<Said> {
  if (table.advance.kind === "full") return { verdict: "silent", says: "Everything is read at each sync." };
  if (table.advance.by === "name")
    return { verdict: "silent", says: "Whether files are ever changed under the same name does not show in one look." };
  const silent = files.filter(({ version }) => version === "");
  if (silent.length > 0)
    return {
      verdict: "silent",
      says: `The server states neither time nor tag of ${silent.length} of ${files.length} files: they are read again at each sync.`,
    };
  const again = new Map((await filesOf(store, table)).map(({ name, version }) => [name, version]));
  const moved = files.filter(({ name, version }) => again.get(name) !== version);
  if (moved.length > 0)
    return { verdict: "silent", says: `${moved.length} files changed between two looks: ${moved[0]?.name}.` };
  return { verdict: "confirms", says: `All ${files.length} files have a time or a tag, the same in two looks.` };
}

function askDeletes({ table }: Asked): Said {
  return { verdict: "silent", says: `What ${table.deletes.kind} makes of files that go does not show in one look.` };
}
