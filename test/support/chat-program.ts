/** The chat with a scripted model, as a process of its own. argv: workspace, limit in USD. */
import { createBudget } from "../../src/agent/budget.ts";
import { runToOutcome } from "../../src/frontends/building.ts";
import { runChat } from "../../src/frontends/chat/run-chat.ts";
import { chatTools } from "../../src/frontends/chat/tools.ts";
import type { CommandContext } from "../../src/options.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { SCRIPTED_MODEL, scriptedModel } from "./scripted-chat.ts";

const [workspace = "workspace", maxUsd = "5"] = process.argv.slice(2);
const interrupt = new AbortController();
process.on("SIGINT", () => interrupt.abort());

const context: CommandContext = {
  workspace,
  json: process.env.CHAT_JSON === "1",
  logLevel: "silent",
  color: !process.env.NO_COLOR && process.stderr.isTTY === true,
  cacheDirectory: undefined,
  python: undefined,
  environment: process.env,
  streams: process,
  signal: interrupt.signal,
};
const redactor = createRedactor();

process.exitCode = await runChat({
  model: scriptedModel(),
  modelId: SCRIPTED_MODEL,
  context,
  system: "You are scripted.",
  redactor,
  budget: createBudget({ turns: 100, usd: Number(maxUsd), minutes: 60 }),
  stdin: process.stdin,
  makeTools: (hands) => chatTools({ context, redactor, model: undefined }, hands),
  runBuild: (run, hands) => runToOutcome({ ...run, model: "none" }, hands, { context, depth: "quick" }),
});
