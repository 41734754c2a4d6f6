/**
 * A connector into a Fivetran account: asked about first, done by Fivetran's own command, and then read back through the REST
 * API, because what the command prints is for people and changes with its version.
 */
import type { DeploymentEnd } from "../../../artifacts/deployment.ts";
import { EXIT, messageOf, UserError } from "../../../errors.ts";
import { listFiles } from "../../../system/files.ts";
import type { PythonEnv } from "../../../system/python-env.ts";
import type { DeployPlan, DeployRequest, DeployRun } from "../../deploying.ts";
import { createFivetranApi, type FivetranApi } from "../api/client.ts";
import { fivetranBase, fivetranCredentials } from "../api/credentials.ts";
import { type Connection, connectionSchema, dashboardOf, failedTests, type SetupTest } from "../api/shapes.ts";
import { type CommandEnd, runDeployCommand } from "./command.ts";
import { type Printed, readPrinted } from "./output.ts";
import { checkRequest, findConnection, linesOf, lookAround, type Present, readConnection } from "./plan.ts";

export interface DeployLimits {
  /** Longest run of the command: Fivetran runs its setup tests meanwhile. */
  commandSeconds: number;
  /** Longest wait for one answer of the API. */
  answerSeconds: number;
}

const LIMITS: DeployLimits = { commandSeconds: 15 * 60, answerSeconds: 30 };
/** Fivetran starts the connector for them. */
const SETUP_TESTS_SECONDS = 180;

/** Asks, and sends nothing. Throws `UserError` where it cannot go on. */
export async function prepareDeployment(
  request: DeployRequest,
  python: PythonEnv,
  limits: DeployLimits = LIMITS,
): Promise<DeployPlan> {
  const { basic, secrets } = fivetranCredentials(request.environment);
  request.conceal(...secrets);
  checkRequest(request);
  const base = fivetranBase(request.environment);
  const api = createFivetranApi({ base, basic, signal: request.signal, seconds: limits.answerSeconds });
  const present = await lookAround(api, request);
  const lines = [
    ...linesOf(present, request),
    `it runs on Python ${python.version}, as tests here do now`,
    `sent to ${base} by Fivetran's own command, which loads the code here, with the API key in its environment`,
  ];
  const run = async (how: DeployRun): Promise<DeploymentEnd> => {
    const now = await lookAround(api, request);
    if (linesOf(now, request).join("\n") !== linesOf(present, request).join("\n")) {
      throw new UserError("The account changed since it was asked about: this is not what was agreed to any more.", {
        hint: "Deploy again: you are shown what would happen now.",
        exitCode: EXIT.refused,
      });
    }
    await refuseLeftOut(how.code);
    const { name, configuration, environment, signal } = request;
    how.onProgress(`uploading to ${present.group.name}`);
    const end = await runDeployCommand({
      ...{ python, code: how.code, destination: present.group.name, connection: name, configuration, base, basic },
      ...{ environment, signal, seconds: limits.commandSeconds, onLine: how.onLine },
    });
    signal.throwIfAborted();
    how.onProgress("reading the connection back");
    return judge(api, { name, present: now, end, printed: readPrinted(end.lines), limits });
  };
  return { lines, run };
}

/** Fivetran's command leaves these out wherever they are, whatever is in them. */
const LEFT_OUT = ["lib", "include"];

async function refuseLeftOut(code: string): Promise<void> {
  const lost = (await listFiles(code)).find((path) =>
    path
      .split("/")
      .slice(0, -1)
      .some((part) => LEFT_OUT.includes(part)),
  );
  if (lost === undefined) return;
  throw new UserError(`Nothing was sent. Fivetran's command would leave out ${lost}.`, {
    hint: `Name its folder differently: ${LEFT_OUT.join(" and ")} are not uploaded.`,
  });
}

interface Done {
  name: string;
  /** As it was before. */
  present: Present;
  end: CommandEnd;
  printed: Printed;
  limits: DeployLimits;
}

async function judge(api: FivetranApi, done: Done): Promise<DeploymentEnd> {
  const { name, present, printed, end } = done;
  const read = await readBack(api, done);
  const succeeded = end.exitCode === 0 || printed.testsFailed;
  if (!succeeded) return failed(done, read);
  const id = ("connection" in read ? read.connection?.id : undefined) ?? printed.connection ?? present.connection?.id;
  const told = {
    destination: present.group.name,
    connection: name,
    ...(id === undefined ? {} : { connection_id: id, dashboard: dashboardOf(id) }),
    created: present.connection === undefined,
    ...(printed.packageId === undefined ? {} : { package_id: printed.packageId }),
  };
  if (!("connection" in read) || read.connection === undefined) {
    const why = "problem" in read ? read.problem : "Fivetran does not list it";
    const outcome = printed.testsFailed ? "setup-tests-failed" : "deployed";
    return { ...told, ...testsOf(printed.failedTests), outcome, reason: `it could not be read back: ${why}` };
  }
  const tests = await setupTests(api, read.connection, printed);
  const wrong = failedTests(tests);
  const readFields = { ...told, ...testsOf(tests), paused: read.connection.paused };
  if (wrong.length > 0 || printed.testsFailed)
    return { ...readFields, outcome: "setup-tests-failed", reason: testsInWords(told.created, wrong) };
  return { ...readFields, outcome: "deployed", reason: remark(done, read.connection, tests) };
}

