/** Parquet, whose schema says what it holds. */
import type { Column } from "../../../../artifacts/blueprint.ts";
import { UserError } from "../../../../errors.ts";
import { parquetColumns, parquetRecords, withParquet } from "../../formats/parquet.ts";
import { joined } from "../types.ts";
import type { Context, Survey } from "./context.ts";
import { named } from "./parts.ts";
import { createUniqueness } from "./uniqueness.ts";

/** Throws `UserError` for a column that no connector can carry, and for files without any. */
export async function surveyParquet(context: Context): Promise<Survey> {
  const columns = new Map<string, Column>();
  const values = createUniqueness(context.whole);
  let records = 0;
  // A copy is needed to read the schema: of many large files the first and the last are looked at.
  const files = context.whole ? context.files : [...new Set([context.files[0], context.files.at(-1)])];
  for (const file of files.filter((one) => one !== undefined)) {
    await named(file, async () =>
      withParquet(await context.store.read(file.name), async ({ connection, from }) => {
        for (const column of await parquetColumns(connection, from)) {
          if (column.type === undefined)
            throw new UserError(`${file.name}: the column ${column.name} has a type that no connector can carry.`);
          const known = columns.get(column.name);
          columns.set(column.name, known === undefined ? column : joined(known, column));
        }
        if (!context.whole) return;
        for await (const record of parquetRecords(connection, from)) {
          records += 1;
          for (const [name, value] of Object.entries(record))
            values.see(name, value === null ? undefined : String(value));
        }
      }),
    );
  }
  if (columns.size === 0)
    throw new UserError(`${context.group.pattern}: the files are empty, so that their columns are not known.`);
  const all = [...columns.values()];
  const head = all.map(({ name, type }) => `${name}: ${type}`).join("\n");
  return {
    content: { format: "parquet" },
    whole: context.whole,
    columns: all,
    records,
    head,
    unique: values.unique(records),
    notes: [],
  };
}
