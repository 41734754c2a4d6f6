import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, it } from "vitest";
import { findPython } from "../../src/system/python-env.ts";
import { openStore } from "../../src/workflow/store.ts";
import { type JobRun, readWorkflow, runJob, type Workflow } from "../support/actions-runner.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const actionlint = (await execa("actionlint", ["-version"], { reject: false })).exitCode === 0;
let repository: string;
let workspace: string;
let programs: string;
const SECRET = "s3cret \"quoted\" 'twice' $HOME `id`\nsecond line";
const KEY = "a2V5OnNlY3JldA==";

beforeEach(async () => {
  repository = await temporaryDirectory();
  workspace = join(repository, "team connectors");
  programs = await temporaryDirectory();
  await execa("git", ["init", "-q", repository]);
  await connector("shop");
});

/** What a build leaves, as far as a workflow needs it. */
async function connector(name: string, spec: Record<string, unknown> = {}, tests = true): Promise<string> {
  const store = await openStore(join(workspace, name));
  const source = { kind: "rest", auth: { kind: "bearer", token: "${env:SHOP_TOKEN}" }, docs: ["shop.yaml"] };
  await store.write("requirements.json", {
    version: 1,
    name,
    spec: { name, source, ...spec },
    spec_address: "spec.yaml",
  });
  const key = (key: string, required: boolean) => ({ key, description: "x", secret: required, required });
  const blueprint = makeBlueprint([{}], { configuration: [key("api_token", true), key("page_size", false)] });
  await store.write("blueprint.json", { ...blueprint, name });
  await writeFile(join(store.directory, "requirements.txt"), "# nothing\n");
  if (tests) {
    await mkdir(join(store.directory, "tests/contract"), { recursive: true });
    await writeFile(join(store.directory, "tests/__init__.py"), "");
    await writeFile(join(store.directory, "tests/contract/__init__.py"), "");
    await contract(store.directory, "1, 1");
  }
  return store.directory;
}

function contract(directory: string, compared: string): Promise<void> {
  const test = `import unittest\n\nclass Syncs(unittest.TestCase):\n    def test_rows(self):\n        self.assertEqual(${compared})\n`;
  return writeFile(join(directory, "tests/contract/test_contract.py"), test);
}

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(programs, name), text);
  await chmod(join(programs, name), 0o755);
}

const ci = (...args: string[]) => runHere(["ci", "shop", ...args], { workspace });
const deployFile = () => join(repository, ".github/workflows/shop_deploy.yml");
const buildFile = () => join(repository, ".github/workflows/syncsmith_build.yml");

async function written(): Promise<Workflow> {
  expect((await ci()).code).toBe(0);
  return readWorkflow(deployFile());
}

