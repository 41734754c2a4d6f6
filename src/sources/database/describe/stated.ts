/** Tables that the spec states in full, for an engine whose catalogue cannot be read from here. */

import type { ColumnType } from "../../../artifacts/blueprint.ts";
import type { Requirements } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import type { Catalogue, CatalogueTable } from "./catalogue.ts";

/** SQL Server's own name for each type of a blueprint. */
const TYPES: { readonly [T in ColumnType]: string } = {
  boolean: "bit",
  integer: "bigint",
  bigint: "decimal(38,0)",
  number: "float",
  decimal: "decimal(38,9)",
  string: "nvarchar(max)",
  date: "date",
  timestamp: "datetimeoffset",
  local_timestamp: "datetime2",
  binary: "varbinary(max)",
  json: "nvarchar(max)",
};

/** Throws `UserError` for a table without columns. */
export function statedCatalogue({ spec }: Requirements): Catalogue {
  const tables = (spec.tables ?? []).map((table): CatalogueTable => {
    if (typeof table === "string" || table.columns === undefined || Object.keys(table.columns).length === 0) {
      const name = typeof table === "string" ? table : table.name;
      throw new UserError(
        `The catalogue of SQL Server is not read from here, and the spec states no columns of ${name}.`,
        {
          hint: "State each table in full: name, schema, primary_key, and columns with their types.",
        },
      );
    }
    const key = table.primary_key ?? [];
    return {
      ...(table.schema === undefined ? {} : { schema: table.schema }),
      relation: table.relation ?? table.name,
      kind: "table",
      readable: true,
      columns: Object.entries(table.columns).map(([name, type]) => ({
        name,
        type: TYPES[type],
        nullable: !key.includes(name),
        readable: true,
      })),
      indexes: key.length === 0 ? [] : [{ name: "stated", unique: true, primary: true, columns: key, partial: false }],
      rowSecurity: false,
      triggers: [],
    };
  });
  if (tables.length === 0) {
    throw new UserError("The catalogue of SQL Server is not read from here, and the spec states no table.", {
      hint: "State each table in full: name, schema, primary_key, and columns with their types.",
    });
  }
  return { version: "SQL Server, as the spec states it", tables };
}