type ReadBack = { connection: Connection | undefined } | { problem: string };

/** By the id that was printed, else by the name: what the command said it did is looked at, not believed. */
async function readBack(api: FivetranApi, { name, present, printed }: Done): Promise<ReadBack> {
  const id = present.connection?.id ?? printed.connection;
  try {
    return {
      connection: id === undefined ? await findConnection(api, present.group, name) : await readConnection(api, id),
    };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** Of the answer, else run once more: an answer without them says nothing about them. */
async function setupTests(api: FivetranApi, connection: Connection, printed: Printed): Promise<SetupTest[]> {
  if (connection.setup_tests) return connection.setup_tests;
  if (printed.failedTests.length > 0) return printed.failedTests;
  const path = `connections/${encodeURIComponent(connection.id)}/test`;
  const schema = connectionSchema.pick({ setup_tests: true });
  const answer = await api.post(path, schema, { body: {}, seconds: SETUP_TESTS_SECONDS }).catch(() => undefined);
  return answer?.setup_tests ?? [];
}

function testsOf(tests: readonly SetupTest[]): Pick<DeploymentEnd, "setup_tests"> {
  return { setup_tests: tests.map(({ title, status, message }) => ({ title, status, message: message ?? "" })) };
}

function testsInWords(created: boolean, wrong: readonly SetupTest[]): string {
  const named = wrong.map(({ title, message }) => (message ? `${title}: ${message}` : title)).join("; ");
  const what = created ? "the connection was made" : "the connection was updated";
  return `${what}, but its setup tests failed${named === "" ? "" : ` (${named})`}: correct the configuration and deploy again`;
}

/** What is worth saying of a deployment that went well. */
function remark({ present, printed }: Done, connection: Connection, tests: readonly SetupTest[]): string {
  const wanted = printed.packageId;
  const found = connection.config?.package_id;
  return [
    ...(present.connection === undefined && !connection.paused ? ["it is not paused, as a new one should be"] : []),
    ...(tests.length === 0 ? ["Fivetran told of no setup tests"] : []),
    ...(wanted && found && wanted !== found ? [`it runs the package ${found}, and ${wanted} was uploaded`] : []),
  ].join("; ");
}

/** The command did not do it. What the account has now is looked at, so that nobody has to guess. */
function failed({ name, present, printed, end, limits }: Done, read: ReadBack): DeploymentEnd {
  const before = present.connection;
  const why = end.timedOut
    ? `Fivetran's command did not end within ${limits.commandSeconds} s and was stopped`
    : printed.complaint || `Fivetran's command ended with ${end.exitCode ?? "a signal"}`;
  const told = { destination: present.group.name, connection: name };
  const id = before?.id ?? ("connection" in read ? read.connection?.id : undefined);
  return {
    ...told,
    ...(id === undefined ? {} : { connection_id: id, dashboard: dashboardOf(id) }),
    outcome: "failed",
    reason: [`${why}${olderPath(why)}`, standing(before, read), ...leftOver(printed, read)].join(". "),
  };
}

function leftOver({ packageId, cleanedUp }: Printed, read: ReadBack): string[] {
  const used = "connection" in read && read.connection?.config?.package_id === packageId;
  return packageId === undefined || cleanedUp || used
    ? []
    : [
        `The code that was uploaded (package ${packageId}) is left over in the account, and no connection is known to use it`,
      ];
}

/** The same was asked before, under today's path, and answered. */
function olderPath(why: string): string {
  return /failed to list connections/i.test(why)
    ? ", under an older path of the API than the one that answers; a newer version of Fivetran's command may use that"
    : "";
}

function standing(before: Connection | undefined, read: ReadBack): string {
  if ("problem" in read) {
    const what = before === undefined ? "Whether a connection was made" : "Whether the connection is as it was";
    return `${what} could not be read back (${read.problem}): look at the dashboard`;
  }
  const { connection } = read;
  if (before === undefined) {
    return connection === undefined
      ? "No connection was made"
      : `A connection was made nevertheless (${connection.id}, ${connection.paused ? "paused" : "not paused"}): look at it before you deploy again`;
  }
  if (connection === undefined) return "The connection that was there is not there any more: look at the dashboard";
  if (!before.config?.package_id || !connection.config?.package_id)
    return "Which code the connection runs now could not be read: look at the dashboard";
  // Code and configuration are replaced by one request: the code of before goes with the values of before.
  return JSON.stringify(codeAndKeys(connection)) === JSON.stringify(codeAndKeys(before))
    ? "The connection is as it was before, with its code and its configuration"
    : "The connection changed nevertheless: it may run the new code. Look at the dashboard";
}

/** What of a connection a deployment replaces, as far as it can be read. */
function codeAndKeys({ config, paused }: Connection) {
  return [config?.package_id, config?.python_version, config?.secrets_list?.map(({ key }) => key).sort(), paused];
}
