/** What tables and columns of a source are called in Fivetran's destinations. */
import { fivetranColumnName, fivetranTableName, unreservedColumnName } from "../../warehouse/naming.ts";
import type { TargetNaming } from "../target.ts";

export const FIVETRAN_NAMING: TargetNaming = {
  table: fivetranTableName,
  column: (source) => fivetranColumnName(unreservedColumnName(source)),
};
