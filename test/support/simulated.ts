/** Asks a simulated source by plain HTTP, request by request as a test writes it. */
import { type IncomingMessage, request } from "node:http";
import { onTestFinished } from "vitest";
import type { RestBlueprint as Blueprint } from "../../src/artifacts/blueprint.ts";
import { type SimulateOptions, simulateRest } from "../../src/sources/rest/simulate/simulate.ts";
import type { Simulator } from "../../src/sources/simulator.ts";
import { parseTagged, type Tagged } from "./exact-json.ts";

export interface Got {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The answer with exact numbers, see `exact-json.ts`. */
  body: Tagged;
  /** The same as JavaScript has it. */
  json: ReturnType<typeof JSON.parse>;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Starts a stand-in that ends with the test. */
export async function simulated(blueprint: Blueprint, options: Partial<SimulateOptions> = {}): Promise<Simulator> {
  const simulator = await simulateRest(blueprint, { seed: 1, ...options });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** `target`: an address, or a path with its query below the stand-in's base address. Sent exactly as it is written. */
export async function get(simulator: Pick<Simulator, "baseUrl">, target: string, ask: Ask = {}): Promise<Got> {
  const base = new URL(simulator.baseUrl);
  const path = target.startsWith("http")
    ? target.slice(target.indexOf("/", 8))
    : `${base.pathname.replace(/\/$/, "")}${target}`;
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname: base.hostname,
        port: base.port,
        path,
        method: ask.method ?? "GET",
        headers: ask.headers ?? {},
        agent: false,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => resolve(readAnswer(answer, Buffer.concat(chunks).toString())));
      },
    );
    sent.on("error", reject);
    sent.end(ask.body);
  });
}

/** Answers that are not JSON have a null there. */
function readAnswer(answer: IncomingMessage, text: string): Got {
  const { statusCode: status = 0, headers } = answer;
  const json = String(headers["content-type"]).startsWith("application/json");
  return { status, headers, text, body: json ? parseTagged(text) : null, json: json ? JSON.parse(text) : null };
}
