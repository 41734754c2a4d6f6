/**
 * argv and environment become frozen options, checked once; the only reader of `process.env`. Commands are loaded when
 * they are called, so that `--help` costs little more than starting Node.
 */
import { Command, CommanderError, Option } from "commander";
import { EXIT, type ExitCode, UserError } from "./errors.ts";
import { type CommandContext, type Streams, VERSION } from "./options.ts";

/** Parses, runs, and returns the exit code. Throws what a command throws. */
export async function runCli(argv: readonly string[], streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const environment = Object.freeze({ ...process.env });
  let exitCode: ExitCode = EXIT.done;
  const program = new Command("syncsmith")
    .description("Turns a data source into a proven data connector.")
    .version(VERSION)
    .option("-w, --workspace <dir>", "where connectors live", environment.SYNCSMITH_WORKSPACE ?? "workspace")
    .option("--json", "one event per line on stdout; text for people goes to stderr", false)
    .option("--no-color", "plain text (also NO_COLOR)")
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
      color: boolean;
      cache?: string;
      python?: string;
    }>();
    const cache = options.cache ?? (environment.XDG_CACHE_HOME ? `${environment.XDG_CACHE_HOME}/syncsmith` : undefined);
    return Object.freeze({
      workspace: options.workspace,
      json: options.json,
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

/** Runs a command's work with its context and keeps the exit code. */
type Call = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

function addCommands(program: Command, call: Call): void {
  addBuild(program, call);
  addSteps(program, call);
  addReading(program, call);
  addHelpers(program, call);
}

const MODEL = new Option("--model <id>", "the model that fills gaps; none works from what the source says of itself")
  .default("none")
  .argParser((value: string) => {
    if (value === "none") return value;
    throw new UserError(`The model ${value} cannot be used yet: only --model none is built.`, {
      hint: "Leave --model away.",
    });
  });
const LOGS = ["--logs", "show what the connector prints", false] as const;
const TEST_MODE = new Option("--test-mode <mode>", "overrides the spec's test.mode").choices([
  "auto",
  "live",
  "simulated",
]);

function addBuild(program: Command, call: Call): void {
  program
    .command("build")
    .description("take one or more specs through all steps")
    .argument("<spec...>", "spec files, YAML or JSON")
    .addOption(MODEL)
    .addOption(TEST_MODE)
    .option("--force", "overwrite generated files that were edited by hand", false)
    .option(...LOGS)
    .action(
      (
        specs: string[],
        own: { model: string; force: boolean; logs: boolean; testMode?: "auto" | "live" | "simulated" },
      ) => call(async (context) => (await import("./frontends/build.ts")).build({ specs, ...own }, context)),
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
      .addOption(TEST_MODE)
      .option("--force", "overwrite generated files that were edited by hand", false)
      .option(...LOGS)
      .action((connector: string, own: { force: boolean; logs: boolean; testMode?: "auto" | "live" | "simulated" }) =>
        call(async (context) => (await import("./frontends/build.ts")).runStep({ step, connector, ...own }, context)),
      );
  }
  program
    .command("resume")
    .description("go on where the last run ended")
    .argument("<connector>")
    .option("--force", "overwrite generated files that were edited by hand", false)
    .action((connector: string, own: { force: boolean }) =>
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
    .description("rules for Fivetran connectors, on any connector's folder")
    .argument("<dir>", "a folder with a connector.py, written by anybody")
    .action((directory: string) =>
      call(async (context) => (await import("./frontends/lint.ts")).lint(directory, context)),
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
    .action(() => call(async (context) => (await import("./frontends/demo.ts")).demo(context)));
  program
    .command("doctor")
    .description("what is here, what is missing, and how to get it")
    .action(() => call(async (context) => (await import("./frontends/doctor.ts")).doctor(context)));
}
