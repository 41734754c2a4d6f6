/** The configuration with its references resolved: for the platform's own command line, and for nobody else. */

import { open } from "node:fs/promises";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { fillConfiguration } from "../targets/adopted.ts";
import { resolveConfiguration } from "../workflow/configuration.ts";
import { needBlueprint, needRequirements } from "../workflow/step.ts";
import { openStore } from "../workflow/store.ts";
import { createServices, findConnector } from "./session.ts";

export async function config(
  { connector, output }: { connector: string; output?: string },
  context: CommandContext,
): Promise<ExitCode> {
  const store = await openStore(await findConnector(context, connector));
  const requirements = await needRequirements({ store });
  const blueprint = await needBlueprint({ store });
  const services = createServices(context, () => {});
  const kind = await services.source(requirements.spec.source.kind);
  const ours = await resolveConfiguration({ requirements, blueprint, kind, environment: context.environment });
  const { adopted } = requirements.spec;
  const values = adopted ? fillConfiguration(adopted, ours) : ours;
  const text = `${JSON.stringify(values, null, 2)}\n`;
  if (output === undefined) {
    if ((context.streams.stdout as NodeJS.WriteStream).isTTY) {
      throw new UserError("The configuration holds secrets and is not shown on a terminal.", {
        hint: "Pipe it, or write it to a private file with --output FILE.",
      });
    }
    context.streams.stdout.write(text);
    return EXIT.done;
  }
  await writePrivately(output, text);
  context.streams.stderr.write(
    `Wrote ${Object.keys(values).length} keys to ${output}, readable by you alone. Delete it after use.\n`,
  );
  return EXIT.done;
}

/** Only a new file: an existing one may be open to others, or be a link to somewhere. */
async function writePrivately(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new UserError(exists ? `${path} exists already.` : `${path} cannot be written.`, {
      hint: "Give the name of a new file.",
      cause: error,
    });
  }
}
