/** The platform's own command, `fivetran deploy`, out of the managed environment. */
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import type { PythonEnv } from "../../../system/python-env.ts";
import { feedPipe, inPrivatePlace, makePipe } from "./private-place.ts";

export interface CommandRequest {
  python: PythonEnv;
  /** Folder of the code, as it is uploaded. The command writes below it. */
  code: string;
  destination: string;
  connection: string;
  configuration: Readonly<Record<string, string>>;
  base: string;
  basic: string;
  /** Certificates and proxies are taken from it, and nothing else. */
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** The whole run: the command itself waits without end. */
  seconds: number;
  /** Each line it prints, without the part of the API key that it shows. */
  onLine: (line: string) => void;
}

export interface CommandEnd {
  /** Undefined when it was stopped. */
  exitCode: number | undefined;
  timedOut: boolean;
  lines: string[];
}

const PASSED_ON = [
  ...["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"],
];

/** Throws only when it cannot be started. */
export async function runDeployCommand(request: CommandRequest): Promise<CommandEnd> {
  return inPrivatePlace(async (folder) => {
    const home = join(folder, "home");
    const pipe = join(folder, "configuration");
    await makeHome(home, request.base);
    await makePipe(pipe, request.python);
    const over = new AbortController();
    const fed = feedPipe(pipe, JSON.stringify(request.configuration), over.signal);
    try {
      return await run(request, { home, pipe });
    } finally {
      over.abort();
      await fed;
    }
  });
}

/**
 * A home of its own: the command keeps its settings there. The mark of a version check keeps it from asking the package index
 * and from advising a version that nothing was proven with.
 */
async function makeHome(home: string, base: string): Promise<void> {
  const settings = join(home, ".fivetran", "connector_sdk");
  await mkdir(settings, { recursive: true });
  await writeFile(join(settings, "_last_version_check"), String(Math.floor(Date.now() / 1000)));
  if (base !== "https://api.fivetran.com")
    await writeFile(join(settings, "_config.json"), JSON.stringify({ production_base_url: base }));
}

async function run(request: CommandRequest, { home, pipe }: { home: string; pipe: string }): Promise<CommandEnd> {
  const { python, code, destination, connection, environment, signal, seconds, onLine } = request;
  const bin = join(python.directory, "bin");
  const lines: string[] = [];
  const passed = PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
  const running = execa(
    python.python,
    [
      ...[join(bin, "fivetran"), "deploy", code],
      ...["--destination", destination, "--connection", connection, "--configuration", pipe],
      ...["--python-version", python.version],
      // Yes to updating, and no look at the dependencies. `--yes` would also agree to new versions of them in
      // requirements.txt, and what would be uploaded then is not what was proven; `--non-interactive` refuses to update.
      "--force",
    ],
    {
      extendEnv: false,
      env: {
        ...Object.fromEntries(passed),
        PATH: [bin, "/usr/bin", "/bin"].join(delimiter),
        HOME: home,
        LANG: "C.UTF-8",
        PYTHONUTF8: "1",
        PYTHONUNBUFFERED: "1",
        PYTHONDONTWRITEBYTECODE: "1",
        FIVETRAN_API_KEY: request.basic,
      },
      cwd: home,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      all: true,
      reject: false,
      timeout: seconds * 1000,
      cancelSignal: signal,
      forceKillAfterDelay: 2_000,
      buffer: false,
    },
  );
  for await (const line of running.iterable({ from: "all" })) {
    const shown = withoutKey(line);
    if (lines.length < MAX_LINES) lines.push(shown);
    onLine(shown);
  }
  const { exitCode, timedOut } = await running;
  return { exitCode: timedOut ? undefined : exitCode, timedOut, lines };
}

/** More than it ever prints: code that is imported may print without end. */
const MAX_LINES = 5_000;

/** The command shows its own call with the first eight characters of the key. */
function withoutKey(line: string): string {
  return line.replace(/(--api-key[ =])\S+/g, "$1****");
}
