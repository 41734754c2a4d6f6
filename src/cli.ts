/**
 * argv and environment become frozen options, checked once; the only reader of `process.env`. Commands are loaded when
 * they are called, so that `--help` costs little more than starting Node.
 */
import { type Command, CommanderError } from "commander";
import { addHosts } from "./cli/hosts.ts";
import { addPlatform } from "./cli/platform.ts";
import { type Call, contextOf, createProgram, unknownCommand } from "./cli/program.ts";
import {
  type Common,
  FORCE,
  LOGS,
  MAX_USD,
  MODEL,
  type ModelChoice,
  PROVIDER,
  QUICK,
  TEST_MODE,
  YES_DEPLOY,
  YES_SYNC,
} from "./cli/shared-options.ts";
import { EXIT, type ExitCode, messageOf, UserError } from "./errors.ts";
import { annotateError } from "./frontends/actions.ts";
import type { AdoptRequest } from "./frontends/adopt.ts";
import type { EnhanceRequest } from "./frontends/enhance.ts";
import type { CommonOptions, Streams } from "./options.ts";

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
      annotateError(error, { environment: environmentOf(around), streams });
      streams.stderr.write(`error: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ""}`);
      return error.exitCode;
    }
    streams.stderr.write(`This is a bug of Syncsmith's: ${messageOf(error)}\n${(error as Error).stack ?? ""}\n`);
    return EXIT.bug;
  }
}

function environmentOf({ environment }: Surroundings): CommonOptions["environment"] {
  return Object.freeze({ ...(environment ?? process.env) });
}

async function runCommand(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { streams, signal } = around;
  const world = { environment: environmentOf(around), streams, signal };
  const program = createProgram(world);
  let exitCode: ExitCode = EXIT.done;
  addCommands(program, async (work) => {
    exitCode = await work(contextOf(program, world));
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

function addCommands(program: Command, call: Call): void {
  addChat(program, call);
  addBuild(program, call);
  addAdopt(program, call);
  addSteps(program, call);
  addReading(program, call);
  addChanging(program, call);
  addHosts(program, call);
  addPlatform(program, call);
  addHelpers(program, call);
}

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

function addBuild(program: Command, call: Call): void {
  program
    .command("build")
    .description("take one or more specs through all steps")
    .argument("<spec...>", "spec files, YAML or JSON")
    .addOption(MODEL())
    .addOption(PROVIDER())
    .addOption(MAX_USD())
    .addOption(TEST_MODE)
    .option(...FORCE)
    .option(...QUICK)
    .option(...LOGS)
    .option(...YES_DEPLOY)
    .option(...YES_SYNC)
    .action((specs: string[], own: ModelChoice & Common & { yesDeploy: boolean; yesSync: boolean }) =>
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
    ["fix", "mend what the last report shows; what a changed blueprint makes of the code is generated"],
    ["document", "write README.md and DEPLOYMENT.md"],
    ["deploy", "hand the connector to the platform"],
    ["verify", "expected rows and SQL for the destination"],
  ] as const;
  for (const [step, description] of steps) {
    const command = program
      .command(step)
      .description(description)
      .argument("<connector>", "name of a connector in the workspace, or its directory")
      .addOption(MODEL())
      .addOption(PROVIDER())
      .addOption(MAX_USD())
      .addOption(TEST_MODE)
      .option(...FORCE)
      .option(...QUICK)
      .option(...LOGS)
      .action((connector: string, own: ModelChoice & Common & { yesDeploy?: boolean; yesSync?: boolean }) =>
        call(async (context) => (await import("./frontends/build.ts")).runStep({ step, connector, ...own }, context)),
      );
    if (step === "deploy") command.option(...YES_DEPLOY);
    if (step === "verify") command.option(...YES_SYNC);
  }
  program
    .command("resume")
    .description("go on where the last run ended")
    .argument("<connector>")
    .addOption(MODEL().default(undefined, "the last run's"))
    .addOption(PROVIDER().default(undefined, "the last run's"))
    .addOption(MAX_USD())
    .option(...FORCE)
    .option(...YES_DEPLOY)
    .option(...YES_SYNC)
    .action((connector: string, own: Partial<ModelChoice> & { force: boolean; yesDeploy: boolean; yesSync: boolean }) =>
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

function addChanging(program: Command, call: Call): void {
  program
    .command("enhance")
    .description("change a connector that is there: on a copy, proven, held against before; only green is taken over")
    .argument("<connector>", "name of a connector in the workspace, or its directory")
    .argument("[what]", "what should be different, in words, or the path of a file with it; needs a model")
    .option("--spec <file>", "a changed spec; alone it needs no model")
    .option("--accept-loss", "take it over although rows that came before do not come any more", false)
    .addOption(MODEL())
    .addOption(PROVIDER())
    .addOption(MAX_USD())
    .addOption(TEST_MODE)
    .option(...FORCE)
    .option(...QUICK)
    .option(...LOGS)
    .action((connector: string, what: string | undefined, own: Omit<EnhanceRequest, "connector" | "what">) =>
      call(async (context) => (await import("./frontends/enhance.ts")).enhance({ connector, what, ...own }, context)),
    );
  program
    .command("ask")
    .description("a question about a connector, answered from its files, pages and rows; nothing is changed")
    .argument("<connector>", "name of a connector in the workspace, or its directory")
    .argument("<question>", "in words")
    .addOption(MODEL())
    .addOption(PROVIDER())
    .addOption(MAX_USD())
    .action((connector: string, question: string, own: ModelChoice) =>
      call(async (context) => (await import("./frontends/ask.ts")).ask({ connector, question, ...own }, context)),
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
