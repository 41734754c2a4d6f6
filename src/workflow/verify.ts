/** Step 8: what to expect in the destination, the SQL to see it with, and the summary of the run. */
import { deploymentSchema, type Verification } from "../artifacts/deployment.ts";
import { writeAtomically } from "../system/files.ts";
import { connectorFiles, expectedRows, needReport } from "./document.ts";
import { needBlueprint, needRequirements, needTargets, type Step } from "./step.ts";

export const verifyStep: Step = {
  name: "verify",
  inputs: async (context) => ({
    deployment: await context.store.read("deployment.json", deploymentSchema),
    report: await needReport(context),
    destination: (await needRequirements(context)).spec.destination,
  }),
  outputs: async ({ store }) => [store.path("verification.json")],
  run: async (context) => {
    const { store, services } = context;
    const blueprint = await needBlueprint(context);
    const report = await needReport(context);
    const { destination } = (await needRequirements(context)).spec;
    const deployment = await store.read("deployment.json", deploymentSchema);
    const rows = expectedRows(report, blueprint);
    const target = await needTargets(context);
    const tables = blueprint.tables.map((table) => ({ table, rows: rows[table.name] ?? 0 }));
    const sql = target.destinationSql({ connection: blueprint.name, basis: report.basis, tables });
    for (const [type, text] of Object.entries(sql)) await writeAtomically(store.path("sql", `${type}.sql`), text);
    const skipped = deployment?.reason ?? "the deploy step did not run";
    const reason = `nothing was deployed: ${skipped}`;
    const summary = target.summary({
      blueprint,
      report,
      files: await connectorFiles(store.directory),
      deployment: { outcome: "skipped", reason: skipped },
      ...(destination ? { destination } : {}),
    });
    const verification: Verification = {
      version: 1,
      time: services.now().toISOString(),
      outcome: "skipped",
      reason,
      expected_rows: rows,
      sql,
      summary,
    };
    await store.write("verification.json", verification);
    return {
      outcome: "skipped",
      summary: `${reason}; SQL for ${Object.keys(sql).length} kinds of destination is in ${store.path("sql")}`,
    };
  },
};
