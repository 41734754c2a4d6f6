/** What a host can read, by address. What is behind the addresses is loaded when one is asked for: `shelf.ts`. */
import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import type { Server } from "./state.ts";

export interface Artifact {
  name: string;
  /** In the connector's `.syncsmith`. */
  file: string;
  type: string;
  what: string;
}

/** One for each connector, where it is there. */
const ARTIFACTS: readonly Artifact[] = [
  { name: "blueprint", file: "blueprint.json", type: "application/json", what: "everything known about the source" },
  { name: "claims", file: "claims.json", type: "application/json", what: "what each field of the blueprint rests on" },
  { name: "research-log", file: "evidence.jsonl", type: "application/jsonl", what: "quotations and probes, in order" },
  { name: "report", file: "reports/report.md", type: "text/markdown", what: "the last proof, for people" },
  { name: "run-log", file: "run.jsonl", type: "application/jsonl", what: "what was done, event by event" },
];

export function registerResources(mcp: McpServer, state: () => Promise<Server>): void {
  const shelf = async () => (await import("./shelf.ts")).openShelf(await state());
  const complete = { connector: async (typed: string) => (await shelf()).connectors(typed) };

  mcp.registerResource(
    "skill",
    new ResourceTemplate("syncsmith://skills/{name}", {
      list: async () => ({ resources: await (await shelf()).skills() }),
      complete: { name: async (typed) => (await shelf()).skillNames(typed) },
    }),
    { title: "Skill", description: "what is known on one topic, with the traps", mimeType: "text/markdown" },
    async (uri, variables) => (await shelf()).skill(uri, variables),
  );
  mcp.registerResource(
    "spec-schema",
    "syncsmith://spec-schema",
    { title: "Spec", description: "JSON Schema of a spec", mimeType: "application/schema+json" },
    async (uri) => (await shelf()).specSchema(uri),
  );
  for (const artifact of ARTIFACTS) {
    const { name, type, what } = artifact;
    mcp.registerResource(
      name,
      new ResourceTemplate(`syncsmith://connectors/{connector}/${name}`, {
        list: async () => ({ resources: await (await shelf()).artifacts(artifact) }),
        complete,
      }),
      { title: name, description: what, mimeType: type },
      async (uri, variables) => (await shelf()).artifact(artifact, uri, variables),
    );
  }
  mcp.registerResource(
    "file",
    new ResourceTemplate("syncsmith://connectors/{connector}/files/{+path}", {
      list: async () => ({ resources: await (await shelf()).files() }),
      complete,
    }),
    { title: "File", description: "a file of the connector, as it is" },
    async (uri, variables) => (await shelf()).file(uri, variables),
  );
  mcp.registerResource(
    "recording",
    new ResourceTemplate("syncsmith://connectors/{connector}/recordings/{name}", {
      list: async () => ({ resources: await (await shelf()).recordings() }),
      complete,
    }),
    {
      title: "Recording",
      description: "what a live test asked and was answered, without its secrets",
      mimeType: "application/jsonl",
    },
    async (uri, variables) => (await shelf()).recording(uri, variables),
  );
}
