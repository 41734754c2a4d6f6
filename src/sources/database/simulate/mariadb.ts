/** A scratch MariaDB server on loopback, from the system's packages, with its data in a folder of its own. */
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { createConnection } from "mysql2/promise";
import { UserError } from "../../../errors.ts";
import { freePort } from "./free-port.ts";

export interface ScratchServer {
  port: number;
  /** Runs statements as the server's own administrator. */
  execute(statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const SERVERS = ["/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd", "/opt/homebrew/bin/mariadbd"];
const START_MILLISECONDS = 60_000;

/** Where the server's program is; undefined where it is not installed. */
export async function findMariadb(): Promise<string | undefined> {
  for (const path of SERVERS) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** `options`: of the server's command line. Throws `UserError` where MariaDB is not installed, or does not start. */
export async function startMariadb(options: readonly string[] = []): Promise<ScratchServer> {
  const program = await findMariadb();
  if (program === undefined) {
    throw new UserError("MySQL is stood in for by a MariaDB server, which is not installed on this machine.", {
      hint: "Debian and Ubuntu: apt-get install mariadb-server. Or test live, against a database of your own.",
    });
  }
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-mariadb-"));
  const data = join(directory, "data");
  // One of its own: a server that starts removes what it finds of others in the common one.
  const scratch = join(directory, "tmp");
  await mkdir(scratch);
  const tmpdirOption = `--tmpdir=${scratch}`;
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  const made = await execa(
    "mariadb-install-db",
    [
      "--no-defaults",
      `--datadir=${data}`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      tmpdirOption,
      ...asRoot,
    ],
    { reject: false, all: true, timeout: START_MILLISECONDS, stdin: "ignore" },
  );
  if (made.exitCode !== 0) {
    await rm(directory, { recursive: true, force: true });
    throw notStarted(made.all);
  }
  const port = await freePort();
  const server = execa(
    program,
    [
      "--no-defaults",
      `--datadir=${data}`,
      tmpdirOption,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--socket=${join(directory, "s")}`,
      `--pid-file=${join(directory, "pid")}`,
      "--skip-name-resolve",
      "--max-allowed-packet=64M",
      "--innodb-flush-log-at-trx-commit=0",
      "--sql-mode=NO_ENGINE_SUBSTITUTION",
      ...asRoot,
      ...options,
    ],
    { reject: false, all: true, stdin: "ignore", buffer: true, maxBuffer: 1_000_000 },
  );
  const close = async () => {
    server.kill("SIGTERM");
    await server;
    await rm(directory, { recursive: true, force: true });
  };
  const until = Date.now() + START_MILLISECONDS;
  for (;;) {
    try {
      const connection = await createConnection({ host: "127.0.0.1", port, user: "root", charset: "utf8mb4" });
      return {
        port,
        execute: async (statements) => {
          for (const statement of statements) await connection.query(statement);
        },
        close: async () => {
          await connection.end();
          await close();
        },
      };
    } catch (error) {
      if (server.exitCode !== null || Date.now() > until) {
        await close();
        throw notStarted(error instanceof Error ? error.message : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function notStarted(said: string | undefined): UserError {
  const lines = (said ?? "").trim().split("\n");
  const why = lines.find((line) => /\bERROR\b/.test(line)) ?? lines.at(-1) ?? "";
  return new UserError(`The scratch MariaDB server does not start: ${why}`, {
    hint: "Check that mariadb-server is complete and that the folder for temporary files can be written.",
  });
}
