#!/usr/bin/env node
/** The edge of the process: wires, catches once, and sets the exit code. */
import { runCli } from "./cli.ts";
import { EXIT, messageOf, UserError } from "./errors.ts";

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

process.exitCode = await runCli(process.argv.slice(2), process, interrupt.signal).catch((error: unknown) => {
  if (interrupt.signal.aborted) return EXIT.interrupted;
  if (error instanceof UserError) {
    process.stderr.write(`error: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ""}`);
    return error.exitCode;
  }
  process.stderr.write(`This is a bug of Syncsmith's: ${messageOf(error)}\n${(error as Error).stack ?? ""}\n`);
  return EXIT.bug;
});
