/** Serves the stand-in of a source until it is interrupted. */

import { once } from "node:events";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { requestInWords } from "../wording/kinds.ts";
import { needBlueprint, needRequirements } from "../workflow/step.ts";
import { openStore } from "../workflow/store.ts";
import { createServices, findConnector } from "./session.ts";

export async function simulate(
  { connector, port }: { connector: string; port: string },
  context: CommandContext,
): Promise<ExitCode> {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new UserError(`--port ${port} is not a port.`);
  const store = await openStore(await findConnector(context, connector));
  const { spec } = await needRequirements({ store });
  const blueprint = await needBlueprint({ store });
  const kind = await createServices(context, () => {}).source(spec.source.kind);
  const simulator = await kind.simulate(blueprint, { seed: 1, port: number });
  const lines = blueprint.tables.map((table) => `  ${table.name.padEnd(30)} ${requestInWords(table)}`);
  context.streams.stdout.write(
    `A stand-in for ${blueprint.title}, with made-up data, at ${simulator.baseUrl}\n${lines.join("\n")}\n` +
      `Configuration that it accepts:\n${JSON.stringify(simulator.configuration, null, 2)}\nCtrl-C ends it.\n`,
  );
  if (!context.signal.aborted) await once(context.signal, "abort");
  await simulator.close();
  return EXIT.interrupted;
}