describe("the workflow of a connector", () => {
  it(
    verifies("ci.written", "is set off by the connector's files, tests pull requests, and deploys the branch"),
    async () => {
      const { code, stdout } = await ci("--branch", "release");
      expect(code).toBe(0);
      expect(stdout).toContain(
        "  FIVETRAN_API_KEY\n  SHOP_FIVETRAN_DESTINATION\n  SFL_SHOP_API_TOKEN\nSecrets that it may have:\n  SFL_SHOP_PAGE_SIZE\n",
      );
      const { on, permissions, jobs } = await readWorkflow(deployFile());
      const paths = ["team connectors/shop/**", ".github/workflows/shop_deploy.yml"];
      expect(on).toEqual({ push: { branches: ["release"], paths }, pull_request: { paths }, workflow_dispatch: null });
      expect(permissions).toEqual({ contents: "read" });
      expect(jobs.test?.if).toBeUndefined();
      // What is changed is told from what was there before.
      expect(jobs.test?.steps[0]).toMatchObject({ uses: "actions/checkout@v6", with: { "fetch-depth": 2 } });
      expect(jobs.deploy).toMatchObject({
        needs: "test",
        if: "github.event_name != 'pull_request' && github.ref == 'refs/heads/release'",
      });
    },
  );

  it("puts nothing that somebody else chose into a command, and no secret into the job that runs a pull request's code", async () => {
    const { jobs } = await written();
    await readWorkflow(buildFile());
    for (const path of [deployFile(), buildFile()]) {
      const steps = Object.values((await readWorkflow(path)).jobs).flatMap((job) => job.steps);
      for (const { run = "" } of steps) expect(run).not.toContain("${{");
    }
    expect(JSON.stringify(jobs.test)).not.toContain("secrets.");
  });

  it.skipIf(!actionlint)(`is accepted by actionlint${actionlint ? "" : " (which is not on the PATH)"}`, async () => {
    await written();
    const { all } = await execa("actionlint", [deployFile(), buildFile()], { reject: false, all: true });
    expect(all).toBe("");
  });

  it("has names of secrets that GitHub takes", async () => {
    await connector("github");
    const { stdout } = await runHere(["--json", "ci", "github"], { workspace });
    expect(JSON.parse(stdout).secrets).toEqual({
      required: ["FIVETRAN_API_KEY", "SFL_GITHUB_FIVETRAN_DESTINATION", "SFL_GITHUB_API_TOKEN"],
      optional: ["SFL_GITHUB_PAGE_SIZE"],
    });
  });

  it(
    verifies(
      "ci.guarded",
      "is written over as long as nobody edited it, in any clone, and otherwise only with --force",
    ),
    async () => {
      await ci();
      const first = await readFile(deployFile(), "utf8");
      // Another clone: line ends of Windows, and nothing of what the workspace remembers.
      await writeFile(deployFile(), first.replaceAll("\n", "\r\n"));
      expect((await ci()).stdout).toContain("Unchanged:");
      expect((await ci("--branch", "release")).code).toBe(0);
      await writeFile(
        deployFile(),
        (await readFile(deployFile(), "utf8")).replace("timeout-minutes: 30", "timeout-minutes: 5"),
      );
      await writeFile(
        buildFile(),
        (await readFile(buildFile(), "utf8")).replace("fail-fast: false", "fail-fast: true"),
      );
      const refused = await ci();
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/shop_deploy\.yml, .*syncsmith_build\.yml changed/);
      expect(refused.stderr).toContain("-    timeout-minutes: 5");
      expect(await readFile(deployFile(), "utf8")).toContain("release");
      expect((await ci("--force")).code).toBe(0);
      expect(await readFile(deployFile(), "utf8")).toBe(first);
    },
  );

  it("is refused where it could not work, and what it lacks is said", async () => {
    const other = (name: string, ...args: string[]) => runHere(["ci", name, ...args], { workspace });
    await connector("lake", { target: "lakeflow" });
    await connector("bare", {}, false);
    expect(await other("lake")).toMatchObject({ code: 2, stderr: expect.stringContaining("for Lakeflow") });
    expect(await other("bare")).toMatchObject({ code: 2, stderr: expect.stringContaining("no tests") });
    const elsewhere = await other("shop", "--repository", programs);
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("is not in") });
    expect(await readdir(repository)).not.toContain(".github");
    await writeFile(join(repository, ".gitignore"), "team connectors/\n");
    expect((await ci()).stderr).toContain("git ignores");
  });
});

