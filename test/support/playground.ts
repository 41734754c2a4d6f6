/**
 * Fivetran's own mock API from PyPI (`fivetran-api-playground`), on loopback: a source that nobody here wrote. It
 * makes new credentials at each start.
 */

import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { freePort } from "./free-port.ts";

const LOCK = fileURLToPath(new URL("./playground.lock", import.meta.url));

export interface Playground {
  baseUrl: string;
  /** What it accepts, as environment variables for specs. */
  credentials: Record<string, string>;
  stop: () => Promise<void>;
}

/** Started through Flask directly: the package's own command looks for newer versions and reloads itself. */
const PROGRAM = `
import json, logging, sys
import fivetran_api_playground as playground
logging.getLogger("werkzeug").setLevel(logging.ERROR)
playground.app.config.update(RATE_LIMITING_ENABLED=False, RATE_LIMIT_CAPACITY=20, RATE_LIMIT_RPS=10)
print(json.dumps({
    "PLAYGROUND_BASIC_USER": playground.HTTP_BASIC_USERNAME,
    "PLAYGROUND_BASIC_PASSWORD": playground.HTTP_BASIC_PASSWORD,
    "PLAYGROUND_TOKEN": playground.HTTP_BEARER_TOKEN,
    "PLAYGROUND_KEY": playground.API_KEY,
    "PLAYGROUND_SESSION_USER": playground.SESSION_AUTH_USERNAME,
    "PLAYGROUND_SESSION_PASSWORD": playground.SESSION_AUTH_PASSWORD,
}), flush=True)
playground.app.run(port=int(sys.argv[1]))
`;

export async function startPlayground(): Promise<Playground> {
  const { python } = await ensurePythonEnv({ lock: LOCK });
  const port = await freePort();
  const server = execa(python, ["-c", PROGRAM, String(port)], { reject: false, stdin: "ignore" });
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const credentials = JSON.parse(line.toString().split("\n")[0] ?? "") as Record<string, string>;
  const baseUrl = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${baseUrl}/pagination/offset?limit=1`).catch(() => undefined);
    if (answer?.ok) {
      return {
        baseUrl,
        credentials,
        stop: async () => {
          server.kill("SIGKILL");
          await server;
        },
      };
    }
    await sleep(100);
  }
  server.kill("SIGKILL");
  throw new Error(`the playground did not start: ${(await server).stderr}`);
}
