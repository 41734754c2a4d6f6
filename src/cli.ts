/**
 * argv and environment become frozen options, checked once; the only reader of `process.env`. Commands are loaded when
 * they are called, so that `--help` costs little more than starting Node.
 */
import { Command, CommanderError, Option } from "commander";
import { EXIT, type ExitCode, messageOf, UserError } from "./errors.ts";
import type { AdoptRequest } from "./frontends/adopt.ts";
import { type CommandContext, type Streams, VERSION } from "./options.ts";
import type { LogLevel } from "./system/logger.ts";
import { nearest } from "./system/nearest.ts";

/** Where a command line is run: for a process, the world around it. */
export interface Surroundings {
  streams: Streams;
  signal: AbortSignal;
  /** Default: the process's own. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Parses, runs, says in one line what a person must mend, and returns the exit code. Throws nothing. */
export async function runCli(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { streams, signal } = around;
  try {
    return await runCommand(argv, around);
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    if (error instanceof UserError) {
      streams.stderr.write(`error: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ""}`);
      return error.exitCode;
    }
    streams.stderr.write(`This is a bug of Syncsmith's: ${messageOf(error)}\n${(error as Error).stack ?? ""}\n`);
    return EXIT.bug;
  }
}

async function runCommand(argv: readonly string[], { streams, signal, ...around }: Surroundings): Promise<ExitCode> {
  const environment = Object.freeze({ ...(around.environment ?? process.env) });
  let exitCode: ExitCode = EXIT.done;
  const program = new Command("syncsmith")
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
  const contextOf = (): CommandContext => {
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
      color: options.color && !environment.NO_COLOR && (streams.stderr as NodeJS.WriteStream).isTTY === true,
      cacheDirectory: cache,
      python: options.python,
      environment,
      streams,
      signal,
    });
  };
  addCommands(program, async (work) => {
    exitCode = await work(contextOf());
  });
  try {
    await program.parseAsync(argv as string[], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed its own line; help and version are no failures.
    return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
  }
  return exitCode;
}

interface ModelChoice {
  model: string;
  provider: "anthropic" | "bedrock" | "vertex";
  maxUsd?: number;
}

interface Common {
  force: boolean;
  logs: boolean;
  testMode?: "auto" | "live" | "simulated";
  quick?: boolean;
}

/** Runs a command's work with its context and keeps the exit code. */
type Call = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

function addCommands(program: Command, call: Call): void {
  addChat(program, call);
  addBuild(program, call);
  addAdopt(program, call);
  addSteps(program, call);
  addReading(program, call);
  addHelpers(program, call);
}

const MODEL = () =>
  new Option(
    "--model <id>",
    "the model that reads prose and fills gaps: an id, none, or auto (the default model if a key is set)",
  ).default("auto");
const PROVIDER = () =>
  new Option("--provider <name>", "who serves the model")
    .choices(["anthropic", "bedrock", "vertex"])
    .default("anthropic");
const MAX_USD = () =>
  new Option("--max-usd <amount>", "what the model may cost in this run; default: limits.usd of the spec").argParser(
    (text: string) => {
      const amount = Number(text);
      if (Number.isFinite(amount) && amount > 0) return amount;
      throw new UserError(`--max-usd ${text} is not an amount of dollars.`, { hint: "For example: --max-usd 1.50" });
    },
  );
const LOGS = ["--logs", "show what the connector prints", false] as const;
const QUICK = [
  "--quick",
  "only the checks that take seconds: no kills, faults, moving source or size; the report says so",
] as const;
const TEST_MODE = new Option("--test-mode <mode>", "overrides the spec's test.mode").choices([
  "auto",
  "live",
  "simulated",
]);

function addChat(program: Command, call: Call): void {
  program
    .command("chat", { isDefault: true })
    .description("a conversation that leads from a source to a proven connector; what `syncsmith` alone does")
    .addOption(MODEL())
    .addOption(PROVIDER())
    .addOption(MAX_USD().default(undefined, "5, and limits.usd of the spec for a build"))
    .option(...QUICK)
    // What commander does not know as a command ends up here.
    .argument("[words...]")
    .action((words: string[], own: ModelChoice & Pick<Common, "quick">) =>
      call(async (context) => {
        if (words.length > 0) throw unknownCommand(program, words[0] ?? "");
        return (await import("./frontends/chat/chat.ts")).chat(own, context);
      }),
    );
}

function unknownCommand(program: Command, word: string): UserError {
  const names = program.commands.map((command) => command.name());
  const meant = nearest(word, names);
  return new UserError(`There is no command ${word}.`, {
    hint: meant ? `Did you mean ${meant}?` : `Commands: ${names.join(", ")}. A conversation begins without any.`,
  });
}

function addBuild(program: Command, call: Call): void {
  program
    .command("build")
    .description("take one or more specs through all steps")
    .argument("<spec...>", "spec files, YAML or JSON")
    .addOption(MODEL())
    .addOption(PROVIDER())
    .addOption(MAX_USD())
    .addOption(TEST_MODE)
    .option("--force", "overwrite generated files that were edited by hand", false)
    .option(...QUICK)
    .option(...LOGS)
    .action((specs: string[], own: ModelChoice & Common) =>
      call(async (context) => (await import("./frontends/build.ts")).build({ specs, ...own }, context)),
    );
}