describe("its job for tests, run", () => {
  const PYTHON = `#!/bin/bash\nif [ "$2" = pip ]; then echo "$@" >> "$RUNNER_TEMP/pip"; exit 0; fi\nexec python3 "$@"\n`;
  const test = async (workflow: Workflow) => {
    await program("python", PYTHON);
    return runJob(workflow, { repository, job: "test", programs });
  };

  it(verifies("ci.runs", "runs the contract suite and reports it as the job's summary"), async () => {
    const workflow = await written();
    const green = await test(workflow);
    expect(green.code, green.output).toBe(0);
    expect(await readFile(join(green.temporary, "pip"), "utf8")).toMatch(
      /"?fivetran-connector-sdk==2\.13\.1"? --requirement requirements\.txt/,
    );
    expect(green.summary).toMatch(/^## Tests of shop\n\nRan 1 test in .*\nOK\n/);
    await contract(join(workspace, "shop"), "250, 249");
    const red = await test(workflow);
    expect(red.code).toBe(1);
    expect(red.summary).toContain("FAILED (failures=1)");
    expect(red.summary).toMatch(/^- \*\*FAIL\*\* <code>test_rows /m);
    expect(red.summary).toContain("AssertionError: 250 != 249");
  });

  it(verifies("ci.runs", "names all that is not what was proven, and a proof that was rewritten"), async () => {
    const workflow = await written();
    const directory = join(workspace, "shop");
    const write = (path: string, text: string) => writeFile(join(directory, path), text);
    const commit = async () => {
      const author = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
      await execa("git", ["-C", repository, "add", "--all"]);
      await execa("git", ["-C", repository, ...author, "commit", "-q", "-m", "x"]);
    };
    const sums = async (...paths: string[]) =>
      (await execa("sha256sum", paths, { cwd: directory, stripFinalNewline: false })).stdout;
    await rm(join(directory, "requirements.txt"));
    await write("connector.py", "");
    await write("café.csv", "1\n");
    await write("tests/contract/report.md", "# Green\n");
    await write("tests/contract/proven.sha256", await sums("connector.py", "café.csv", "tests/__init__.py"));
    for (const path of ["README.md", "shop_api_doc.md", ".gitignore"]) await write(path, "__pycache__\n");
    await commit();
    const first = await test(workflow);
    expect(first.summary).toContain("\nThis very code was proven:\n\n# Green\n");

    // No Python among it, and installed by the next job.
    await write("requirements.txt", "something\n");
    await mkdir(join(directory, "data"));
    await write("data/codes.csv", "1\n");
    await mkdir(join(directory, ".hidden"));
    await write(".hidden/more.py", "");
    await commit();
    const more = await test(workflow);
    expect(more.summary).toMatch(
      /this code was not:\n\n- <code>\.hidden\/more\.py<\/code>\n- <code>data\/codes\.csv<\/code>\n- <code>requirements\.txt<\/code>\n\n# Green/,
    );
    expect(more.summary).not.toContain("writes the proof itself");

    const all = [
      "connector.py",
      "café.csv",
      "tests/__init__.py",
      "requirements.txt",
      "data/codes.csv",
      ".hidden/more.py",
    ];
    await write("tests/contract/proven.sha256", await sums(...all));
    await commit();
    const rewritten = await test(workflow);
    expect(rewritten.summary).toContain("\nThis very code was proven:\n");
    expect(rewritten.summary).toMatch(
      /This change writes the proof itself, .*\n\n- <code>tests\/contract\/proven\.sha256<\/code>\n/,
    );
    await rm(join(directory, "tests/contract"), { recursive: true });
    await commit();
    const gone = await test(workflow);
    expect(gone.summary).toContain("- <code>tests/contract/report.md</code>");
  });
});

describe("its job for deploying, run", () => {
  /** Says what it was given; a secret on the command line would be in it. */
  const FIVETRAN = `#!/bin/bash
echo "fivetran $*"
echo "for $FIVETRAN_CONNECTION_NAME in $FIVETRAN_DESTINATION_NAME"
env > "$RUNNER_TEMP/environment"
stat -c %a "$3"
cp "$3" "$RUNNER_TEMP/received.json"
[ -t 0 ] && echo "a terminal"
echo "$FAKE_OUTPUT"
echo "key \${FIVETRAN_API_KEY:0:8}****"
exit "$FAKE_CODE"
`;
  const SECRETS = {
    "secrets.SFL_SHOP_API_TOKEN": SECRET,
    "secrets.FIVETRAN_API_KEY": KEY,
    "secrets.SHOP_FIVETRAN_DESTINATION": "Lake",
  };
  const deploy = async (own: Partial<JobRun> & { says?: string; code?: number } = {}) => {
    await program("python", `#!/bin/bash\nif [ "$2" = pip ]; then exit 0; fi\nexec python3 "$@"\n`);
    await program("fivetran", FIVETRAN);
    const { says = "connection updated", code = 0, ...rest } = own;
    const environment = { FAKE_OUTPUT: says, FAKE_CODE: String(code) };
    return runJob(await written(), { repository, job: "deploy", programs, values: SECRETS, environment, ...rest });
  };

  it(
    verifies(
      "ci.secrets",
      "gives the configuration in a private file that is gone afterwards, and the key in the environment",
    ),
    async () => {
      const done = await deploy();
      expect(done.code, done.output).toBe(0);
      // The one that connectors are tested on here now; which one a proof ran on is not kept.
      const { version: python } = await findPython(undefined);
      expect(done.output).toContain(
        `fivetran deploy --configuration ${done.temporary}/configuration.json --python-version ${python} --force\n`,
      );
      expect(done.output).toContain("for shop in Lake\n600\n");
      expect(done.output).not.toContain("a terminal");
      expect(JSON.parse(await readFile(join(done.temporary, "received.json"), "utf8"))).toEqual({ api_token: SECRET });
      await expect(stat(join(done.temporary, "configuration.json"))).rejects.toThrow("ENOENT");
      const environment = await readFile(join(done.temporary, "environment"), "utf8");
      expect(environment).toContain(`FIVETRAN_API_KEY=${KEY}\n`);
      // The source's credentials are the business of the step that writes them, and of no other.
      expect(environment).not.toContain("s3cret");
      // Told to the runner as what it must mask, and nowhere else.
      const shown = `${done.output}${done.summary}`.replace(`::add-mask::${KEY.slice(0, 8)}\n`, "");
      expect(shown).not.toMatch(/s3cret|a2V5/);
      expect(done.summary).toContain("key ********\n");
      expect(done.summary).toContain("## Deployment of shop\n\n~~~~~text\nfivetran deploy");
    },
  );

  it("takes an optional value where its secret is set", async () => {
    const done = await deploy({ values: { ...SECRETS, "secrets.SFL_SHOP_PAGE_SIZE": "50" } });
    const received = JSON.parse(await readFile(join(done.temporary, "received.json"), "utf8"));
    expect(received).toEqual({ api_token: SECRET, page_size: "50" });
  });

  it.each(["SFL_SHOP_API_TOKEN", "FIVETRAN_API_KEY", "SHOP_FIVETRAN_DESTINATION"])(
    "calls nothing without the secret %s",
    async (name) => {
      const refused = await deploy({ values: { ...SECRETS, [`secrets.${name}`]: "" } });
      expect(refused.code).toBe(1);
      expect(refused.output).toMatch(new RegExp(`^::error::The repository needs the secrets .*${name}`, "m"));
      expect(refused.output).not.toContain("fivetran deploy");
      await expect(stat(join(refused.temporary, "configuration.json"))).rejects.toThrow("ENOENT");
    },
  );

  it("fails as the command does, and says when the connection is there all the same", async () => {
    const broken = await deploy({ says: "✗ connection created but setup tests failed\nconnection id: abc", code: 1 });
    expect(broken.code).toBe(1);
    expect(broken.output).toContain("::error::The connection is there, but its setup tests failed");
    expect(broken.summary).toContain("connection id: abc");
    await expect(stat(join(broken.temporary, "configuration.json"))).rejects.toThrow("ENOENT");
    const other = await deploy({ says: "destination not found", code: 3 });
    expect(other.code).toBe(3);
    expect(other.output).not.toContain("::error::");
  });
});

describe("the workflow that builds specs", () => {
  it(
    verifies("ci.runs", "hands the source's variables to the build, masked, and keeps its events and exit code"),
    async () => {
      await written();
      await program("npm", '#!/bin/bash\necho "npm $*"\n');
      await program("python", '#!/bin/bash\nexec python3 "$@"\n');
      await program("syncsmith", '#!/bin/bash\necho "$*|$SHOP_TOKEN|${SOURCE_ENVIRONMENT-none}"\nexit 3\n');
      const values = {
        "inputs.syncsmith": "https://downloads.example/syncsmith.tgz; touch harm",
        "inputs.workspace": "made here",
        "inputs.quick": "true",
        "matrix.spec": "specs/a b.yaml",
        "secrets.environment": JSON.stringify({ SHOP_TOKEN: "tok%en\nnext" }),
      };
      const done = await runJob(await readWorkflow(buildFile()), { repository, job: "build", programs, values });
      expect(done.code).toBe(3);
      expect(done.output).toContain(
        "npm install --global --no-audit --no-fund https://downloads.example/syncsmith.tgz; touch harm\n",
      );
      expect(done.output).toContain("::add-mask::tok%25en\n::add-mask::next\n");
      const events = await readFile(join(done.temporary, "events.jsonl"), "utf8");
      expect(events).toBe("--json --workspace made here build specs/a b.yaml --quick|tok%en\nnext|none\n");
      expect(await readdir(repository)).not.toContain("harm");
    },
  );
});
