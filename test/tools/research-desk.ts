/** A research desk over a folder of its own, for a spec that names the given hosts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Tool, ToolOutput } from "../../src/agent/tool.ts";
import { specSchema } from "../../src/artifacts/spec.ts";
import { openNotebook } from "../../src/research/notebook.ts";
import { restSource } from "../../src/sources/rest/rest.ts";
import { http } from "../../src/system/http.ts";
import type { ResearchDesk } from "../../src/tools/desk.ts";

export const signal = new AbortController().signal;

export async function researchDesk(
  docs: readonly string[] = [],
  redact = (text: string) => text,
): Promise<ResearchDesk> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-desk-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const spec = specSchema.parse({
    name: "Quayside",
    source: { kind: "rest", base_url: "https://api.quayside.example", docs: [...docs] },
  });
  return {
    notebook: await openNotebook(join(directory, ".syncsmith"), { now: () => new Date("2026-03-04T05:06:07Z") }),
    requirements: { version: 1, name: "quayside", spec, spec_address: join(directory, "spec.yaml") },
    kind: restSource,
    http,
    baseDirectory: directory,
    source: () => undefined,
    configuration: async () => ({}),
    redact,
    progress: () => {},
    now: () => new Date("2026-03-04T05:06:07Z"),
  };
}

/** Checks the input by the tool's own schema, as the loop does. */
export function call(tool: Tool, input: unknown): Promise<ToolOutput> {
  return tool.run(tool.input.parse(input), { signal });
}