function addAdopt(program: Command, call: Call): void {
  program
    .command("adopt")
    .description("prove a connector that was written elsewhere; its code is copied, and never changed")
    .argument("<dir>", "the connector's folder")
    .option(
      "--spec <file>",
      "what its source is; where it is not there, a draft of it is written from what the code says",
    )
    .option("--name <name>", "what a draft calls it; default: the folder's name")
    .option("--force", "overwrite the copy in the workspace where it was edited", false)
    .option(...QUICK)
    .option(...LOGS)
    .action((directory: string, own: Omit<AdoptRequest, "directory">) =>
      call(async (context) => (await import("./frontends/adopt.ts")).adopt({ directory, ...own }, context)),
    );
}

function addSteps(program: Command, call: Call): void {
  const steps = [
    ["research", "read the source's description again"],
    ["generate", "write the connector's files again"],
    ["test", "run the connector and judge it"],
    ["fix", "apply a rule to what the last report shows"],
    ["document", "write README.md and DEPLOYMENT.md"],
    ["deploy", "hand the connector to the platform"],
    ["verify", "expected rows and SQL for the destination"],
  ] as const;
  for (const [step, description] of steps) {
    program
      .command(step)
      .description(description)
      .argument("<connector>", "name of a connector in the workspace, or its directory")
      .addOption(MODEL())
      .addOption(PROVIDER())
      .addOption(MAX_USD())
      .addOption(TEST_MODE)
      .option("--force", "overwrite generated files that were edited by hand", false)
      .option(...QUICK)
      .option(...LOGS)
      .action((connector: string, own: ModelChoice & Common) =>
        call(async (context) => (await import("./frontends/build.ts")).runStep({ step, connector, ...own }, context)),
      );
  }
  program
    .command("resume")
    .description("go on where the last run ended")
    .argument("<connector>")
    .addOption(MODEL().default(undefined, "the last run's"))
    .addOption(PROVIDER().default(undefined, "the last run's"))
    .addOption(MAX_USD())
    .option("--force", "overwrite generated files that were edited by hand", false)
    .action((connector: string, own: Partial<ModelChoice> & { force: boolean }) =>
      call(async (context) => (await import("./frontends/build.ts")).resume({ connector, ...own }, context)),
    );
}

function addReading(program: Command, call: Call): void {
  program
    .command("status")
    .description("where a connector stands, or all of them")
    .argument("[connector]")
    .action((connector: string | undefined) =>
      call(async (context) => (await import("./frontends/status.ts")).status(connector, context)),
    );
  program
    .command("report")
    .description("the proof report: path of the page, and its text")
    .argument("<connector>")
    .option("--html", "only the path of the page", false)
    .action((connector: string, own: { html: boolean }) =>
      call(async (context) => (await import("./frontends/status.ts")).report({ connector, ...own }, context)),
    );
  program
    .command("lint")
    .description("rules for Fivetran and Lakeflow connectors, on any connector's folder")
    .argument("<dir>", "a folder with a connector's code, written by anybody")
    .option("--target <name>", "fivetran, lakeflow, or auto: by the code", "auto")
    .action((directory: string, own: { target: string }) =>
      call(async (context) => (await import("./frontends/lint.ts")).lint({ directory, ...own }, context)),
    );
  program
    .command("query")
    .description("SQL on the connector's local warehouse (schema tester)")
    .argument("<connector>")
    .argument("<sql>")
    .option("--csv", "as CSV", false)
    .option("--rows <n>", "at most so many rows", "1000")
    .action((connector: string, sql: string, own: { csv: boolean; rows: string }) =>
      call(async (context) => (await import("./frontends/query.ts")).query({ connector, sql, ...own }, context)),
    );
}

function addHelpers(program: Command, call: Call): void {
  program
    .command("init")
    .description("ask a few questions and write a spec")
    .argument("[file]", "where to write it", "spec.yaml")
    .action((file: string) => call(async (context) => (await import("./frontends/init.ts")).init(file, context)));
  program
    .command("config")
    .description("the connector's configuration with its references resolved, to a private file or a pipe")
    .argument("<connector>")
    .option("-o, --output <file>", "a new file, readable by you alone; default: stdout, unless that is a terminal")
    .action((connector: string, own: { output?: string }) =>
      call(async (context) => (await import("./frontends/config.ts")).config({ connector, ...own }, context)),
    );
  program
    .command("simulate")
    .description("serve the connector's simulated source, to look at")
    .argument("<connector>")
    .option("--port <n>", "port on loopback", "0")
    .action((connector: string, own: { port: string }) =>
      call(async (context) => (await import("./frontends/simulate.ts")).simulate({ connector, ...own }, context)),
    );
  program
    .command("demo")
    .description("a real API description through all the steps, without a model and without a network")
    .option("--full", "also kills, faults, a moving source and size, which takes minutes for its ten tables", false)
    .action((own: { full: boolean }) =>
      call(async (context) => (await import("./frontends/demo.ts")).demo(own, context)),
    );
  program
    .command("doctor")
    .description("what is here, what is missing, and how to get it")
    .action(() => call(async (context) => (await import("./frontends/doctor.ts")).doctor(context)));
}
