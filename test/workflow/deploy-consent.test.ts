import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deploymentSchema } from "../../src/artifacts/deployment.ts";
import { EXIT, type UserError } from "../../src/errors.ts";
import type { Asked, Form, Said, ToolCall } from "../../src/frontends/mcp/said.ts";
import { createServer } from "../../src/frontends/mcp/state.ts";
import { deployConnector } from "../../src/frontends/mcp/tools/hand-over.ts";
import { prepareDeployment } from "../../src/targets/fivetran/deploy/deploy.ts";
import { deployApproval, deployStep } from "../../src/workflow/deploy.ts";
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
} from "../support/deployable.ts";
import { BASIC, type FakeAccount, type FivetranApiServer, startFivetranApi } from "../support/fivetran-api.ts";
import { PROGRAM } from "../support/mcp-host.ts";
import { startOnTerminal } from "../support/pseudo-terminal.ts";
import { runHere } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

let made: Deployable;
let store: Deployable["store"];
let workspace: string;

beforeAll(async () => {
  made = await makeDeployable("small");
  ({ store, workspace } = made);
});
afterAll(() => rm(workspace, { recursive: true, force: true }));
beforeEach(() => settle(made));

const context = (server: FivetranApiServer, options: ContextOptions = {}) => contextFor(made, server, options);
const deployment = () => store.read("deployment.json", deploymentSchema);

async function refusalOf(work: Promise<unknown>): Promise<{ text: string; exitCode: number }> {
  const error = await work.then(
    () => expect.unreachable("it was not refused"),
    (thrown: unknown) => thrown as UserError,
  );
  return { text: `${error.message} ${error.hint ?? ""}`, exitCode: error.exitCode };
}

describe("before anything is sent", () => {
  it("a pipe agrees to nothing: --yes-deploy does", async () => {
    await using server = await startFivetranApi();
    const { code, stderr } = await runHere(["deploy", NAME], { workspace, environment: environmentFor(server) });
    expect({ code, stderr }).toEqual({
      code: EXIT.refused,
      stderr: expect.stringContaining("hint: Agree with --yes-deploy"),
    });
    expect(server.requests).toEqual([]);
    await settle(made, { spec: { destination: { name: "lake" } } });
    const agreed = await runHere(["deploy", NAME, "--yes-deploy"], { workspace, environment: environmentFor(server) });
    expect(agreed).toMatchObject({ code: EXIT.badInput, stderr: expect.stringContaining("no destination lake") });
  });

  it(
    verifies("ci.signals", "a terminal that a CI job has asks nothing, is not coloured, and agrees to nothing"),
    async () => {
      await using server = await startFivetranApi();
      const terminal = startOnTerminal([process.execPath, PROGRAM, "--workspace", workspace, "deploy", NAME], {
        environment: { ...environmentFor(server), CI: "true" },
        columns: 200,
      });
      expect(await terminal.ended()).toBe(EXIT.refused);
      expect(terminal.bytes()).toContain("nobody agreed to deploying it");
      expect(terminal.bytes()).not.toContain("\u001b");
      expect(server.requests).toEqual([]);
    },
  );

  const cases: [string, ContextOptions & { account?: FakeAccount; spec?: object; report?: object }, RegExp, number][] =
    [
      ["no key", { environment: { FIVETRAN_API_KEY: undefined } }, /no Fivetran API key/, EXIT.badInput],
      ["a wrong key", { environment: { FIVETRAN_API_SECRET: "wrong" } }, /does not accept the API key/, EXIT.badInput],
      ["a value that is missing", { environment: { DESK_TOKEN: undefined } }, /DESK_TOKEN is not set/, EXIT.badInput],
      [
        "an unknown destination",
        { spec: { destination: { name: "lake" } } },
        /no destination lake\. It has warehouse/,
        EXIT.badInput,
      ],
      ["no destination", { spec: { destination: undefined } }, /names no destination/, EXIT.badInput],
      ["a red report", { report: { green: false } }, /report is not green/, EXIT.refused],
      ["another code's report", { report: { code_hash: "c".repeat(64) } }, /code changed since/, EXIT.refused],
      ["nobody to agree", { consent: undefined }, /nobody agreed.*--yes-deploy/, EXIT.refused],
      ["a no", { consent: async () => "no" }, /was not agreed to/, EXIT.refused],
      [
        "a name that another kind of connection has",
        { account: { connections: [present({ service: "postgres" })] } },
        /no Connector SDK connection but one of postgres/,
        EXIT.badInput,
      ],
      [
        "two destinations of that name",
        { account: { groups: [1, 2].map((n) => ({ id: `g${n}`, name: "warehouse" })) } },
        /2 destinations named warehouse/,
        EXIT.badInput,
      ],
    ];
  it.each(cases)(
    "%s is refused in a line",
    async (_, { account, spec, report: changes, ...options }, words, exitCode) => {
      await using server = await startFivetranApi(account);
      await settle(made, { ...(spec ? { spec } : {}), ...(changes ? { report: changes } : {}) });
      const said = await refusalOf(deployStep.run(context(server, options).of));
      expect(said.text).toMatch(words);
      expect(said.exitCode).toBe(exitCode);
      expect(server.changes()).toEqual([]);
      expect(await deployment()).toBeUndefined();
      expectNoSecret(said.text);
    },
  );

  it("a name that cannot be a connection's is refused by the target itself", async () => {
    const request = { name: "Lantern-Desk", destination: "warehouse", configuration: {}, keys: {}, last: undefined };
    const environment = { FIVETRAN_API_KEY: BASIC };
    const rest = { environment, signal: new AbortController().signal, conceal: () => {} };
    expect((await refusalOf(prepareDeployment({ ...request, ...rest }, made.python))).text).toMatch(
      /cannot be a connection's name/,
    );
    const configuration = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, ""]));
    const many = { ...request, ...rest, name: NAME, configuration };
    expect((await refusalOf(prepareDeployment(many, made.python))).text).toMatch(/101 keys/);
  });

  it("is asked about the Python of now: which one a proof ran on is not kept", async () => {
    await using server = await startFivetranApi();
    const shown: string[] = [];
    const consent = async ({ lines }: { lines: readonly string[] }) => {
      shown.push(...lines);
      return "no" as const;
    };
    await refusalOf(deployStep.run(context(server, { consent }).of));
    expect(shown).toContain(`it runs on Python ${made.python.version}, as tests here do now`);
    expect(shown.join()).not.toContain("proven");
  });

  it("what was agreed to is not done when the account or the code changed meanwhile", async () => {
    await using server = await startFivetranApi();
    const somebody = async () => {
      server.account.connections.push(present());
      return "yes" as const;
    };
    const said = await refusalOf(deployStep.run(context(server, { consent: somebody }).of));
    expect(said).toEqual({ text: expect.stringMatching(/account changed since/), exitCode: EXIT.refused });
    const path = join(store.directory, "connector.py");
    const code = await readFile(path, "utf8");
    const editor = async () => {
      await writeFile(path, `${code}\n`);
      return "yes" as const;
    };
    try {
      expect((await refusalOf(deployStep.run(context(server, { consent: editor }).of))).text).toMatch(
        /code changed while/,
      );
    } finally {
      await writeFile(path, code);
    }
    expect(server.changes()).toEqual([]);
  });

  it("what nobody agreed to yet is asked again in the next run, in the same words", async () => {
    await using server = await startFivetranApi();
    const { of, asked } = context(server, { consent: async () => "later" });
    expect((await deployStep.run(of)).outcome).toBe("skipped");
    expect((await deployment())?.outcome).toBe("not-agreed");
    expect(await deployStep.outputs(of)).toEqual([]);
    expect(await deployApproval(of)).toEqual(asked[0]);
    expect(server.changes()).toEqual([]);
  });

  it(
    verifies("deploy.elsewhere", "a target that is deployed by its own tools says what to run, and nothing is sent"),
    async () => {
      await using server = await startFivetranApi();
      const { of, asked } = context(server, { targets: [made.lakeflow] });
      const { outcome, summary } = await deployStep.run(of);
      expect(outcome).toBe("skipped");
      expect(summary).toContain("databricks bundle deploy");
      expect(asked).toEqual([]);
      await settle(made, { spec: { deploy: { enabled: false } } });
      expect((await deployStep.run(context(server).of)).summary).toContain("the spec does not ask for it");
      expect(server.requests).toEqual([]);
      await settle(made);
      await mkdir(join(store.directory, "fivetran"));

      const both = context(server, { targets: [made.fivetran, made.lakeflow] }).of;
      const approval = await deployApproval(both).finally(() =>
        rm(join(store.directory, "fivetran"), { recursive: true }),
      );
      expect("lines" in approval && approval.lines.at(-1)).toMatch(/^not done from here: a Lakeflow connector/);
    },
  );
});

