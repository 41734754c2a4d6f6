/** `syncsmith consent`: a person's yes, said where no model sits: in a terminal. */
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Approval } from "../../agent/approval.ts";
import { EXIT, type ExitCode, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { adoptApproval } from "../../tools/adopt-connector.ts";
import { loadForBuild } from "../workspace.ts";
import { consentToBuild, consentToDeploy, openConsents } from "./consent.ts";
import { createServer } from "./state.ts";

export interface ConsentRequest {
  connector: string;
  deploy: boolean;
  adopt: boolean;
}

export async function consent(request: ConsentRequest, context: CommandContext): Promise<ExitCode> {
  const { stdout } = context.streams;
  const approval = await approvalOf(request, context);
  if (approval === undefined) {
    stdout.write(`Nothing needs your yes: the spec of ${request.connector} does not ask for a deployment from here.\n`);
    return EXIT.done;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UserError("Consent is given in a terminal, by a person.", {
      hint: "Run the command by hand: a pipe cannot say yes.",
      exitCode: EXIT.refused,
    });
  }
  stdout.write(`${approval.question}\n${approval.lines.map((line) => `  ${line}`).join("\n")}\n`);
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await reader.question("Yes or no? ", { signal: context.signal }).finally(() => reader.close());
  if (!/^y(es)?$/i.test(answer.trim())) {
    stdout.write("Not agreed. Nothing was done.\n");
    return EXIT.refused;
  }
  await openConsents(context.workspace).give(approval);
  stdout.write("Agreed, to exactly this. The host can make its call again.\n");
  return EXIT.done;
}

async function approvalOf(
  { connector, deploy, adopt }: ConsentRequest,
  context: CommandContext,
): Promise<Approval | undefined> {
  if (adopt) return adoptApproval(resolve(connector));
  if (deploy) return consentToDeploy(await createServer(context), connector);
  return consentToBuild(await loadForBuild(context, connector));
}
