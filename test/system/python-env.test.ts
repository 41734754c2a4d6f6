import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { quickPython } from "../support/quick-python.ts";
import { verifies } from "../support/verifies.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "python-env-"));
});

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe("the managed Python environment", () => {
  it(verifies("setup.python", "holds the pinned SDK and ruff"), async () => {
    const { python, ruff } = await ensurePythonEnv();
    const sdk = await execa(python, [
      "-c",
      "import importlib.metadata as m; print(m.version('fivetran-connector-sdk'))",
    ]);
    expect(sdk.stdout).toBe("2.13.1");
    expect((await execa(ruff, ["--version"])).stdout).toMatch(/^ruff /);
  });

  it(verifies("setup.python", "holds pyspark's types, for which no Java has to be there"), async () => {
    const { python } = await ensurePythonEnv();
    const script = "import shutil, pyspark.sql.types as t; print(shutil.which('java'), t.StructType().json())";
    const found = await execa(python, ["-c", script], { env: { PATH: dirname(python) }, extendEnv: false });
    expect(found.stdout).toBe('None {"fields":[],"type":"struct"}');
  });

  it("never holds the SDK's proprietary core", async () => {
    const { python } = await ensurePythonEnv();
    const found = await execa(python, ["-c", "import fivetran_connector_sdk_core"], { reject: false });
    expect(found.exitCode).not.toBe(0);
  });

  it("is refused, with what to install, when there is no Python", async () => {
    const error = await refusal(ensurePythonEnv({ interpreter: join(directory, "python3") }));
    expect(error.message).toContain("not found");
    expect(error.hint).toContain("3.10");
  });

  it("is refused when Python is too old", async () => {
    const old = join(directory, "python3");
    await writeFile(old, "#!/bin/sh\nprintf '/usr/bin/python3\\n3.8\\n'\n");
    await chmod(old, 0o755);
    const error = await refusal(ensurePythonEnv({ interpreter: old }));
    expect(error.message).toContain("3.8");
  });

  it("is refused with its own words when it does not run", async () => {
    const broken = join(directory, "python3");
    for (const [script, words] of [
      ["echo 'error while loading shared libraries: libpython' >&2; exit 127", "does not run (error while loading"],
      ["exit 0", "does not run."],
    ] as const) {
      await writeFile(broken, `#!/bin/sh\n${script}\n`);
      await chmod(broken, 0o755);
      const error = await refusal(ensurePythonEnv({ interpreter: broken }));
      expect(error.message).toContain(broken);
      expect(error.message).toContain(words);
      expect(error.hint).toContain("--python PATH");
    }
  });

  it("leaves nothing behind when packages cannot be had, and says what to do offline", async () => {
    const lock = join(directory, "requirements.lock");
    await writeFile(
      lock,
      `no-such-package-${Date.now()} @ file://${directory}/none.whl --hash=sha256:${"0".repeat(64)}\n`,
    );
    const cacheDirectory = join(directory, "cache");
    const interpreter = await quickPython(directory);
    const error = await refusal(ensurePythonEnv({ lock, cacheDirectory, interpreter }));
    expect(error.message).toContain("could not be installed");
    expect(error.message).toContain("none.whl");
    expect(error.hint).toContain("PIP_FIND_LINKS");
    const left = await execa("find", [cacheDirectory, "-name", ".ready"]);
    expect(left.stdout).toBe("");
  });

  it("is refused when the cache cannot be written", async () => {
    await writeFile(join(directory, "file"), "");
    const error = await refusal(ensurePythonEnv({ cacheDirectory: join(directory, "file", "inside") }));
    expect(error.message).toContain("cannot be written");
  });

  it("is made once when two ask for it together", async () => {
    const lock = join(directory, "requirements.lock");
    await writeFile(lock, "# nothing\n");
    await mkdir(join(directory, "cache"));
    const cacheDirectory = join(directory, "cache");
    const notes: string[] = [];
    const interpreter = await quickPython(directory);
    const onProgress = (text: string) => notes.push(text);
    const both = [1, 2].map(() => ensurePythonEnv({ lock, cacheDirectory, interpreter, onProgress }));
    const [one, two] = await Promise.all(both);
    expect(one?.directory).toBe(two?.directory);
    expect(notes).toHaveLength(1);
  });
});
