/** Headless: a connector that is there is changed, by a request or by a changed spec, and what it does otherwise is shown. */
import { resolve } from "node:path";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { behaviourLines } from "../wording/behaviour.ts";
import type { EnhanceResult } from "../workflow/enhance/enhance.ts";
import { readWanted } from "../workflow/enhance/request.ts";
import type { ModelOptions } from "./agent.ts";
import { optionsOf, run } from "./build.ts";
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
  const code = await run(about, context, async (session) => {
    const { enhanceConnector } = await import("../workflow/enhance/enhance.ts");
    const result = await enhanceConnector(session, order);
    ended.result = result;
    const { enhancement, exitCode } = result;
    return {
      outcome: enhancement.outcome === "kept" ? "green" : "not-green",
      exitCode,
      summary:
        enhancement.outcome === "kept" ? enhancement.summary : `${enhancement.summary}; the connector is as it was`,
    };
  });
  if (ended.result) show(ended.result, context);
  return code === EXIT.done && ended.result?.enhancement.outcome !== "kept" ? EXIT.notGreen : code;
}

/** With `--json` stdout carries one object, and nothing for people. */
function show({ enhancement, page, patch }: EnhanceResult, { streams, json }: CommandContext): void {
  if (json) streams.stdout.write(`${JSON.stringify({ type: "enhancement", ...enhancement })}\n`);
  const out = json ? streams.stderr : streams.stdout;
  for (const one of enhancement.behaviour) {
    out.write(`\nBefore and after${enhancement.behaviour.length > 1 ? `, ${one.target}, ${one.basis}` : ""}\n`);
    for (const line of behaviourLines(one)) out.write(`  ${line}\n`);
  }
  out.write(`\nEnhancement ${enhancement.number}: ${page}\n`);
  if (patch !== undefined) out.write(`For the original: ${patch} (patch -p1)\n`);
}
