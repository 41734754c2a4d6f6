/** Headless: a question about a connector, answered on stdout. */
import type { ExitCode } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import type { ModelOptions } from "./agent.ts";
import { run } from "./build.ts";
import { askWork } from "./changing.ts";
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
  const work = askWork(question, (answer) => {
    said.answer = answer;
  });
  const code = await run(about, context, work);
  if (said.answer !== undefined) {
    const { answer } = said;
    context.streams.stdout.write(
      context.json ? `${JSON.stringify({ type: "answer", connector, answer })}\n` : `${answer}\n`,
    );
  }
  return code;
}
