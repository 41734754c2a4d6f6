/** Blueprints that no connector for this platform can be written for, said before anything is written. */
import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import type { ClientPart } from "../../../python/client-part.ts";
import { ingestionOf } from "../ingestion.ts";

/** Throws `UserError` for what the platform would refuse, or take for something else. */
export function refuseImpossible(blueprint: Blueprint, client: ClientPart): void {
  const modules = [...client.modules.map(({ name }) => name), "schemas", "timestamps"];
  if (modules.includes(blueprint.name)) {
    throw new UserError(`A connector named ${blueprint.name} would hide its own module ${blueprint.name}.py.`, {
      hint: "Give it another name in the spec.",
    });
  }
  for (const table of blueprint.tables) refuseTable(table);
}

function refuseTable(table: Table): void {
  const names = table.columns.map(({ name }) => name);
  const lower = names.map((name) => name.toLowerCase());
  const twice = names.find((name, index) => lower.indexOf(name.toLowerCase()) !== index);
  if (twice !== undefined) {
    const first = names[lower.indexOf(twice.toLowerCase())];
    throw impossible(table, `the platform takes its columns ${first} and ${twice} for one`, "Leave one of them out.");
  }
  if (names.includes("cls")) {
    throw impossible(table, "the platform's runtime cannot make rows with a column cls", "Leave the column out.");
  }
  const dotted = table.primary_key.find((name) => name.includes("."));
  if (dotted !== undefined) {
    throw impossible(
      table,
      `the platform takes its key ${dotted} for a field inside of an object`,
      "State another key.",
    );
  }
  const missing = table.primary_key.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw impossible(table, `its key ${missing} is not among its columns`, "State the column, or another key.");
  }
  const { kind } = table.deletes;
  if (table.primary_key.length === 0 && kind !== "none" && kind !== "absence") {
    throw impossible(
      table,
      "deleted rows cannot be named without a primary key",
      "State the primary key, or set its deletes to none.",
    );
  }
  if (kind === "absence" && ingestionOf(table).type !== "snapshot") {
    throw impossible(table, "rows can only be missed where all are listed", "Set its advance to full.");
  }
}

function impossible(table: Table, why: string, hint: string): UserError {
  return new UserError(`No connector can be written for the table ${table.name}: ${why}.`, { hint });
}
