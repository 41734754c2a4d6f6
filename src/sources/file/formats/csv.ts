/** Delimited text, row by row as it comes. */
import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { Encoding, FileFormat } from "../../../artifacts/kinds/file.ts";
import { createDecoder } from "../text.ts";

export type CsvFormat = Extract<FileFormat, { format: "csv" }>;
export type Dialect = Pick<CsvFormat, "delimiter" | "quote" | "encoding">;

/** Rows of fields, the header among them. Lines with nothing on them are left out. Throws where quotations do not end. */
export async function* csvRows(bytes: AsyncIterable<Buffer>, dialect: Dialect): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.quote,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    // A quote inside of a field that does not begin with one is a character like others: 5" pipe.
    relax_quotes: true,
    skip_empty_lines: true,
  });
  // Errors of either end come out of the parser.
  pipeline(Readable.from(textOf(bytes, dialect.encoding)), parser, () => {});
  for await (const row of parser) yield row as string[];
}

export function isCsvError(error: unknown): error is CsvError {
  return error instanceof CsvError;
}

async function* textOf(bytes: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  const decode = createDecoder(encoding);
  for await (const chunk of bytes) {
    const text = decode(chunk);
    if (text !== "") yield text;
  }
  const rest = decode(undefined);
  if (rest !== "") yield rest;
}

/** Names of columns: blank ones by their position, repeated ones with it. */
export function headerNames(header: readonly string[]): string[] {
  const names: string[] = [];
  for (const [index, text] of header.entries()) {
    let name = text.trim() === "" ? `column_${index + 1}` : text.trim();
    while (names.includes(name)) name = `${name}_${index + 1}`;
    names.push(name);
  }
  return names;
}
