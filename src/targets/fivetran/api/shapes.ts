/** What Fivetran answers, as far as it is read here. More than that may come: it is let through. */
import { z } from "zod";

/** A destination has the name and the id of its group. */
export const groupSchema = z.object({ id: z.string(), name: z.string() });
export type Group = z.infer<typeof groupSchema>;

export const setupTestSchema = z.object({
  title: z.string(),
  status: z.string(),
  message: z.string().nullish(),
});
export type SetupTest = z.infer<typeof setupTestSchema>;

export const connectionSchema = z.object({
  id: z.string(),
  service: z.string(),
  /** The connection's name, and the destination's schema. */
  schema: z.string(),
  paused: z.boolean(),
  sync_frequency: z.number().nullish(),
  proxy_agent_id: z.string().nullish(),
  succeeded_at: z.string().nullish(),
  failed_at: z.string().nullish(),
  status: z
    .object({
      setup_state: z.string().nullish(),
      sync_state: z.string().nullish(),
      update_state: z.string().nullish(),
      is_historical_sync: z.boolean().nullish(),
    })
    .nullish(),
  setup_tests: z.array(setupTestSchema).nullish(),
  config: z
    .object({
      package_id: z.string().nullish(),
      python_version: z.string().nullish(),
      /** Values come masked. */
      secrets_list: z.array(z.object({ key: z.string() })).nullish(),
    })
    .nullish(),
});
export type Connection = z.infer<typeof connectionSchema>;

/** Tests that did not pass; those that were skipped count as passed, as Fivetran's own command counts them. */
export function failedTests(tests: readonly SetupTest[]): SetupTest[] {
  return tests.filter(({ status }) => status === "FAILED" || status === "JOB_FAILED");
}

export function dashboardOf(connection: string): string {
  return `https://fivetran.com/dashboard/connections/${connection}/status`;
}
