/** Headless: a question about a connector, answered on stdout. */
import { EXIT, type ExitCode } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import type { ModelOptions } from "./agent.ts";
import { run } from "./build.ts";
import { findConnector } from "./session.ts";

export interface AskRequest extends ModelOptions {
  connector: string;
  question: string;
}

export async function ask({ connector, question, ...model }: AskRequest, context: CommandContext): Promise<ExitCode> {
  const directory = await findConnector(context, connector);
  const options = { model: model.model, force: false, showLogs: false };
  const about = { directory, spec: connector, prefixed: false, options, model, plain: true } as const;
  const said: { answer?: string } = {};
  const code = await run(about, context, async (session) => {
    const { askConnector } = await import("../workflow/ask.ts");
    const result = await askConnector(session, question);
    if ("why" in result) return { outcome: "not-green", exitCode: EXIT.notGreen, summary: `no answer: ${result.why}` };
    said.answer = result.answer;
    return { outcome: "green", exitCode: EXIT.done, summary: "answered" };
  });
  if (said.answer !== undefined) {
    const { answer } = said;
    context.streams.stdout.write(
      context.json ? `${JSON.stringify({ type: "answer", connector, answer })}\n` : `${answer}\n`,
    );
  }
  return code;
}
