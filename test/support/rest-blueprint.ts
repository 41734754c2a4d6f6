/** Blueprints of REST sources for tests: only what a test is about has to be said. */
import type { AuthInput } from "../../src/artifacts/auth.ts";
import {
  type RestBlueprint as Blueprint,
  blueprintOf,
  blueprintSchema,
  type ColumnType,
} from "../../src/artifacts/blueprint.ts";

type Input = Record<string, unknown>;

export interface TableInput {
  name?: string;
  primary_key?: string[];
  /** Column -> type, or the whole column. */
  columns?: Record<string, ColumnType | Input>;
  read?: Input;
  advance?: Input;
  deletes?: Input;
}

export const PLAIN_COLUMNS: Record<string, ColumnType> = { id: "integer", name: "string", updated_at: "timestamp" };

/** Table `items` at `/items` with the list under `data`, in one page, unless said otherwise. */
export function tableInput(table: TableInput = {}): Input {
  const columns = Object.entries(table.columns ?? PLAIN_COLUMNS).map(([name, column]) =>
    typeof column === "string" ? { name, type: column } : { name, ...column },
  );
  const name = table.name ?? "items";
  return {
    name,
    primary_key: table.primary_key ?? ["id"],
    columns,
    read: { kind: "rest", path: `/${name}`, records: "data", pagination: { style: "none" }, ...table.read },
    advance: table.advance ?? { kind: "full" },
    deletes: table.deletes ?? { kind: "none" },
  };
}

/** A blueprint of a REST source, typed as one. */
export function parseRest(input: unknown): Blueprint {
  return blueprintOf(blueprintSchema.parse(input), "rest");
}

export function makeBlueprint(
  tables: readonly TableInput[],
  source: { auth?: AuthInput; base_url?: string; headers?: Record<string, string>; configuration?: Input[] } = {},
): Blueprint {
  const { configuration, ...rest } = source;
  return parseRest({
    version: 1,
    name: "example",
    title: "Example",
    source: { kind: "rest", base_url: "https://api.example.com/v2", auth: { kind: "none" }, ...rest },
    configuration: configuration ?? [],
    tables: tables.map(tableInput),
    claims: {},
  });
}
