/** Servers of files that this house did not write. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { freePort } from "./free-port.ts";

export interface SshServer {
  /** Where the files are put. */
  folder: string;
  configuration: Record<string, string>;
  close(): Promise<void>;
}

const SSHD = "/usr/sbin/sshd";
const SUBSYSTEM = "internal-sftp";

/** OpenSSH's server with a key for the user who runs the tests; a reason where it is not to be had. */
export async function startOpenSsh(): Promise<SshServer | { missing: string }> {
  const there = await execa(SSHD, ["-V"], { reject: false });
  if (there.failed && there.exitCode === undefined)
    return { missing: "openssh-server is not installed (apt-get install openssh-server)" };
  const root = await mkdtemp(join(tmpdir(), "syncsmith-sshd-"));
  const folder = join(root, "data");
  await mkdir(folder);
  await mkdir("/run/sshd", { recursive: true }).catch(() => {});
  for (const name of ["host", "user"])
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(root, name)]);
  await writeFile(join(root, "authorized"), await readFile(join(root, "user.pub")), { mode: 0o600 });
  const port = await freePort();
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(root, "host")}`,
    `AuthorizedKeysFile ${join(root, "authorized")}`,
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
    "LoginGraceTime 10",
    `PidFile ${join(root, "pid")}`,
    `Subsystem sftp ${SUBSYSTEM}`,
  ];
  await writeFile(join(root, "config"), `${config.join("\n")}\n`);
  const log = join(root, "log");
  // Not into a pipe: what a connection leaves behind would hold it open.
  const server = execa(SSHD, ["-D", "-E", log, "-f", join(root, "config")], { reject: false, stdio: "ignore" });
  const close = async () => {
    server.kill();
    await server;
    await rm(root, { recursive: true, force: true });
  };
  if (!(await answers(port))) {
    const said = await readFile(log, "utf8").catch(() => "");
    await close();
    return { missing: `sshd does not start here: ${said.split("\n")[0] ?? ""}` };
  }
  const hostKey = (await readFile(join(root, "host.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
  return {
    folder,
    configuration: {
      host: "127.0.0.1",
      port: String(port),
      host_key: hostKey,
      path: folder,
      user: userInfo().username,
      private_key: await readFile(join(root, "user"), "utf8"),
    },
    close,
  };
}

async function answers(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => done(true));
      socket.once("error", () => done(false));
      socket.once("close", () => socket.destroy());
    });
    if (open) return true;
    await sleep(100);
  }
  return false;
}
