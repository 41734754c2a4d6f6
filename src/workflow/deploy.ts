/** Step 7: deploying needs a person's consent and a green report. Not deploying is an outcome, with its reason. */
import type { Deployment } from "../artifacts/deployment.ts";
import { hashCode } from "../proof/prove.ts";
import { needReport } from "./document.ts";
import { needRequirements, type Step } from "./step.ts";

export const deployStep: Step = {
  name: "deploy",
  inputs: async (context) => ({
    report: (await needReport(context)).code_hash,
    green: (await needReport(context)).green,
    deploy: (await needRequirements(context)).spec.deploy,
    code: await hashCode(context.store.directory),
  }),
  outputs: async ({ store }) => [store.path("deployment.json")],
  run: async (context) => {
    const { store, services } = context;
    const report = await needReport(context);
    const { spec } = await needRequirements(context);
    const code = await hashCode(store.directory);
    const reason = !spec.deploy.enabled
      ? "the spec does not ask for it (deploy.enabled: false)"
      : !report.green
        ? "the report is not green"
        : report.code_hash !== code
          ? "the code changed since it was tested"
          : "deploying from here is not built yet: DEPLOYMENT.md has the platform's own command";
    const deployment: Deployment = {
      version: 1,
      time: services.now().toISOString(),
      outcome: "skipped",
      reason,
      code_hash: code,
    };
    await store.write("deployment.json", deployment);
    return { outcome: "skipped", summary: `not deployed: ${reason}` };
  },
};
