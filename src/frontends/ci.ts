/** Workflows for GitHub: one that tests and deploys a connector, and one that builds specs. */
import { access } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { execa } from "execa";
import { CONTRACT } from "../artifacts/contract.ts";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { isDirectory } from "../system/files.ts";
import { findPython } from "../system/python-env.ts";
import { BUILD_WORKFLOW, buildWorkflow } from "../workflow/ci/build-workflow.ts";
import { placeWorkflows } from "../workflow/ci/place-workflows.ts";
import { needBlueprint, needRequirements } from "../workflow/step.ts";
import { openStore, type Store } from "../workflow/store.ts";
import { findConnector } from "./session.ts";

export interface CiRequest {
  connector: string;
  /** Default: the one that the connector is in. */
  repository?: string;
  branch: string;
  force: boolean;
}

export async function ci({ connector, branch, force, ...own }: CiRequest, context: CommandContext): Promise<ExitCode> {
  const store = await openStore(await findConnector(context, connector));
  const { name, directory, keys } = await deployable(store);
  const repository = await repositoryOf(directory, own.repository);
  const { deployWorkflow } = await import("../targets/fivetran/ci/deploy-workflow.ts");
  const folder = relative(repository, directory).split(sep).join("/");
  const requirements = await exists(join(directory, "requirements.txt"));
  // What the tests here run with, and what a deployment from here asks the platform for.
  const { version: python } = await findPython(context.python);
  const deploy = deployWorkflow({ name, folder, branch, keys, requirements, python });
  const written = await placeWorkflows(repository, [deploy, buildWorkflow()], { force });
  if (context.json) {
    const paths = { deploy: deploy.path, build: BUILD_WORKFLOW };
    context.streams.stdout.write(`${JSON.stringify({ repository, ...paths, written, secrets: deploy.secrets })}\n`);
    return EXIT.done;
  }
  const state = (path: string) => `${written.includes(path) ? "Wrote" : "Unchanged:"} ${join(repository, path)}\n`;
  context.streams.stdout.write(`${state(deploy.path)}${state(BUILD_WORKFLOW)}${secretWords(deploy.secrets)}`);
  for (const line of await shortfalls(repository, directory)) context.streams.stderr.write(`${line}\n`);
  return EXIT.done;
}

/** What keeps the workflow from doing all it is for. */
async function shortfalls(repository: string, directory: string): Promise<string[]> {
  const contract = await isDirectory(join(directory, CONTRACT));
  const ignored = await execa("git", ["-C", repository, "check-ignore", "-q", directory], { reject: false });
  return [
    ...(contract
      ? []
      : [
          `There is no ${CONTRACT} yet: until a full test is green and documented, only the connector's smaller tests run.`,
        ]),
    ...(ignored.exitCode === 0
      ? [`git ignores ${directory}: the workflow finds no connector until it is committed with the repository.`]
      : []),
  ];
}

function secretWords({ required, optional }: { required: string[]; optional: string[] }): string {
  const lines = [
    "Secrets that the repository needs, for example by `gh secret set NAME`:",
    ...required.map((name) => `  ${name}`),
    ...(optional.length > 0 ? ["Secrets that it may have:", ...optional.map((name) => `  ${name}`)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

interface Deployable {
  name: string;
  /** Of the code that is deployed. */
  directory: string;
  keys: { key: string; required: boolean }[];
}

/** Throws `UserError` for a connector that no workflow could test and deploy. */
async function deployable(store: Store): Promise<Deployable> {
  const { spec } = await needRequirements({ store });
  const blueprint = await needBlueprint({ store });
  if (spec.target === "lakeflow") {
    throw new UserError(
      `${blueprint.name} is for Lakeflow, and only Fivetran's connectors are deployed by a workflow.`,
      {
        hint: "README.md of the connector says how it is taken into a pipeline.",
      },
    );
  }
  const directory = spec.target === "both" ? join(store.directory, "fivetran") : store.directory;
  if (!(await isDirectory(join(directory, "tests")))) {
    throw new UserError(`${blueprint.name} has no tests that a workflow could run before it deploys.`, {
      hint: spec.adopted ? "Add a package tests to the connector." : `Run \`syncsmith generate ${blueprint.name}\`.`,
    });
  }
  const { adopted } = spec;
  const keys = adopted
    ? Object.keys(adopted.configuration).map((key) => ({ key, required: true }))
    : blueprint.configuration.map(({ key, required, default: fallback }) => ({
        key,
        required: required && fallback === undefined,
      }));
  return { name: blueprint.name, directory, keys };
}

/** The nearest folder above that git knows. */
async function repositoryOf(directory: string, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    const repository = resolve(named);
    const path = relative(repository, directory);
    if (path.split(sep)[0] === "..") throw new UserError(`The connector ${directory} is not in ${repository}.`);
    return repository;
  }
  for (let folder = directory; ; folder = dirname(folder)) {
    if (await exists(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) break;
  }
  throw new UserError(`${directory} is in no git repository.`, { hint: "Name its folder with --repository DIR." });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
