/** Commands that lead a connector to where it runs. */
import type { Command } from "commander";
import type { CiRequest } from "../frontends/ci.ts";
import type { Call } from "./program.ts";

export function addPlatform(program: Command, call: Call): void {
  program
    .command("ci")
    .description("write the workflows for GitHub that test and deploy the connector, and build specs")
    .argument("<connector>", "name of a connector in the workspace, or its directory")
    .option("--repository <dir>", "where .github belongs; default: the git repository that the connector is in")
    .option("--branch <name>", "what is pushed to it is deployed", "main")
    .option("--force", "overwrite workflows that were edited by hand", false)
    .action((connector: string, own: Omit<CiRequest, "connector">) =>
      call(async (context) => (await import("../frontends/ci.ts")).ci({ connector, ...own }, context)),
    );
}
