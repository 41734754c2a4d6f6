/** From a database's own types to a blueprint's. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { mysqlType } from "./mysql-types.ts";
import { postgresqlType } from "./postgresql-types.ts";
import { sqliteType } from "./sqlite-types.ts";
import { sqlserverType } from "./sqlserver-types.ts";

export interface TypedColumn extends Pick<Column, "type" | "precision" | "scale"> {
  /** What a person should know about how the type is kept. */
  note?: string;
}

/** The blueprint's type of a column that the catalogue declares so. */
export function columnType(engine: Engine, declared: string): TypedColumn {
  switch (engine) {
    case "postgresql":
      return postgresqlType(declared);
    case "mysql":
      return mysqlType(declared);
    case "sqlite":
      return sqliteType(declared);
    case "sqlserver":
      return sqlserverType(declared);
  }
}
