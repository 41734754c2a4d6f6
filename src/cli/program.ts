/** What the command line has besides its commands: options of all of them, and the context that those make. */
import { Command, Option } from "commander";
import { type ExitCode, UserError } from "../errors.ts";
import { type CommandContext, isAutomated, type Streams, VERSION } from "../options.ts";
import type { LogLevel } from "../system/logger.ts";
import { nearest } from "../system/nearest.ts";

/** Where a program is run. */
export interface World {
  environment: CommandContext["environment"];
  streams: Streams;
  signal: AbortSignal;
}

/** Runs a command's work with its context and keeps the exit code. */
export type Call = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

export function createProgram({ environment, streams }: World): Command {
  return new Command("syncsmith")
    .description("Turns a data source into a proven data connector.")
    .version(VERSION)
    .option("-w, --workspace <dir>", "where connectors live", environment.SYNCSMITH_WORKSPACE ?? "workspace")
    .option("--json", "one event per line on stdout; text for people goes to stderr", false)
    .option("--no-color", "plain text (also NO_COLOR)")
    .addOption(
      new Option("--log-level <level>", "what goes on inside, as JSON lines on stderr (also SYNCSMITH_LOG)")
        .choices(["silent", "info", "debug", "trace"])
        .default("silent")
        .env("SYNCSMITH_LOG"),
    )
    .option("--cache <dir>", "where the Python environment is kept")
    .option("--python <path>", "the Python interpreter to make the environment with")
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 ended but not green, 2 bad input, 3 a limit was reached, 4 refused, 130 interrupted",
    );
}

/** Frozen: nothing that runs later can change what was asked for. */
export function contextOf(program: Command, { environment, streams, signal }: World): CommandContext {
  const options = program.opts<{
    workspace: string;
    json: boolean;
    logLevel: LogLevel;
    color: boolean;
    cache?: string;
    python?: string;
  }>();
  const cache = options.cache ?? (environment.XDG_CACHE_HOME ? `${environment.XDG_CACHE_HOME}/syncsmith` : undefined);
  return Object.freeze({
    workspace: options.workspace,
    json: options.json,
    logLevel: options.logLevel,
    color:
      options.color &&
      !environment.NO_COLOR &&
      !isAutomated(environment) &&
      (streams.stderr as NodeJS.WriteStream).isTTY === true,
    cacheDirectory: cache,
    python: options.python,
    environment,
    streams,
    signal,
  });
}

/** The error for a word that stands where a command should. */
export function unknownCommand(program: Command, word: string): UserError {
  const names = program.commands.map((command) => command.name());
  const meant = nearest(word, names);
  return new UserError(`There is no command ${word}.`, {
    hint: meant ? `Did you mean ${meant}?` : `Commands: ${names.join(", ")}. A conversation begins without any.`,
  });
}
