/** Headless: a connector that is there is changed, by a request or by a changed spec, and what it does otherwise is shown. */
import { resolve } from "node:path";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { enhancementLines } from "../wording/enhancement.ts";
import type { EnhanceResult } from "../workflow/enhance/enhance.ts";
import { readWanted } from "../workflow/enhance/request.ts";
import type { ModelOptions } from "./agent.ts";
import { optionsOf, run } from "./build.ts";
import { enhanceWork } from "./changing.ts";
import { findConnector } from "./session.ts";

export interface EnhanceRequest extends ModelOptions {
  connector: string;
  /** In words, or the path of a file: also the guide's template, filled in. */
  what?: string | undefined;
  /** Path of a changed spec. */
  spec?: string;
  /** Rows that came before need not come any more. */
  acceptLoss?: boolean;
  force: boolean;
  logs: boolean;
  testMode?: "auto" | "live" | "simulated";
  quick?: boolean;
}

export async function enhance(
  { connector, what, spec, acceptLoss = false, ...own }: EnhanceRequest,
  context: CommandContext,
): Promise<ExitCode> {
  const directory = await findConnector(context, connector);
  if (what === undefined && spec === undefined) {
    throw new UserError("Nothing is asked for.", {
      hint: `syncsmith enhance ${connector} "what should be different", or --spec with a changed spec.`,
    });
  }
  const order = {
    ...(what === undefined ? {} : { wanted: await readWanted(what) }),
    ...(spec === undefined ? {} : { spec: resolve(spec) }),
    acceptLoss,
  };
  const options = optionsOf(own);
  const about = { directory, spec: spec ?? connector, prefixed: false, options, model: own, plain: true } as const;
  const ended: { result?: EnhanceResult } = {};
  const work = enhanceWork(order, (result) => {
    ended.result = result;
  });
  const code = await run(about, context, work);
  if (ended.result) show(ended.result, context);
  return code === EXIT.done && ended.result?.enhancement.outcome !== "kept" ? EXIT.notGreen : code;
}

/** With `--json` stdout carries one object, and nothing for people. */
function show(result: EnhanceResult, { streams, json }: CommandContext): void {
  if (json) streams.stdout.write(`${JSON.stringify({ type: "enhancement", ...result.enhancement })}\n`);
  const out = json ? streams.stderr : streams.stdout;
  out.write(`\n${enhancementLines(result).join("\n")}\n`);
}
