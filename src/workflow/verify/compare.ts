/** The local warehouse, the report and the destination, table by table. */
import { dirname, join } from "node:path";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { Reconciled } from "../../artifacts/deployment.ts";
import type { Report } from "../../artifacts/report.ts";
import type { Requirements } from "../../artifacts/requirements.ts";
import { resolveReference } from "../../system/secrets.ts";
import type { Target } from "../../targets/target.ts";
import { openWarehouse } from "../../warehouse/open.ts";
import { quoteIdentifier } from "../../warehouse/sql.ts";
import type { Warehouse } from "../../warehouse/warehouse.ts";
import { count } from "../../wording/numbers.ts";
import type { StepContext } from "../step.ts";
import { type Address, type Destination, openDestination } from "./destination.ts";
import { type Figures, measure, type Plan, planOf } from "./figures.ts";
import { isMotherduck, motherduckOf, motherduckSecrets } from "./motherduck.ts";
import { absent, type Found, reconcile } from "./reconcile.ts";

/** One connector, and where its last test left its warehouse. */
export interface Local {
  blueprint: Blueprint;
  target: Target;
  /** Folder of the connector. */
  directory: string;
}

/** What the local run has of each table, by its name in the blueprint. */
export async function localFigures({ blueprint, target, directory }: Local): Promise<Map<string, Figures>> {
  const warehouse = await openWarehouse(join(directory, "files", "warehouse.db"), { readOnly: true });
  try {
    const present = new Set((await warehouse.tables()).map(({ name }) => name));
    const figures = new Map<string, Figures>();
    for (const table of blueprint.tables) {
      const { naming } = target;
      const plan = planOf(table, naming);
      const name = naming.table(table.name);
      const columns = [...plan.keys, ...plan.ranged].map(({ described }) => naming.column(described));
      const rows = present.has(name) ? localRows(warehouse, name, columns) : none();
      figures.set(table.name, await measure(plan, rows));
    }
    return figures;
  } finally {
    await warehouse.close();
  }
}

async function* none(): AsyncGenerator<never> {}

async function* localRows(
  warehouse: Warehouse,
  table: string,
  columns: readonly string[],
): AsyncGenerator<(string | null)[]> {
  for await (const cell of warehouse.rows(table)) yield columns.map((column) => cell[column] ?? null);
}

/** Where the person lets us read the destination; undefined where the spec does not say. Its secrets are concealed. */
export async function destinationAddress(
  { services, redactor }: Pick<StepContext, "services" | "redactor">,
  { spec, spec_address }: Requirements,
): Promise<Address | undefined> {
  const { type, connection: reference } = spec.destination ?? {};
  if (reference === undefined || (type !== "postgresql" && type !== "duckdb")) return undefined;
  const baseDirectory = dirname(spec_address);
  const connection = await resolveReference(reference, { environment: services.environment, baseDirectory });
  if (type === "postgresql") {
    const password = /^[a-z]+:\/\/[^:/@]*:([^@]*)@/.exec(connection)?.[1] ?? "";
    redactor.add(connection, password, decoded(password));
  }
  const { environment } = services;
  if (isMotherduck(connection)) redactor.add(...motherduckSecrets(motherduckOf(connection, environment)));
  return { type, connection, baseDirectory, environment };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Undefined when the destination has no schema of that name yet. */
export async function compareDestination(
  address: Address,
  { blueprint, target, schema }: Pick<Local, "blueprint" | "target"> & { schema: string },
  figures: ReadonlyMap<string, Figures>,
): Promise<Reconciled[] | undefined> {
  const destination = await openDestination(address);
  try {
    const tables = await destination.tables(schema);
    if (tables.size === 0) return undefined;
    const compared: Reconciled[] = [];
    for (const table of blueprint.tables) {
      const plan = planOf(table, target.naming);
      const expected = figures.get(table.name);
      if (expected === undefined) throw new Error(`There are no figures of ${table.name}.`);
      const columns = tables.get(plan.name);
      compared.push(await compareOne(destination, { plan, expected, columns, schema }));
    }
    return compared;
  } finally {
    await destination.close();
  }
}

interface One {
  plan: Plan;
  expected: Figures;
  columns: ReadonlySet<string> | undefined;
  schema: string;
}

const SYNCED = "_fivetran_synced";
const DELETED = "_fivetran_deleted";

async function compareOne(destination: Destination, { plan, expected, columns, schema }: One): Promise<Reconciled> {
  if (columns === undefined) return absent(plan, expected, "there is no such table in the destination");
  const lacking = plan.keys.filter(({ name }) => !columns.has(name)).map(({ name }) => name);
  if (lacking.length > 0) return absent(plan, expected, `the destination's table has no column ${lacking.join(", ")}`);
  const from = `${quoteIdentifier(schema)}.${quoteIdentifier(plan.name)}`;
  const live = columns.has(DELETED) ? `COALESCE(${quoteIdentifier(DELETED)}, FALSE) = FALSE` : "TRUE";
  // What has no value anywhere may have no column either.
  const text = (name: string) => (columns.has(name) ? `CAST(${quoteIdentifier(name)} AS VARCHAR)` : "NULL");
  const selected = [...plan.keys, ...plan.ranged].map(({ name }) => text(name));
  const wanted = selected.length === 0 ? "1" : selected.join(", ");
  const measured = await measure(plan, destination.rows(`SELECT ${wanted} FROM ${from} WHERE ${live}`));
  const synced = columns.has(SYNCED) ? quoteIdentifier(SYNCED) : "NULL";
  const whole = `SELECT CAST(COUNT(CASE WHEN NOT (${live}) THEN 1 END) AS VARCHAR), CAST(MIN(${synced}) AS VARCHAR), CAST(MAX(${synced}) AS VARCHAR) FROM ${from}`;
  const found: Found = { ...measured, deleted: 0, synced: undefined };
  for await (const [deleted, first, last] of destination.rows(whole)) {
    found.deleted = Number(deleted);
    if (first && last) found.synced = [first, last];
  }
  return reconcile(plan, expected, found);
}

/** Where the warehouse is of another run than the report. */
export function strayed({ tables }: Report, figures: ReadonlyMap<string, Figures>): string[] {
  return tables.flatMap(({ name, rows }) => {
    const here = figures.get(name)?.rows;
    return here === undefined || here === rows
      ? []
      : [`${name}: the report says ${count(rows)} rows and the local warehouse has ${count(here)}: test again`];
  });
}
