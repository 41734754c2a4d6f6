/** What lies behind the resources: skills, artifacts, files and recordings. Configuration with values is not among it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ReadResourceResult, type Resource, ResourceNotFoundError } from "@modelcontextprotocol/server";
import { z } from "zod";
import { loadSkills } from "../../agent/skills.ts";
import { specSchema } from "../../artifacts/spec.ts";
import { listFiles, readText } from "../../system/files.ts";
import { isPrivate, readConnectorFile } from "../../tools/connector-file.ts";
import { NOT_FILES } from "../../tools/list-files.ts";
import type { Store } from "../../workflow/store.ts";
import { connectorsIn } from "../standing.ts";
import type { Artifact } from "./resources.ts";
import type { Server } from "./state.ts";

/** Characters: clients stop reading at a frame of 10 MB. */
const LONGEST_TEXT = 4_000_000;

type Variables = Record<string, string | string[]>;

export function openShelf(server: Server) {
  const { workspace } = server.context;
  const contents = (uri: URL, mimeType: string, text: string): ReadResourceResult => ({
    contents: [{ uri: uri.href, mimeType, text: lastOf(server.redactor.redact(text)) }],
  });
  const each = async (work: (connector: string, store: Store) => Promise<Resource[]>) => {
    const names = await connectorsIn(workspace);
    return (await Promise.all(names.map(async (name) => work(name, await server.storeOf(name))))).flat();
  };
  const storeFor = (uri: URL, variables: Variables) => server.storeOf(plainName(uri, variables));
  return {
    /** Names that begin with what was typed. */
    connectors: async (typed: string) => (await connectorsIn(workspace)).filter((name) => name.startsWith(typed)),
    skillNames: async (typed: string) => [...(await loadSkills()).keys()].filter((name) => name.startsWith(typed)),
    skills: async (): Promise<Resource[]> =>
      [...(await loadSkills())].map(([name, { description }]) => ({
        uri: `syncsmith://skills/${name}`,
        name,
        description,
        mimeType: "text/markdown",
      })),
    skill: async (uri: URL, variables: Variables) => {
      const skill = (await loadSkills()).get(one(variables, "name"));
      if (skill === undefined) throw missing(uri);
      return contents(uri, "text/markdown", skill.text);
    },
    specSchema: (uri: URL) =>
      contents(uri, "application/schema+json", JSON.stringify(z.toJSONSchema(specSchema, { io: "input" }), null, 1)),
    artifacts: ({ name, file, type }: Artifact) =>
      each(async (connector, store) =>
        (await readText(store.path(file))) === undefined ? [] : [entry(connector, { path: name, name, type })],
      ),
    artifact: async ({ file, type }: Artifact, uri: URL, variables: Variables) => {
      const text = await readText((await storeFor(uri, variables)).path(file));
      if (text === undefined) throw missing(uri);
      return contents(uri, type, text);
    },
    files: () =>
      each(async (connector, { directory }) => {
        const paths = (await listFiles(directory, NOT_FILES)).filter((path) => !isPrivate(path));
        return paths.map((path) => entry(connector, { path: `files/${path}`, name: path, type: "text/plain" }));
      }),
    file: async (uri: URL, variables: Variables) => {
      const { directory } = await storeFor(uri, variables);
      const desk = { directory, ...ONLY_READING, redact: server.redactor.redact };
      const { text } = await readConnectorFile(desk, one(variables, "path"));
      return contents(uri, "text/plain", text);
    },
    recordings: () =>
      each(async (connector, store) =>
        (await recordingsOf(store)).map((name) =>
          entry(connector, { path: `recordings/${name}`, name, type: "application/jsonl" }),
        ),
      ),
    recording: async (uri: URL, variables: Variables) => {
      const store = await storeFor(uri, variables);
      const name = one(variables, "name");
      if (!(await recordingsOf(store)).includes(name)) throw missing(uri);
      return contents(uri, "application/jsonl", (await readText(store.path("recordings", name))) ?? "");
    },
  };
}

/** Of a log that has become too long its end, from a whole line on. */
function lastOf(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return text.slice(text.indexOf("\n", text.length - LONGEST_TEXT) + 1);
}

const ONLY_READING = {
  locked: () => "read only",
  wrote: async () => {},
  lint: async () => [],
  test: async () => Promise.reject(new Error("Nothing is tested here.")),
  query: async () => Promise.reject(new Error("Nothing is asked here.")),
};

function entry(connector: string, { path, name, type }: { path: string; name: string; type: string }): Resource {
  return { uri: `syncsmith://connectors/${connector}/${path}`, name: `${connector}: ${name}`, mimeType: type };
}

async function recordingsOf(store: Store): Promise<string[]> {
  const entries = await readdir(join(store.path(), "recordings"), { withFileTypes: true }).catch(() => []);
  return entries.filter((found) => found.isFile()).map(({ name }) => name);
}

function one(variables: Variables, name: string): string {
  const value = variables[name];
  return Array.isArray(value) ? value.join("/") : decodeURIComponent(value ?? "");
}

/** A connector of the workspace: no path leads out of it. */
function plainName(uri: URL, variables: Variables): string {
  const name = one(variables, "connector");
  if (!/^[a-z0-9_]+$/.test(name)) throw missing(uri);
  return name;
}

function missing(uri: URL): ResourceNotFoundError {
  return new ResourceNotFoundError(uri.href, `There is no ${uri.href}: resources/list names those that are there.`);
}
