/** The process that serves a connector on the real SDK, and what it tells us besides. */
import { join, resolve } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { PythonEnv } from "../../../system/python-env.ts";
import { deniedSchema } from "../../debugger/denied.ts";
import type { LogKeeper } from "../../debugger/logs.ts";
import { type ConnectorProcess, startProcess } from "../../debugger/process.ts";

const exception = { type: z.string(), message: z.string(), trace: z.array(z.string()) };
const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready"), address: z.string() }),
  z.object({ event: z.literal("exception"), where: z.string(), ...exception }),
  /** A thread ended by an exception; `update` when it is the one that runs update(). */
  z.object({ event: z.literal("thread"), update: z.boolean(), ...exception }),
  z.object({ event: z.literal("sleep"), seconds: z.number() }),
  deniedSchema,
]);
export type LauncherEvent = z.infer<typeof eventSchema>;

export interface StartOptions {
  directory: string;
  python: PythonEnv;
  environment: Record<string, string>;
  logs: LogKeeper;
  onEvent: (event: LauncherEvent) => void;
}

/** Longest event that is read: the launcher sends none near it. */
const MAX_EVENT = 1024 * 1024;

/** What the platform's own debugger sets. */
const PLATFORM = {
  FIVETRAN_CONNECTION_ID: "test_connection_id",
  FIVETRAN_CONNECTION_NAME: "test_connection_name",
  FIVETRAN_GROUP_ID: "test_group_id",
  FIVETRAN_DEPLOYMENT_MODEL: "local_debug",
};

export async function startConnector(options: StartOptions): Promise<ConnectorProcess> {
  const connector = await startProcess({
    ...options,
    program: fileURLToPath(new URL("../python/launcher.py", import.meta.url)),
    args: (home) => [resolve(options.directory), join(home, "grpc")],
    environment: { ...PLATFORM, ...options.environment },
  });
  listen(connector.line, options.onEvent);
  return connector;
}

/** Reads JSON lines. A connector that writes nonsense to the line is not heard there, and that is all. */
function listen(line: Duplex, onEvent: (event: LauncherEvent) => void): void {
  let rest = "";
  line.setEncoding("utf8");
  line.on("error", () => {});
  line.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = (parts.pop() ?? "").slice(-MAX_EVENT);
    for (const part of parts) {
      const parsed = eventSchema.safeParse(parseJson(part));
      if (parsed.success) onEvent(parsed.data);
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
