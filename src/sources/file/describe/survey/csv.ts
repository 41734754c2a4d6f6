/** Delimited text: its dialect, its header, and what stands in its columns. */
import { UserError } from "../../../../errors.ts";
import { type CsvFormat, csvRows, headerNames } from "../../formats/csv.ts";
import { createDecoder } from "../../text.ts";
import { commonEncoding, sniffDialect } from "../sniff.ts";
import { guessFromText } from "../types.ts";
import type { Context, Survey } from "./context.ts";
import { HEAD_CHARACTERS, named, partsOf } from "./parts.ts";
import { createUniqueness } from "./uniqueness.ts";

/** Throws `UserError` for files that are no text in one encoding, or are empty. */
export async function surveyCsv(context: Context, stated: CsvFormat | undefined): Promise<Survey> {
  const parts = await Promise.all(
    context.files.map((file) => named(file, async () => ({ file, parts: await partsOf(context, file) }))),
  );
  const heads = parts.map((one) => one.parts[0] ?? Buffer.alloc(0));
  const first = heads.find((head) => head.length > 2);
  const content =
    stated ?? (await sniffDialect(first ?? Buffer.alloc(0), commonEncoding(parts.flatMap((one) => one.parts))));
  if (first !== undefined && content === undefined)
    throw new UserError(`${context.files[0]?.name ?? context.group.pattern} is not text in one encoding.`, {
      hint: "Have it delivered in UTF-8, or state content with the encoding it is in.",
    });
  if (content === undefined || first === undefined)
    throw new UserError(`${context.files[0]?.name ?? context.group.pattern} is empty: its columns are not known.`, {
      hint: "State content and columns in the spec, or wait for a file with rows.",
    });
  const seen = createColumns(context.whole);
  for (const { file, parts: pieces } of parts) {
    let names = content.header ? undefined : ([] as string[]);
    for (const [index, bytes] of pieces.entries()) {
      names = await named(file, () =>
        seePiece(seen, { bytes, content, names, first: index === 0, cut: !context.whole }),
      );
    }
  }
  const decode = createDecoder(content.encoding);
  const head = decode(first.subarray(0, HEAD_CHARACTERS)).split(/\r?\n/).slice(0, 5).join("\n");
  return { content, whole: context.whole, head, ...seen.result() };
}

interface Piece {
  bytes: Buffer;
  content: CsvFormat;
  /** Of the header, once it was seen; empty where there is none. */
  names: string[] | undefined;
  first: boolean;
  /** Whether rows at its ends may be broken. */
  cut: boolean;
}

async function seePiece(seen: Columns, { bytes, content, names, first, cut }: Piece): Promise<string[] | undefined> {
  let known = names;
  const rows: string[][] = [];
  // A piece of the middle begins somewhere within a row, perhaps within a quotation.
  const from = first ? bytes : bytes.subarray(lineEnd(bytes, content));
  try {
    for await (const row of csvRows(
      only(from),
      first ? content : { ...content, encoding: withoutMark(content.encoding) },
    ))
      rows.push(row);
  } catch (error) {
    if (!cut) throw error;
  }
  if (cut) rows.pop();
  for (const row of rows) {
    if (known === undefined) known = headerNames(row);
    else if (known.length === 0 || content.header === false) {
      if (known.length < row.length) known = row.map((_, index) => `column_${index + 1}`);
      seen.see(known, row);
    } else if (first || row.length === known.length) seen.see(known, row);
  }
  if (known !== undefined) seen.name(known);
  return known;
}

function lineEnd(bytes: Buffer, { encoding }: CsvFormat): number {
  const at = bytes.indexOf(encoding === "utf-16-be" ? Buffer.from([0, 10]) : Buffer.from([10]));
  const wide = encoding.startsWith("utf-16");
  return at < 0 ? bytes.length : at + (wide ? 2 : 1);
}

function withoutMark(encoding: CsvFormat["encoding"]): CsvFormat["encoding"] {
  return encoding === "utf-16" ? "utf-16-le" : encoding;
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

interface Columns {
  name(names: readonly string[]): void;
  see(names: readonly string[], row: readonly string[]): void;
  result(): Pick<Survey, "columns" | "records" | "unique" | "notes">;
}

function createColumns(whole: boolean): Columns {
  const guesses = new Map<string, ReturnType<typeof guessFromText>>();
  const values = createUniqueness(whole);
  let records = 0;
  let ragged = 0;
  const guessOf = (name: string) => {
    const known = guesses.get(name) ?? guessFromText();
    guesses.set(name, known);
    return known;
  };
  return {
    name: (names) => names.forEach((name) => void guessOf(name)),
    see: (names, row) => {
      records += 1;
      if (row.length !== names.length) ragged += 1;
      for (const [index, name] of names.entries()) {
        const text = row[index] ?? "";
        guessOf(name).see(text);
        values.see(name, text === "" ? undefined : text);
      }
    },
    result: () => ({
      columns: [...guesses].map(([name, guess]) => guess.column(name)),
      records,
      unique: values.unique(records),
      notes: ragged === 0 ? [] : [`${ragged} of ${records} rows have more or fewer fields than the header`],
    }),
  };
}
