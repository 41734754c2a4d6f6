/** What a survey is of, and what comes of it. */
import type { Column } from "../../../../artifacts/blueprint.ts";
import type { FileFormat } from "../../../../artifacts/kinds/file.ts";
import type { Store, StoredFile } from "../../stores/store.ts";
import type { Group } from "../group.ts";

export interface Survey {
  content: FileFormat;
  columns: Column[];
  /** Whether every byte of every file was read. */
  whole: boolean;
  records: number;
  /** The first lines, for quoting. */
  head: string;
  /** Columns that had a value in each record, and no value twice. */
  unique: string[];
  /** What is odd, in words. */
  notes: string[];
}

/** The files that are looked at, of which group. */
export interface Context {
  store: Store;
  group: Group;
  files: readonly StoredFile[];
  whole: boolean;
}
