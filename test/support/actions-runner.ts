/** Runs the steps of a workflow file as GitHub's runner does, as far as that is about `run:`; actions of others are left out. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";

interface WorkflowStep {
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
  shell?: string;
  env?: Record<string, unknown>;
}

export interface Workflow {
  on: Record<string, { paths?: string[]; branches?: string[] } | null>;
  permissions: Record<string, string>;
  env?: Record<string, string>;
  defaults?: { run: { shell: string; "working-directory": string } };
  jobs: Record<string, { needs?: string; if?: string; steps: WorkflowStep[] }>;
}

export async function readWorkflow(path: string): Promise<Workflow> {
  return parse(await readFile(path, "utf8"), { strict: true, uniqueKeys: true }) as Workflow;
}

export interface JobRun {
  repository: string;
  job: string;
  /** What stands for `${{ … }}`: `secrets.NAME`, `inputs.name`, `matrix.spec`. What is not there is empty, as on GitHub. */
  values?: Record<string, string>;
  /** Folder of programs that stand in for others. */
  programs: string;
  environment?: Record<string, string>;
}

export interface JobResult {
  /** Of the first step that failed, 0 without one. */
  code: number;
  /** All that the steps printed. */
  output: string;
  summary: string;
  /** The runner's temporary folder. */
  temporary: string;
}

/** Steps in their order; after a failed one only those that run in spite of it. */
export async function runJob(workflow: Workflow, { repository, job, programs, ...own }: JobRun): Promise<JobResult> {
  const temporary = await mkdtemp(join(tmpdir(), "syncsmith-runner-"));
  const summary = join(temporary, "summary.md");
  await writeFile(summary, "");
  const filled = (values: Record<string, unknown> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(String(value), own.values ?? {})]));
  const { PATH = "", HOME = "" } = process.env;
  let code = 0;
  let output = "";
  for (const [index, step] of (workflow.jobs[job]?.steps ?? []).entries()) {
    const goesOn = code === 0 || (step.if ?? "").includes("!cancelled()");
    if (step.run === undefined || !goesOn) continue;
    const script = join(temporary, `step-${index}`);
    await writeFile(script, step.run);
    const shell = step.shell ?? workflow.defaults?.run.shell ?? "bash";
    const [command, args] =
      shell === "python" ? ["python", [script]] : ["bash", ["--noprofile", "--norc", "-eo", "pipefail", script]];
    const result = await execa(command as string, args as string[], {
      reject: false,
      all: true,
      stdin: "ignore",
      extendEnv: false,
      cwd: join(repository, workflow.defaults?.run["working-directory"] ?? "."),
      env: {
        PATH: `${programs}:${PATH}`,
        HOME,
        RUNNER_TEMP: temporary,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_ACTIONS: "true",
        ...own.environment,
        ...filled(workflow.env),
        ...filled(step.env),
      },
    });
    output += `${result.all}\n`;
    if (code === 0) code = result.exitCode ?? 1;
  }
  return { code, output, summary: await readFile(summary, "utf8"), temporary };
}

function fill(text: string, values: Record<string, string>): string {
  return text.replaceAll(/\$\{\{ *([\w.-]+) *\}\}/g, (_, name: string) => values[name] ?? "");
}
