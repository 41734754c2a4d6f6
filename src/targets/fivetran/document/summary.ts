/** What to do after a run, as the last words of it say. */
import type { SummaryInput } from "../../target.ts";
import { requiredKeys } from "./facts.ts";

export function nextSteps({ blueprint, report, deployment, destination }: SummaryInput): string[] {
  if (!report.green) {
    return [
      "Read the blockers above and the report; the connector is not ready to deploy.",
      `Mend what is left and run: syncsmith test ${blueprint.name}`,
    ];
  }
  const queries = `Run the queries in DEPLOYMENT.md${destination ? ` in ${destination.type}` : ""} and compare the counts${report.basis === "live" ? "" : " with the source; the local run was not on live data"}.`;
  if (deployment.outcome === "deployed") {
    return [
      `Start the connection${deployment.dashboard ? " at the address above" : " in the Fivetran dashboard"}: a new one is paused.`,
      "Wait for the first sync and set the sync frequency; it is every 6 hours to begin with.",
      queries,
    ];
  }
  const keys = requiredKeys(blueprint);
  return [
    ...(keys.length > 0 ? [`Have values ready for ${keys.join(", ")}.`] : []),
    "Deploy as DEPLOYMENT.md describes.",
    queries,
  ];
}
