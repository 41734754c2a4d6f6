/**
 * How many records the files of a table have: counted by where one ends, with no word on what is in it. It shares nothing
 * with the reader of values but the stores.
 */
import type { Readable } from "node:stream";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import type { FileFormat } from "../../../artifacts/kinds/file.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { IndependentCount, LiveOptions } from "../../live.ts";
import type { FileTable } from "../configuration.ts";
import { withParquet } from "../formats/parquet.ts";
import { unzipped } from "../formats/records.ts";
import { withStore } from "../stores/open.ts";
import { createDecoder } from "../text.ts";
import { filesOf } from "./read.ts";

type Csv = Extract<FileFormat, { format: "csv" }>;

/** Undefined where records have a key of their own, so that of several versions one stands; and for JSON documents. */
export async function countFiles(
  blueprint: Blueprint,
  name: string,
  options: LiveOptions,
): Promise<IndependentCount | undefined> {
  const { source, tables } = blueprintOf(blueprint, "file");
  const table = tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new UserError(`The blueprint has no table ${name}.`);
  const { content } = table.read;
  const versioned = table.primary_key.length > 0 && !table.primary_key.includes("_line");
  if (versioned || content.format === "json") return undefined;
  return withStore(source, options, async (store) => {
    let rows = 0;
    let current = "";
    try {
      const files = await filesOf(store, table);
      for (const file of files) {
        current = file.name;
        rows += await countRecords(await store.read(file.name), table);
      }
      return { route: `the ends of records in ${files.length} files`, rows };
    } catch (error) {
      if (error instanceof UserError || options.signal.aborted) throw error;
      throw new UserError(`${current} cannot be counted: ${messageOf(error)}`);
    }
  });
}

async function countRecords(bytes: Readable, { read: { content, compression } }: FileTable): Promise<number> {
  if (content.format === "parquet") return countParquet(bytes);
  const plain = compression === "gzip" ? unzipped(bytes) : bytes;
  const decode = createDecoder(content.format === "csv" ? content.encoding : "utf-8");
  const counter = content.format === "csv" ? csvCounter(content) : lineCounter();
  for await (const chunk of plain) counter.take(decode(chunk as Buffer));
  counter.take(decode(undefined));
  return counter.end();
}

interface Counter {
  take: (text: string) => void;
  end: () => number;
}

/** Lines with something on them. */
function lineCounter(): Counter {
  let records = 0;
  let filled = false;
  return {
    take: (text) => {
      for (const character of text) {
        if (character === "\n") {
          if (filled) records += 1;
          filled = false;
        } else if (character.trim() !== "" && character !== "\ufeff") filled = true;
      }
    },
    end: () => records + (filled ? 1 : 0),
  };
}

/** Lines with something on them that no quotation goes on over. A quotation begins where a field does. */
function csvCounter({ delimiter, quote, header }: Csv): Counter {
  let records = 0;
  let filled = false;
  let quoted = false;
  let atStart = true;
  const close = () => {
    if (filled) records += 1;
    [filled, atStart] = [false, true];
  };
  const take = (text: string) => {
    for (const character of text) {
      if (quoted) {
        // A doubled one ends the quotation and begins it again at once.
        if (character === quote) [quoted, atStart] = [false, true];
      } else if (character === "\ufeff" && !filled) continue;
      else if (character === "\n" || character === "\r") close();
      else {
        filled = true;
        quoted = atStart && character === quote;
        atStart = character === delimiter;
      }
    }
  };
  return {
    take,
    end: () => {
      close();
      return Math.max(0, records - (header ? 1 : 0));
    },
  };
}

async function countParquet(bytes: Readable): Promise<number> {
  const rows = await withParquet(bytes, async ({ connection, from }) => {
    const result = await connection.runAndReadAll(`SELECT count(*)::VARCHAR FROM ${from}`);
    return Number(result.getRows()[0]?.[0] ?? 0);
  });
  return rows ?? 0;
}
