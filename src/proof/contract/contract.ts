/**
 * The contract suite that a connector ships with: what its source gave, what has to come of it, and tests that hold the
 * connector to both, by one command, without network, credentials or this program. It is recorded from the stand-in through
 * the very tests that will replay it, its rows are held against the truth, and it is only given out once it has passed.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import { CONTRACT, NOT_CODE } from "../../artifacts/contract.ts";
import { messageOf } from "../../errors.ts";
import { formatPython } from "../../python/ruff.ts";
import type { SourceKind } from "../../sources/kind.ts";
import { listFiles } from "../../system/files.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import type { GeneratedFile, Target } from "../../targets/target.ts";
import { openKeptSource } from "./kept-source.ts";
import { record } from "./record.ts";
import { clocksOf, playModules, testModules } from "./view.ts";

export interface ContractRequest {
  blueprint: Blueprint;
  /** The connector's directory: nothing is written there. */
  directory: string;
  target: Target;
  kind: SourceKind;
  /** The time that the recording is of. */
  now: Date;
  signal: AbortSignal;
}

/** The files of the suite, or why there is none. */
export type Contract = { files: GeneratedFile[] } | { missing: string };

const SEED = 20_250_102;
/** Shares of the rows of an ordinary corpus: the next one where a recording would be too large to be shipped. */
const SCALES = [1, 0.1, 0.01];

export async function makeContract(request: ContractRequest): Promise<Contract> {
  const { kind, blueprint } = request;
  const missing = kind.keeps(blueprint);
  if (missing !== undefined) return { missing };
  const workplace = await mkdtemp(join(tmpdir(), "syncsmith-contract-"));
  try {
    for (const scale of SCALES) {
      await copyConnector(request.directory, workplace);
      const made = await makeAt(request, { workplace, scale });
      if (made !== "too large") return made;
    }
    return { missing: "what the source gives is too large to be kept beside the connector" };
  } catch (error) {
    request.signal.throwIfAborted();
    return { missing: messageOf(error) };
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}

interface Attempt {
  workplace: string;
  scale: number;
}

async function makeAt(request: ContractRequest, { workplace, scale }: Attempt): Promise<Contract | "too large"> {
  const { blueprint, kind, target, now, signal } = request;
  const source = await openKeptSource({ blueprint, kind }, { seed: SEED, now, scale });
  try {
    const modules = { clocks: await clocksOf(workplace), syncs: target.contract.syncs(blueprint) };
    await putSuite(workplace, playModules(modules));
    const tape = source.way === "statements" ? kind.tape?.(blueprint) : undefined;
    const recording = await record({ blueprint, target, source, tape, workplace, now, signal });
    if (recording === "too large") return recording;
    const tests = testModules({ blueprint, kind, source, recording, clocked: modules.clocks.asking.length > 0 });
    const written = [...playModules(modules), ...tests];
    await putSuite(workplace, [...recording.files, ...(await formatted(workplace, written, target.contract.python))]);
  } finally {
    await source.close();
  }
  await runSuite(workplace, request);
  const paths = await listFiles(join(workplace, CONTRACT), ["__pycache__"]);
  const files = paths.map(async (path) => ({
    path: `${CONTRACT}/${path}`,
    content: await readFile(join(workplace, CONTRACT, path), "utf8"),
  }));
  return { files: await Promise.all(files) };
}

async function putSuite(workplace: string, files: readonly GeneratedFile[]): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(workplace, CONTRACT, path)), { recursive: true });
    await writeFile(join(workplace, CONTRACT, path), content);
  }
}

/** In sight of the connector's modules: imports are sorted by whether they are its own. */
async function formatted(
  workplace: string,
  files: readonly GeneratedFile[],
  python: PythonEnv,
): Promise<GeneratedFile[]> {
  const modules = (await listFiles(workplace, ["tests"])).filter((path) => path.endsWith(".py"));
  const inPlace = files.map(({ path, content }) => ({ path: `${CONTRACT}/${path}`, content }));
  const all = await formatPython([...inPlace, ...modules.map((path) => ({ path, content: "" }))], python);
  return all.slice(0, files.length).map(({ content }, index) => ({ path: files[index]?.path ?? "", content }));
}

async function copyConnector(directory: string, workplace: string): Promise<void> {
  await rm(workplace, { recursive: true, force: true });
  for (const path of await listFiles(directory, NOT_CODE)) {
    await mkdir(dirname(join(workplace, path)), { recursive: true });
    await cp(join(directory, path), join(workplace, path));
  }
}

const SECONDS = 300;
/** An address at which nobody listens: what would use a proxy fails at once. */
const NOWHERE = "http://127.0.0.1:9";

/** As anybody's CI would: the one command, an empty environment. Throws with the end of its output when it is red. */
async function runSuite(workplace: string, { target, signal }: ContractRequest): Promise<void> {
  const { python } = target.contract;
  const ended = await execa(python.python, ["-m", "unittest", "tests.contract.test_contract"], {
    cwd: workplace,
    extendEnv: false,
    env: {
      HTTP_PROXY: NOWHERE,
      HTTPS_PROXY: NOWHERE,
      http_proxy: NOWHERE,
      https_proxy: NOWHERE,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    reject: false,
    all: true,
    stdin: "ignore",
    timeout: SECONDS * 1000,
    cancelSignal: signal,
  });
  if (ended.exitCode === 0) return;
  throw new Error(`the suite does not pass on the connector itself: ${(ended.all ?? "").trim().slice(-1500)}`);
}
