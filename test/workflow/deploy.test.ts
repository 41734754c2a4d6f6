/** Step 7 with Fivetran's own command, against an account in memory: what is shown, what is sent, what is said of it. */
import { readdirSync, readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { deployedSchema, deploymentSchema } from "../../src/artifacts/deployment.ts";
import { prepareDeployment } from "../../src/targets/fivetran/deploy/deploy.ts";
import type { Target } from "../../src/targets/target.ts";
import { deployStep } from "../../src/workflow/deploy.ts";
import {
  type ContextOptions,
  contextFor,
  type Deployable,
  environmentFor,
  everythingIn,
  expectNoSecret,
  makeDeployable,
  NAME,
  presentConnection as present,
  settle,
  TOKEN,
} from "../support/deployable.ts";
import { BASIC, type FakeAccount, type FivetranApiServer, startFivetranApi } from "../support/fivetran-api.ts";
import { PROGRAM } from "../support/mcp-host.ts";
import { startOnTerminal } from "../support/pseudo-terminal.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

let made: Deployable;
let store: Deployable["store"];
let workspace: string;

beforeAll(async () => {
  made = await makeDeployable("generated");
  ({ store, workspace } = made);
});
afterAll(() => rm(workspace, { recursive: true, force: true }));
beforeEach(() => settle(made));

const context = (server: FivetranApiServer, options: ContextOptions = {}) => contextFor(made, server, options);
const deployment = () => store.read("deployment.json", deploymentSchema);

/** Of every process of this machine, with its arguments. */
function commandLines(): string {
  return processes()
    .map(({ arguments: given }) => given)
    .join("\n");
}

function processes(): { pid: string; arguments: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, arguments: readSafely(`/proc/${pid}/cmdline`) }));
}

interface GivenToCommand {
  environment: Record<string, string>;
  /** What is in its own folder, as one text. */
  folder: string;
}

/** What the command that talks to that server was given besides its arguments. Others may be at work beside it. */
async function givenToCommand(base: string): Promise<GivenToCommand | undefined> {
  for (const { pid, arguments: given } of processes()) {
    if (!given.includes("\0deploy\0") || !given.includes("\0--connection\0")) continue;
    const lines = readSafely(`/proc/${pid}/environ`).split("\0").filter(Boolean);
    const environment = Object.fromEntries(
      lines.map((line) => [line.split("=")[0] ?? "", line.replace(/^[^=]*=/, "")]),
    );
    const own = dirname(environment.HOME ?? "/");
    if (!basename(own).startsWith("syncsmith-deploy-")) continue;
    const folder = await everythingIn(own).catch(() => "");
    if (folder.includes(base)) return { environment, folder };
  }
  return undefined;
}

