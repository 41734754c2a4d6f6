/** JSON, of one document per file or of a record per line. */
import type { FileFormat } from "../../../../artifacts/kinds/file.ts";
import { UserError } from "../../../../errors.ts";
import { atPath, type Literal, parseLiterally } from "../../../answers/exact.ts";
import type { StoredFile } from "../../stores/store.ts";
import type { Group } from "../group.ts";
import { guessFromJson } from "../types.ts";
import type { Context, Survey } from "./context.ts";
import { HEAD_CHARACTERS, named, partsOf } from "./parts.ts";
import { createUniqueness } from "./uniqueness.ts";

/** Throws `UserError` for files that are no JSON, or in which no list of records is to be found. */
export async function surveyJson(context: Context, stated: FileFormat | undefined): Promise<Survey> {
  const guesses = new Map<string, ReturnType<typeof guessFromJson>>();
  const values = createUniqueness(context.whole);
  let content: FileFormat | undefined = stated;
  let records = 0;
  let head = "";
  for (const file of context.files) {
    const pieces = await named(file, () => partsOf(context, file));
    const texts = pieces.map((bytes) => decoded(bytes));
    head ||= (texts[0] ?? "").slice(0, HEAD_CHARACTERS);
    const found = jsonRecords(texts, { file, content, group: context.group, whole: context.whole });
    content = found.content;
    for (const record of found.records) {
      records += 1;
      for (const [name, value] of Object.entries(record)) {
        const guess = guesses.get(name) ?? guessFromJson();
        guesses.set(name, guess);
        guess.see(value);
        values.see(name, value === null || typeof value === "object" ? digits(value) : String(value));
      }
    }
  }
  const columns = [...guesses].map(([name, guess]) => guess.column(name));
  if (columns.length === 0 || content === undefined)
    throw new UserError(`${context.group.pattern}: the files hold no records, so that their columns are not known.`, {
      hint: "State content and columns in the spec, or wait for a file with records.",
    });
  return { content, whole: context.whole, columns, records, head, unique: values.unique(records), notes: [] };
}

function digits(value: Literal): string | undefined {
  return value !== null && typeof value === "object" && "value" in value ? String(value.value) : undefined;
}

function decoded(bytes: Buffer): string {
  return new TextDecoder("utf-8").decode(bytes);
}

interface JsonFile {
  file: StoredFile;
  content: FileFormat | undefined;
  group: Group;
  whole: boolean;
}

function jsonRecords(
  texts: readonly string[],
  { file, content, group, whole }: JsonFile,
): { content: FileFormat; records: { [name: string]: Literal }[] } {
  const [first = ""] = texts;
  const lines = () => linesOf(texts, whole, file);
  if (content?.format === "ndjson" || (content === undefined && group.format === "ndjson"))
    return { content: { format: "ndjson" }, records: lines() };
  const document = first.trim() === "" ? undefined : parseLiterally(first);
  if (document === undefined && first.trim() !== "") {
    // What is called .json is often a record per line; and a large document is not read in parts.
    const records = content === undefined && /^\s*\{.*\}\s*$/m.test(first.split("\n")[0] ?? "") ? lines() : [];
    if (records.length === 0)
      throw new UserError(
        whole ? `${file.name} is not JSON.` : `${file.name} is a JSON document of more than can be looked at.`,
        {
          hint: "State content (`format: json` with `records`) and columns, or have it delivered with a record per line.",
        },
      );
    return { content: { format: "ndjson" }, records };
  }
  const path = content?.format === "json" ? content.records : listPath(document);
  const list = document === undefined ? [] : atPath(document, path ?? "");
  if (path === undefined || !Array.isArray(list))
    throw new UserError(`${file.name} has no list of records${path ? ` at ${path}` : ""}.`, {
      hint: "State content.records: the dotted path of the list.",
    });
  return { content: { format: "json", records: path }, records: list.filter(isObject) };
}

function linesOf(texts: readonly string[], whole: boolean, file: StoredFile): { [name: string]: Literal }[] {
  return texts.flatMap((text, index) => {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const kept = whole ? lines : lines.slice(index === 0 ? 0 : 1, -1);
    return kept.map((line, at) => {
      const record = parseLiterally(line.replace(/^\ufeff/, ""));
      if (isObject(record)) return record;
      throw new UserError(`${file.name}: line ${at + 1} is no JSON object.`, {
        hint: "Have it delivered again, whole.",
      });
    });
  });
}

/** Where the only list of objects is; undefined when there is none, or several. */
function listPath(document: Literal | undefined): string | undefined {
  if (document === undefined || Array.isArray(document)) return "";
  const found: string[] = [];
  const walk = (value: Literal | undefined, path: string[]) => {
    if (Array.isArray(value)) {
      if (value.every(isObject)) found.push(path.join("."));
    } else if (isObject(value) && path.length < 4) {
      for (const [name, inner] of Object.entries(value)) if (!name.includes(".")) walk(inner, [...path, name]);
    }
  };
  walk(document, []);
  return found.length === 1 ? found[0] : undefined;
}

function isObject(value: Literal | undefined): value is { [name: string]: Literal } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("isLosslessNumber" in value);
}
