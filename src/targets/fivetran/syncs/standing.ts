/**
 * What Fivetran keeps of a connection: its state, of which only the keys are read, and its tables. The forms are those of the
 * API's reference; of connections of the Connector SDK no answer was ever seen here.
 */
import { z } from "zod";
import { messageOf } from "../../../errors.ts";
import type { Standing } from "../../watching.ts";
import { type FivetranApi, FivetranError } from "../api/client.ts";

const stateSchema = z.object({ state: z.record(z.string(), z.unknown()) });
const nameable = { name_in_destination: z.string().nullish(), enabled: z.boolean().nullish() };
const tablesSchema = z.object({
  schemas: z.record(z.string(), z.object({ ...nameable, tables: z.record(z.string(), z.object(nameable)).nullish() })),
});

export async function standingOf(api: FivetranApi, id: string, connection: string): Promise<Standing> {
  const path = `connections/${encodeURIComponent(id)}`;
  const unread: string[] = [];
  const asked = async <T>(what: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    try {
      return await api.get(`${path}/${what}`, schema);
    } catch (error) {
      if (!(error instanceof FivetranError)) throw error;
      // Before the first sync there is none.
      if (error.status !== 400 && error.status !== 404)
        unread.push(`its ${what} could not be read: ${messageOf(error)}`);
      return undefined;
    }
  };
  const state = await asked("state", stateSchema);
  const schemas = Object.entries((await asked("schemas", tablesSchema))?.schemas ?? {});
  const named = schemas.find(([name, schema]) => (schema.name_in_destination ?? name) === connection);
  const [, own] = named ?? (schemas.length === 1 ? schemas[0] : undefined) ?? [];
  return {
    state: state && Object.keys(state.state).sort(),
    tables:
      own?.tables == null
        ? undefined
        : Object.entries(own.tables).map(([name, table]) => ({
            name: table.name_in_destination ?? name,
            synced: table.enabled !== false,
          })),
    ...(own !== undefined && named === undefined ? { guessed: true } : {}),
    unread,
  };
}