function readSafely(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

describe("deploying to Fivetran with its own command", () => {
  it(
    verifies("deploy.real-command", "makes a connection, then updates it, and says what of it is replaced"),
    async () => {
      const seen: string[] = [];
      const given: (GivenToCommand | undefined)[] = [];
      await using server = await startFivetranApi({
        routes: async ({ method, path }) => {
          if (method !== "POST" || path !== "connector-sdk/packages") return undefined;
          seen.push(commandLines());
          given.push(await givenToCommand(server.base));
          return undefined;
        },
      });
      const first = context(server, { environment: { MY_OTHER_TOKEN: "not-for-children" } });
      const done = await deployStep.run(first.of);
      const [connection] = server.account.connections;
      expect(done.outcome, done.summary).toBe("done");
      expect(first.asked[0]?.lines[0]).toBe(
        `a new connection ${NAME} in the destination warehouse; its tables go into the schema ${NAME}, and the name cannot be changed later`,
      );
      expect(connection).toMatchObject({ schema: NAME, paused: true, python_version: made.python.version });
      expect(connection?.secrets).toEqual({
        ...{ api_token: TOKEN, base_url: "https://api.lanterndesk.example/v2", start_date: "2024-01-01" },
      });
      const [[, uploaded = Buffer.alloc(0)] = []] = [...server.packages];
      expect(uploaded.includes("connector.py")).toBe(true);
      for (const file of ["README.md", "expected.json", "configuration.json"])
        expect(uploaded.includes(file)).toBe(false);
      expect(await deployment()).toMatchObject({
        ...{ outcome: "deployed", created: true, paused: true, connection_id: connection?.id, package_id: "package_1" },
        dashboard: `https://fivetran.com/dashboard/connections/${connection?.id}/status`,
        setup_tests: [{ title: "Connector starts", status: "PASSED", message: "" }],
      });
      expect(seen[0]).toContain("deploy");
      expect(seen[0]).toContain("/configuration");
      expectNoSecret(seen[0] ?? "");
      // The API key is in its environment alone, and nothing else of ours is; the configuration is in a pipe and in no file.
      const { FIVETRAN_API_KEY, ...environment } = given[0]?.environment ?? {};
      expect(FIVETRAN_API_KEY).toBe(BASIC);
      expect(Object.keys(environment)).toContain("HOME");
      expectNoSecret(JSON.stringify(environment));
      expect(JSON.stringify(environment)).not.toContain("not-for-children");
      expect(given[0]?.folder).toContain(server.base);
      expectNoSecret(given[0]?.folder ?? "");
      expectNoSecret((await everythingIn(workspace)) + JSON.stringify([done, first.events, first.asked]));

      // Again, on a connection that somebody started and gave a key that is not in ours.
      Object.assign(connection ?? {}, { paused: false });
      Object.assign(connection?.secrets ?? {}, { region: "eu" });
      const known = await store.read("deployed.json", deployedSchema);
      await store.write("deployed.json", { ...known, keys: { ...known?.keys, tickets: ["number"] } });
      const second = context(server);
      const updated = await deployStep.run(second.of);
      expect(updated).toEqual({
        outcome: "done",
        summary: expect.stringMatching(/connection updated: .*, not paused: https/),
      });
      expect(second.asked[0]?.lines).toEqual(
        expect.arrayContaining([
          expect.stringContaining(`the connection ${NAME} (${connection?.id}) in the destination warehouse is updated`),
          "it is not paused: its next sync runs the new code by itself",
          "deleted from its configuration: region",
          expect.stringContaining("the primary key of tickets changes from (number) to (id): drop the table"),
        ]),
      );
      expect(Object.keys(connection?.secrets ?? {}).sort()).toEqual(["api_token", "base_url", "start_date"]);
      expect(server.account.connections).toHaveLength(1);
      expect(server.changes().filter((change) => change.startsWith("PATCH"))).toHaveLength(1);
      expect((await store.read("deployed.json", deployedSchema))?.keys.tickets).toEqual(["id"]);
    },
  );

  it(
    verifies("deploy.outcomes", "a connection whose setup tests fail is there, and is not called deployed"),
    async () => {
      const setupTests = [{ title: "Connector starts", status: "FAILED", message: "api_token is not accepted" }];
      await using server = await startFivetranApi({ setupTests });
      const { of } = context(server);
      expect(await deployStep.run(of)).toEqual({
        outcome: "failed",
        summary: expect.stringMatching(
          /the connection was made, but its setup tests failed \(Connector starts: api_token is not accepted\).*paused/,
        ),
      });
      expect(await deployment()).toMatchObject({
        outcome: "setup-tests-failed",
        connection_id: "speak_inexpensive1",
        paused: true,
      });
    },
  );

  it("updates a connection of a slow account, and says that its setup tests failed then", async () => {
    const setupTests = [{ title: "Connector starts", status: "JOB_FAILED", message: "no memory" }];
    await using server = await startFivetranApi({
      ...{ connections: [present()], setupTests },
      routes: async () => {
        await sleep(100);
        return undefined;
      },
    });
    expect((await deployStep.run(context(server).of)).summary).toMatch(
      /the connection was updated, but its setup tests failed \(Connector starts: no memory\)/,
    );
    expect(await deployment()).toMatchObject({ outcome: "setup-tests-failed", created: false, paused: false });
    expect(server.account.connections[0]?.package_id).toBe("package_1");
  });

  it.each<[string, FakeAccount["routes"], RegExp]>([
    [
      "the old endpoint is gone",
      ({ path }) =>
        path.includes("connectors") ? { status: 404, body: { code: "NotFound", message: "gone" } } : undefined,
      /failed to list connections for destination 'warehouse'/,
    ],
    [
      "the server breaks at the last request",
      ({ method }) => (method === "PATCH" ? { status: 500, body: "<html>oops</html>" } : undefined),
      /deploy run failed.*package package_1\) is left over/,
    ],
    [
      "too many requests",
      ({ path }) => (path === "connector-sdk/packages" ? { status: 429, body: { message: "Slow down" } } : undefined),
      /failed to upload the package error: .*Slow down/,
    ],
  ])("leaves a connection as it was when it fails, and says so: %s", async (_, routes, why) => {
    await using server = await startFivetranApi({ connections: [present()], routes });
    const { of } = context(server);
    const { outcome, summary } = await deployStep.run(of);
    expect(outcome).toBe("failed");
    expect(summary).toMatch(why);
    expect(summary).toContain("The connection is as it was before, with its code and its configuration");
    expect(server.account.connections).toEqual([present()]);
    expect(await deployment()).toMatchObject({ outcome: "failed", connection_id: "old_one" });
    expect(await store.read("deployed.json", deployedSchema), "nothing got through").toBeUndefined();
    expectNoSecret(await everythingIn(workspace));
  });

  it("stops a command that does not end", async () => {
    await using server = await startFivetranApi({
      connections: [present()],
      routes: ({ path }) => (path.includes("connectors") ? { status: 200, after: "never" } : undefined),
    });
    const limits = { commandSeconds: 1, answerSeconds: 30 };
    const hasty: Target = {
      ...made.fivetran,
      deploying: { by: "here", prepare: (request) => prepareDeployment(request, made.python, limits) },
    };
    const { of } = context(server, { targets: [hasty] });
    expect(await deployStep.run(of)).toEqual({
      outcome: "failed",
      summary: expect.stringMatching(/did not end within 1 s and was stopped\. The connection is as it was before/),
    });
  });

  it("says when the account took it although the command failed", async () => {
    await using server = await startFivetranApi({
      connections: [present()],
      routes: ({ method }) => {
        if (method !== "PATCH") return undefined;
        // It is done, and the answer is lost.
        Object.assign(server.account.connections[0] ?? {}, { package_id: [...server.packages.keys()].at(-1) });
        return { status: 502, body: "<html>" };
      },
    });
    const { outcome, summary } = await deployStep.run(context(server).of);
    expect(outcome).toBe("failed");
    expect(summary).toContain("The connection changed nevertheless: it may run the new code");
  });

  it(
    verifies("deploy.secrets", "asks in a terminal, and leaves no value of the configuration behind when it is killed"),
    async () => {
      const temporary = await temporaryDirectory();
      await using server = await startFivetranApi({
        routes: ({ path }) => {
          if (path !== "connector-sdk/packages") return undefined;
          terminal.kill(9);
          return { status: 500, after: "never" };
        },
      });
      const terminal = startOnTerminal([process.execPath, PROGRAM, "--workspace", workspace, "deploy", NAME], {
        environment: { ...environmentFor(server), TMPDIR: temporary },
        columns: 200,
      });
      await terminal.shows("Yes or no?", 1, 40_000);
      expect(terminal.screen().join("\n")).toContain(`a new connection ${NAME} in the destination warehouse`);
      expect(server.changes(), "nothing before a yes").toEqual([]);
      terminal.type("yes\r");
      expect(await terminal.ended()).not.toBe(0);
      expect(server.changes()).toEqual(["POST connector-sdk/packages"]);
      const left = await readdir(temporary);
      expect(
        left.filter((name) => name.startsWith("syncsmith-deploy-")),
        "it was killed in the middle",
      ).toHaveLength(1);
      expectNoSecret((await everythingIn(temporary)) + (await everythingIn(workspace)) + terminal.bytes());
      await rm(temporary, { recursive: true, force: true });
    },
  );

  it("ends the command when it is interrupted, and leaves no folder behind", async () => {
    const interrupt = new AbortController();
    const usual = process.env.TMPDIR;
    const temporary = await temporaryDirectory();
    onTestFinished(() => {
      if (usual === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = usual;
    });
    process.env.TMPDIR = temporary;
    await using server = await startFivetranApi({
      routes: ({ path }) => {
        if (path !== "connector-sdk/packages") return undefined;
        interrupt.abort();
        return { status: 500, after: "never" };
      },
    });
    await expect(deployStep.run(context(server, { signal: interrupt.signal }).of)).rejects.toThrow(/abort/i);
    expect(await readdir(temporary)).toEqual([]);
    expect(server.account.connections).toEqual([]);
  });
});
