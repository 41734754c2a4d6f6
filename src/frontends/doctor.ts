/** What is here, what is missing, and how to get it. */
import { execa } from "execa";
import { EXIT, type ExitCode, messageOf, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { ensurePythonEnv } from "../system/python-env.ts";

interface Finding {
  name: string;
  ok: boolean;
  text: string;
}

export async function doctor(context: CommandContext): Promise<ExitCode> {
  const findings = [node(), await python(context), await sandbox(), await workspace(context)];
  for (const finding of findings) {
    if (context.json) context.streams.stdout.write(`${JSON.stringify(finding)}\n`);
    else
      context.streams.stdout.write(
        `${finding.ok ? "ok     " : "missing"}  ${finding.name.padEnd(20)} ${finding.text}\n`,
      );
  }
  const needed = findings.filter(({ name, ok }) => !ok && name !== "sandbox");
  return needed.length === 0 ? EXIT.done : EXIT.notGreen;
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { name: "node", ok, text: ok ? process.versions.node : `${process.versions.node}: 20.19 or newer is needed` };
}

async function python(context: CommandContext): Promise<Finding> {
  const name = "python environment";
  try {
    const found = await ensurePythonEnv({
      ...(context.cacheDirectory ? { cacheDirectory: context.cacheDirectory } : {}),
      ...(context.python ? { interpreter: context.python } : {}),
      onProgress: (text) => context.streams.stderr.write(`${text}\n`),
    });
    const versions = await execa(
      found.python,
      [
        "-c",
        "import importlib.metadata as m, pyspark.sql.types; print(m.version('fivetran-connector-sdk'), m.version('pyspark-client'))",
      ],
      { reject: false },
    );
    if (versions.exitCode !== 0) {
      const why = versions.stderr.trim().split("\n").at(-1) ?? "";
      return { name, ok: false, text: `damaged: ${why}. Remove ${found.directory}: it is made anew when it is needed` };
    }
    const [connectorSdk, pyspark] = versions.stdout.split(" ");
    const text = `Python ${found.version}, Connector SDK ${connectorSdk}, pyspark-client ${pyspark} (its types alone: no Java is needed)`;
    return { name, ok: true, text };
  } catch (error) {
    const hint = error instanceof UserError && error.hint ? ` (${error.hint})` : "";
    return { name, ok: false, text: messageOf(error) + hint };
  }
}

/** Told, not used yet: generated code runs with a scrubbed environment and limits, outside a sandbox. */
async function sandbox(): Promise<Finding> {
  const tried = await execa("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"], { reject: false });
  const ok = tried.exitCode === 0;
  return {
    name: "sandbox",
    ok,
    text: ok
      ? "bubblewrap works here (not used yet)"
      : "bubblewrap is not usable here (not needed yet): apt-get install bubblewrap",
  };
}

async function workspace(context: CommandContext): Promise<Finding> {
  const { mkdir, access, constants } = await import("node:fs/promises");
  try {
    await mkdir(context.workspace, { recursive: true });
    await access(context.workspace, constants.W_OK);
    return { name: "workspace", ok: true, text: context.workspace };
  } catch (error) {
    return { name: "workspace", ok: false, text: `${context.workspace} cannot be written: ${messageOf(error)}` };
  }
}
