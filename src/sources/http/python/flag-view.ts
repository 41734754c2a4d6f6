/** What the templates of flags of deleted rows are asked to write, given the tables of a source. */
import type { Deletes } from "../../../artifacts/reading.ts";
import { useOf } from "./use.ts";

export interface FlagView {
  /** Whether flags are compared with stated values: false where there is no flag. */
  flag_values: "none" | "some" | "all" | false;
  flag_values_else: string;
  /** Whether there are tables without a flag. */
  flag_optional: boolean;
}

export function flagView(tables: readonly { deletes: Deletes }[]): FlagView {
  const flags = tables.flatMap(({ deletes }) => (deletes.kind === "flag" ? [deletes] : []));
  const values = flags.length === 0 ? false : useOf(flags, (flag) => flag.values.length > 0) || "none";
  return {
    flag_values: values,
    flag_values_else: values === "some" ? "; without any, if it is set" : "",
    flag_optional: flags.length < tables.length,
  };
}
