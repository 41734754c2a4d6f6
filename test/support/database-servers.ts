/** Real PostgreSQL and MariaDB servers on loopback, from the system's packages, with their data in folders of their own. */
import { access, chmod, chown, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Client } from "pg";
import { findMariadb, startMariadb } from "../../src/sources/database/simulate/mariadb.ts";
import { freePort } from "./free-port.ts";

export interface DatabaseServer {
  /** Values of a connector's configuration. */
  configuration: Record<string, string>;
  /** From now on the server can be talked to over TLS, with this certificate and key (paths). PostgreSQL only. */
  secure?(certificate: string, key: string): Promise<void>;
  /** As the administrator. */
  execute(statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const READER = { user: "reader", password: "rea'd %er\\ pass" };
const DATABASE = "shop";

const POSTGRES_VERSIONS = [18, 17, 16, 15, 14, 13];

async function postgresBinaries(): Promise<string | undefined> {
  for (const version of POSTGRES_VERSIONS) {
    const directory = `/usr/lib/postgresql/${version}/bin`;
    const found = await access(join(directory, "postgres")).then(
      () => true,
      () => false,
    );
    if (found) return directory;
  }
  return undefined;
}

/** Why there is no server of this kind on this machine; undefined when there is. */
export async function whyNoServer(engine: "postgresql" | "mysql"): Promise<string | undefined> {
  if (engine === "mysql") {
    return (await findMariadb()) === undefined
      ? "MariaDB is not installed (apt-get install mariadb-server)"
      : undefined;
  }
  if ((await postgresBinaries()) === undefined) return "PostgreSQL is not installed (apt-get install postgresql)";
  if (process.getuid?.() !== 0) return undefined;
  const found = await execa("id", ["-u", "postgres"], { reject: false });
  return found.exitCode === 0
    ? undefined
    : "PostgreSQL does not run as root, and there is no user postgres to run it as";
}

export async function startPostgres(): Promise<DatabaseServer> {
  const binaries = (await postgresBinaries()) ?? "";
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-postgres-"));
  const asUser = await otherUser(directory);
  const data = join(directory, "data");
  await execa(
    join(binaries, "initdb"),
    ["-D", data, "-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
    asUser,
  );
  const port = await freePort();
  const server = execa(
    join(binaries, "postgres"),
    [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=${directory}`,
    ].concat(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB"]),
    { ...asUser, reject: false, buffer: false, stdio: "ignore" },
  );
  await eventually(async () => {
    const client = new Client({ host: "127.0.0.1", port, user: "admin", database: "postgres" });
    await client.connect();
    await client.query(`CREATE DATABASE ${DATABASE}`);
    await client.end();
  });
  const admin = new Client({ host: "127.0.0.1", port, user: "admin", database: DATABASE });
  admin.on("error", () => {});
  await admin.connect();
  await admin.query(`CREATE ROLE ${READER.user} LOGIN PASSWORD '${READER.password.replaceAll("'", "''")}'`);
  await admin.query(`SET password_encryption TO 'scram-sha-256'`);
  // Only the administrator is let in without a password.
  await execa(
    "sh",
    [
      "-c",
      `printf 'host all admin 127.0.0.1/32 trust\\nhost all all 127.0.0.1/32 scram-sha-256\\n' > ${data}/pg_hba.conf`,
    ],
    asUser,
  );
  await admin.query("SELECT pg_reload_conf()");
  return {
    configuration: { host: "127.0.0.1", port: String(port), database: DATABASE, tls: "off", ...READER },
    execute: async (statements) => {
      for (const statement of statements) await admin.query(statement);
    },
    secure: async (certificate, key) => {
      for (const [from, name] of [
        [certificate, "server.crt"],
        [key, "server.key"],
      ] as const) {
        await copyFile(from, join(data, name));
        await chmod(join(data, name), 0o600);
        if (asUser.uid !== undefined) await chown(join(data, name), asUser.uid, asUser.gid ?? 0);
      }
      await admin.query("ALTER SYSTEM SET ssl = on");
      await admin.query("SELECT pg_reload_conf()");
      await eventually(async () => {
        const { rows } = await admin.query<{ ssl: string }>("SHOW ssl");
        if (rows[0]?.ssl !== "on") throw new Error("TLS is not on yet");
      });
    },
    close: async () => {
      await admin.end();
      server.kill("SIGINT");
      await server;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL does not run as root. */
async function otherUser(directory: string): Promise<{ uid?: number; gid?: number; cwd: string }> {
  if (process.getuid?.() !== 0) return { cwd: directory };
  const ids = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await execa("id", [flag, "postgres"])).stdout)),
  );
  const [uid = 0, gid = 0] = ids;
  await chown(directory, uid, gid);
  return { uid, gid, cwd: directory };
}

/** `options`: of the server's command line. */
export async function startMysql(options: readonly string[] = []): Promise<DatabaseServer> {
  const server = await startMariadb(options);
  const reader = `'${READER.user}'@'127.0.0.1'`;
  const password = READER.password.replaceAll("\\", "\\\\").replaceAll("'", "''");
  await server.execute([
    `CREATE DATABASE ${DATABASE} DEFAULT CHARSET utf8mb4`,
    `USE ${DATABASE}`,
    "SET time_zone = '+00:00'",
    `CREATE USER ${reader} IDENTIFIED BY '${password}'`,
  ]);
  return {
    configuration: { host: "127.0.0.1", port: String(server.port), database: DATABASE, tls: "off", ...READER },
    execute: server.execute,
    close: server.close,
  };
}

async function eventually(attempt: () => Promise<void>): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
