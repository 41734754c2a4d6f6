/** A connector's process whose harness is gone ends, whatever the harness had not heard yet. */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it } from "vitest";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";

const TARGETS = fileURLToPath(new URL("../../../src/targets", import.meta.url));

/** As the programs begin; then they say something, and are busy with a source. */
const PROGRAMS = {
  fivetran: `
import launcher
launcher.LINE = socket.socket(fileno=3)
threading.Thread(target=launcher.end_with_harness, daemon=True).start()
launcher.emit("ready")
`,
  lakeflow: `
from harness import Harness
harness = Harness()
harness.request()
harness.emit("ready")
`,
};

/** A harness that has not read what it was told when it goes; prints how the process ended. */
const HARNESS = `
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.sendall(b"{}\\n")
child = subprocess.Popen(
    [sys.executable, "-B", "-c", sys.argv[1], sys.argv[2]], stdout=subprocess.PIPE, start_new_session=True,
    close_fds=False, preexec_fn=lambda: os.dup2(theirs.fileno(), 3),
)
theirs.close()
child.stdout.readline()
ours.close()
try:
    print(child.wait(timeout=10))
finally:
    child.kill()
`;

it.each(["fivetran", "lakeflow"] as const)(
  "%s: also with something unread",
  async (target) => {
    const { python } = await ensurePythonEnv();
    const first = "import socket, sys, threading, time\nsys.path.insert(0, sys.argv[1])\n";
    const last = 'print("busy", flush=True)\ntime.sleep(60)\n';
    const program = `${first}${PROGRAMS[target]}${last}`;
    const { stdout } = await execa(python, ["-c", HARNESS, program, `${TARGETS}/${target}/python`], {
      stderr: "ignore",
    });
    expect(stdout).toBe("-9");
  },
  30_000,
);
