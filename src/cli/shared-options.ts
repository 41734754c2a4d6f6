/** Options that several commands have. */
import { Option } from "commander";
import { UserError } from "../errors.ts";

/** Which model works, and what it may cost. */
export interface ModelChoice {
  model: string;
  provider: "anthropic" | "bedrock" | "vertex";
  maxUsd?: number;
}

/** What the commands that generate and test have in common. */
export interface Common {
  force: boolean;
  logs: boolean;
  testMode?: "auto" | "live" | "simulated";
  quick?: boolean;
}

/** Made anew per command: some of them have other defaults. */
export const MODEL = () =>
  new Option(
    "--model <id>",
    "the model that reads prose and fills gaps: an id, none, or auto (the default model if a key is set)",
  ).default("auto");
export const PROVIDER = () =>
  new Option("--provider <name>", "who serves the model")
    .choices(["anthropic", "bedrock", "vertex"])
    .default("anthropic");
export const MAX_USD = () =>
  new Option("--max-usd <amount>", "what the model may cost in this run; default: limits.usd of the spec").argParser(
    (text: string) => {
      const amount = Number(text);
      if (Number.isFinite(amount) && amount > 0) return amount;
      throw new UserError(`--max-usd ${text} is not an amount of dollars.`, { hint: "For example: --max-usd 1.50" });
    },
  );
export const FORCE = ["--force", "overwrite generated files that were edited by hand", false] as const;
export const YES_DEPLOY = [
  "--yes-deploy",
  "agree to a deployment that the spec asks for (deploy.enabled), whatever it replaces there",
  false,
] as const;
export const YES_SYNC = [
  "--yes-sync",
  "agree to a sync of what was deployed: a paused connection is started, and its rows count towards what the account pays",
  false,
] as const;
export const LOGS = ["--logs", "show what the connector prints", false] as const;
export const QUICK = [
  "--quick",
  "only the checks that take seconds: no kills, faults, moving source or size; the report says so",
] as const;
export const TEST_MODE = new Option("--test-mode <mode>", "overrides the spec's test.mode").choices([
  "auto",
  "live",
  "simulated",
]);
