/** Asks a few questions and writes a spec. Secrets are asked for as the names of environment variables, never as values. */
import { access, writeFile } from "node:fs/promises";
import { cancel, intro, outro } from "@clack/prompts";
import { stringify } from "yaml";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { parseSpec } from "../workflow/spec-file.ts";
import { askAll, Cancelled } from "./init-questions.ts";

export async function init(file: string, context: CommandContext): Promise<ExitCode> {
  if (!(process.stdin.isTTY && (context.streams.stdout as NodeJS.WriteStream).isTTY)) {
    throw new UserError("`syncsmith init` asks questions and needs a terminal.", {
      hint: "Write the spec by hand: the README has an example, spec.schema.json every key.",
    });
  }
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  ) {
    throw new UserError(`${file} exists already.`, { hint: "Give another name: syncsmith init FILE" });
  }
  try {
    intro("A new connector");
    const spec = stringify(await askAll());
    parseSpec(spec, file);
    await writeFile(file, spec, { flag: "wx" });
    outro(`Wrote ${file}. Next: syncsmith build ${file}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    cancel("Nothing was written.");
    return EXIT.interrupted;
  }
}
