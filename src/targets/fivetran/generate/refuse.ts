/** What no connector of this target could do, whatever the source. */
import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { showsDeletes } from "../../../artifacts/reading.ts";
import { UserError } from "../../../errors.ts";
import { FIVETRAN_NAMING } from "../naming.ts";

/** Throws `UserError` that names the table. */
export function refuseImpossible({ tables }: Blueprint): void {
  const names = tables.map(({ name }) => name);
  const double = alike(names, FIVETRAN_NAMING.table);
  if (double !== undefined)
    throw impossible(double[1], `${double[0]} has the same name in the destination`, "Leave one of the two out.");
  for (const table of tables) {
    const { name, primary_key, advance, deletes } = table;
    if (deletes.kind === "absence" && advance.kind !== "full") {
      throw impossible(
        name,
        "rows can only be missed in a listing that is read in full",
        "Set its advance to full, or its deletes to none.",
      );
    }
    if (primary_key.length === 0 && (deletes.kind === "feed" || showsDeletes(table))) {
      throw impossible(
        name,
        "deleted rows cannot be named without a primary key",
        "State the primary key, or set its deletes to none.",
      );
    }
    if (deletes.kind === "feed" && names.includes(`${name}:deletes`))
      throw impossible(
        name,
        `the state has its deletes as ${name}:deletes, which is a table, too`,
        "Leave one of the two out.",
      );
    refuseAlikeColumns(table);
  }
}

/** The destination folds case and signs: of two columns that become one, one would quietly be lost. */
function refuseAlikeColumns({ name, columns }: Table): void {
  const double = alike(
    columns.map((column) => column.name),
    FIVETRAN_NAMING.column,
  );
  if (double === undefined) return;
  const [first, second] = double;
  throw impossible(
    name,
    `its columns ${first} and ${second} have the same name in the destination, ${FIVETRAN_NAMING.column(first)}`,
    "Have the source give one of them another name, for example by a view; or leave the table out.",
  );
}

/** The first two that the destination does not tell apart. */
function alike(names: readonly string[], rename: (name: string) => string): [string, string] | undefined {
  const known = new Map<string, string>();
  for (const name of names) {
    const other = known.get(rename(name));
    if (other !== undefined && other !== name) return [other, name];
    known.set(rename(name), name);
  }
  return undefined;
}

function impossible(table: string, why: string, hint: string): UserError {
  return new UserError(`No connector can be written for the table ${table}: ${why}.`, { hint });
}
