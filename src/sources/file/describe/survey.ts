/** What the files of one table hold: format, columns, and whether a column tells records apart. */
import type { FileFormat } from "../../../artifacts/kinds/file.ts";
import type { Store, StoredFile } from "../stores/store.ts";
import type { Group } from "./group.ts";
import type { Context, Survey } from "./survey/context.ts";
import { surveyCsv } from "./survey/csv.ts";
import { surveyJson } from "./survey/json.ts";
import { surveyParquet } from "./survey/parquet.ts";

/** Read in full up to this much; beyond it in parts. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 60;

/** Throws `UserError` naming the file that cannot be read. */
export async function survey(store: Store, group: Group, stated: FileFormat | undefined): Promise<Survey> {
  const size = group.files.reduce((sum, file) => sum + (file.size ?? WHOLE_BYTES), 0);
  const whole = size <= WHOLE_BYTES;
  const files = whole ? group.files : spread(group.files);
  const format = stated?.format ?? group.format;
  const context: Context = { store, group, files, whole };
  if (format === "parquet") return surveyParquet(context);
  if (format === "csv") return surveyCsv(context, stated?.format === "csv" ? stated : undefined);
  return surveyJson(context, stated);
}

/** First, last, and evenly between: files change their columns over time. */
function spread(files: readonly StoredFile[]): StoredFile[] {
  if (files.length <= MAX_FILES) return [...files];
  const step = (files.length - 1) / (MAX_FILES - 1);
  return Array.from({ length: MAX_FILES }, (_, index) => files[Math.round(index * step)] as StoredFile);
}
