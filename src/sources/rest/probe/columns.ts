/** Whether the records have the declared columns, with their types. */
import type { Column } from "../../../artifacts/blueprint.ts";
import { atPath, type Literal, parseLiterally } from "../../answers/exact.ts";
import { confirms, type Found, refutes, silent, some } from "../../http/probe/finding.ts";
import { inferType, misfit } from "./column-types.ts";
import { lookedAt, sampleOf, type TableProbe } from "./table-probe.ts";

type Fields = { [column: string]: Literal };

/** Are the fields of the records the declared columns? */
export async function askColumns(probe: TableProbe): Promise<Found> {
  const { table } = probe;
  const asked = lookedAt(probe);
  const rows = sampleOf(probe);
  if (rows.length === 0) return silent("There is no record to read columns off.", asked);
  const bound = (table.read.parent?.bind ?? []).map(({ column }) => column);
  const seen = new Set(rows.flatMap((row) => Object.keys(row)));
  const declared = new Set([...table.columns.map(({ name }) => name), ...bound]);
  const extra = [...seen].filter((name) => !declared.has(name));
  const absent = table.columns.filter(({ name }) => !seen.has(name) && !bound.includes(name));
  const required = absent.filter(({ nullable }) => !nullable).map(({ name }) => name);
  const never =
    absent.length === 0
      ? ""
      : `${some(absent.map(({ name }) => name))} ${absent.length === 1 ? "is" : "are"} declared and in none of ${rows.length} records`;
  if (extra.length > 0) {
    const values = valuesOf(probe);
    const added = extra.map((name): Column => ({ name, nullable: true, ...inferType(values.get(name) ?? []) }));
    const corrected = probe.correct((one) => ({
      ...one,
      columns: [
        ...one.columns.map((column) => (required.includes(column.name) ? { ...column, nullable: true } : column)),
        ...added,
      ],
    }));
    const named = added.map(({ name, type }) => `${name} (${type})`);
    const says = `${rows.length} records have ${extra.length === 1 ? "a field" : `${extra.length} fields`} that no column is declared for: ${some(named, 12)}${never && `; ${never}`}.`;
    return refutes(says, asked, { instead: "columns for these fields, too", corrected });
  }
  if (required.length > 0) {
    const corrected = probe.correct((one) => ({
      ...one,
      columns: one.columns.map((column) => (required.includes(column.name) ? { ...column, nullable: true } : column)),
    }));
    return refutes(`${never}.`, asked, { instead: `${some(required)} nullable, or not at all`, corrected });
  }
  if (absent.length > 0)
    return silent(
      `${never}: perhaps they are only sent when they have a value, perhaps there is no such field.`,
      asked,
    );
  return confirms(`All ${table.columns.length} declared columns are in ${rows.length} records, and no others.`, asked);
}

/** Do the values have the declared types? */
export async function askTypes(probe: TableProbe): Promise<Found> {
  const { table } = probe;
  const asked = lookedAt(probe);
  const values = valuesOf(probe);
  const rows = sampleOf(probe);
  const changed = new Map<string, Column>();
  const says: string[] = [];
  for (const column of table.columns) {
    const found = values.get(column.name) ?? [];
    const misfits = found.map((value) => misfit(column, value)).filter((kind) => kind !== undefined);
    if (misfits.length > 0) {
      changed.set(column.name, retyped(column, found));
      says.push(
        `${column.name} is declared ${column.type} and is ${misfits[0]} in ${misfits.length} of ${found.length} values`,
      );
    }
    const empty = rows.filter((row) => (row[column.name] ?? null) === null).length;
    if (!column.nullable && empty > 0 && found.length > 0) {
      changed.set(column.name, { ...(changed.get(column.name) ?? column), nullable: true });
      says.push(`${column.name} is declared never null and is null or absent in ${empty} of ${rows.length} records`);
    }
  }
  if (changed.size > 0) {
    const corrected = probe.correct((one) => ({
      ...one,
      columns: one.columns.map((column) => changed.get(column.name) ?? column),
    }));
    const instead = [...changed.values()].map(
      ({ name, type, nullable }) => `${name}: ${type}${nullable ? "" : ", never null"}`,
    );
    return refutes(`${some(says, 4)}.`, asked, { instead: some(instead, 12), corrected });
  }
  const typed = table.columns.filter(({ name }) => (values.get(name) ?? []).length > 0).length;
  if (typed === 0) return silent("No declared column has a value in the sample.", asked);
  return confirms(`The values of ${typed} columns in ${rows.length} records have the declared types.`, asked);
}

function retyped(column: Column, values: readonly Literal[]): Column {
  const { type: _, format: __, precision: ___, scale: ____, values: _____, shape: ______, ...rest } = column;
  return { ...rest, ...inferType(values, column) };
}

/** Values that are not null, per field, numbers by their digits. */
function valuesOf(probe: TableProbe): Map<string, Literal[]> {
  const values = new Map<string, Literal[]>();
  for (const record of [...probe.pages, ...probe.others].flatMap(({ looked }) => literalRecords(probe, looked.text))) {
    for (const [name, value] of Object.entries(record)) {
      if (value === null) continue;
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    }
  }
  return values;
}

function literalRecords({ table }: TableProbe, text: string): Fields[] {
  const body = parseLiterally(text);
  const found = body === undefined ? undefined : atPath(body, table.read.records);
  return (Array.isArray(found) ? found : [found]).filter(isFields);
}

function isFields(value: Literal | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
