#!/usr/bin/env node
/** The edge of the process: wires, and sets the exit code. */
import { runCli } from "./cli.ts";

const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    // A second one does not wait for an orderly end.
    if (interrupt.signal.aborted) process.kill(process.pid, "SIGKILL");
    interrupt.abort();
  });
}
// `syncsmith query … | head` closes our stdout: that is no error.
process.stdout.on("error", () => interrupt.abort());

process.exitCode = await runCli(process.argv.slice(2), { streams: process, signal: interrupt.signal });