describe("a person's yes", () => {
  it(
    verifies("mcp.consent", "a host's model deploys only what a person saw, line by line, and said yes to"),
    async () => {
      await using server = await startFivetranApi();
      const mcp = await createServer({
        ...{ workspace, json: false, logLevel: "silent", color: false, cacheDirectory: undefined, python: undefined },
        environment: environmentFor(server),
        streams: { stdout: new PassThrough(), stderr: new PassThrough() },
        signal: new AbortController().signal,
      });
      const shown: Form[] = [];
      const calling = (asked: Asked): ToolCall => ({
        signal: new AbortController().signal,
        answerBy: new AbortController().signal,
        progress: () => {},
        asked: () => asked,
        ask: (_, form) => {
          shown.push(form);
          return { inputRequired: true } as never;
        },
      });
      const call = async (asked: Asked) => deployConnector(mcp).run({ connector: NAME }, calling(asked));
      await expect(call({ state: "impossible" })).rejects.toThrow(/consent lantern_desk --deploy/);
      await call({ state: "unasked" });
      expect(shown[0]?.message).toMatch(
        /^Deploy lantern_desk\?\na new connection .*\n.*api_token, base_url, start_date\n/,
      );
      await expect(call({ state: "declined" })).rejects.toThrow(/Nothing was done/);
      expect(server.changes()).toEqual([]);
      const answer = (await call({ state: "answered", values: { agree: true } })) as Said;
      expect(answer.text).toMatch(/green: connection made: speak_inexpensive1/);
      const tested = "POST connections/speak_inexpensive1/test";
      expect(server.changes()).toEqual(["POST connector-sdk/packages", "POST connectors", tested]);
      // Another yes is wanted for what is something else: the connection is there now.
      await expect(call({ state: "impossible" })).rejects.toThrow(/is updated: its code is replaced/);
      expectNoSecret((await everythingIn(workspace)) + JSON.stringify([answer, shown]));
    },
  );
});
