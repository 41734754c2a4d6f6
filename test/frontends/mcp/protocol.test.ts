/** The server at the edge: real clients of the protocol's two lines, over real processes and sockets. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OlderStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROGRAM, plainEnvironment, resultOf } from "../../support/mcp-host.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { verifies } from "../../support/verifies.ts";

const LINES = [
  {
    line: "today's",
    connect: async (workspace: string) => {
      const client = new Client({ name: "test", version: "1" });
      await client.connect(new StdioClientTransport(program(workspace)));
      return client;
    },
  },
  {
    line: "the older",
    connect: async (workspace: string) => {
      const client = new OlderClient({ name: "test", version: "1" });
      await client.connect(new OlderStdio(program(workspace)));
      return client;
    },
  },
];

let workspace: string;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  workspace = await temporaryDirectory();
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function program(directory: string) {
  const args = [PROGRAM, "--workspace", directory, "mcp"];
  return { command: process.execPath, args, env: plainEnvironment(), stderr: "ignore" as const };
}

describe.each(LINES)("a client of $line line", ({ connect }) => {
  it(verifies("mcp.protocol", "is given tools, prompts, resources and completions"), async () => {
    await mkdir(join(workspace, "shop", ".syncsmith"), { recursive: true });
    await writeFile(join(workspace, "shop", "connector.py"), "print('hello')\n");
    const client = await connect(workspace);
    closing.push(() => client.close());
    expect(client.getInstructions()).toContain("build_connector");
    const { tools } = await client.listTools();
    expect(JSON.stringify(tools).length / 4).toBeLessThan(6000);
    for (const tool of tools) {
      expect(tool.description, tool.name).not.toBe("");
      expect(tool.title, tool.name).toBeTruthy();
      expect(tool.inputSchema.type, tool.name).toBe("object");
    }
    const hints = (name: string) => tools.find((tool) => tool.name === name)?.annotations;
    expect(hints("deploy_connector")).toMatchObject({
      destructiveHint: true,
      openWorldHint: true,
      readOnlyHint: false,
    });
    expect(hints("write_file")).toMatchObject({ destructiveHint: true, idempotentHint: true, openWorldHint: false });
    expect(hints("query_warehouse")).toMatchObject({ readOnlyHint: true, openWorldHint: false });
    expect(hints("probe_source")).toMatchObject({ readOnlyHint: true, openWorldHint: true });

    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["build-connector", "fix-connector", "explain-report"]),
    );
    const prompt = await client.getPrompt({ name: "explain-report", arguments: { connector: "shop" } });
    expect(JSON.stringify(prompt.messages)).toContain("the connector shop");

    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toContain("syncsmith://skills/pagination");
    expect(uris).toContain("syncsmith://connectors/shop/files/connector.py");
    const read = await client.readResource({ uri: "syncsmith://connectors/shop/files/connector.py" });
    expect(read.contents[0]).toMatchObject({ text: "print('hello')\n" });
    const completed = await client.complete({
      ref: { type: "ref/prompt", name: "explain-report" },
      argument: { name: "connector", value: "s" },
    });
    expect(completed.completion.values).toEqual(["shop"]);
  });

  it(verifies("mcp.errors", "is told what to call instead, without a stack"), async () => {
    const client = await connect(workspace);
    closing.push(() => client.close());
    const call = async (name: string, input: Record<string, unknown>) =>
      resultOf(await client.callTool({ name, arguments: input }));
    const cases: [string, Record<string, unknown>, RegExp][] = [
      ["record_clam", { connector: "shop" }, /Did you mean record_claim\?.*build_connector/s],
      ["build_connector", {}, /connector is missing/],
      ["build_connector", { connector: "shop" }, /There is no spec shop.*propose_spec/s],
      ["record_claim", { connector: "shop", claims: [] }, /There is no connector shop.*connector_status/s],
      ["read_skill", { name: "paginaton" }, /Did you mean pagination/],
      ["deploy_connector", { connector: "shop" }, /There is no connector shop/],
      ["enhance_connector", { connector: "shop" }, /Nothing is asked for/],
      ["read_file", { path: "connector.py" }, /connector is missing/],
      ["report", { connector: "../shop" }, /There is no connector/],
      [
        "propose_spec",
        { spec: { name: "shop", source: { kind: "rest", base_url: "https://x.invalid" } } },
        /Nothing was written/,
      ],
    ];
    for (const [name, input, said] of cases) {
      const { text, isError } = await call(name, input);
      expect(isError, `${name}: ${text}`).toBe(true);
      expect(text).toMatch(said);
      expect(text).not.toMatch(/\n\s+at /);
    }
  });
});

it(verifies("mcp.errors", "keeps a path inside the connector's folder, whoever asks for it"), async () => {
  await mkdir(join(workspace, "shop", ".syncsmith"), { recursive: true });
  await writeFile(join(workspace, "secret.txt"), "hidden words");
  await writeFile(join(workspace, "shop", "configuration.json"), '{"key": "hidden words"}');
  const client = await LINES[0]?.connect(workspace);
  if (client === undefined) throw new Error("There is no client.");
  closing.push(() => client.close());
  for (const path of ["../secret.txt", "configuration.json", "/etc/hostname", ".syncsmith/../../secret.txt"]) {
    const { text, isError } = resultOf(
      await client.callTool({ name: "read_file", arguments: { connector: "shop", path } }),
    );
    expect(isError, path).toBe(true);
    expect(text).not.toContain("hidden words");
    const uri = `syncsmith://connectors/shop/files/${path}`;
    await expect(client.readResource({ uri })).rejects.toThrow(/outside|person's|no file|not found/i);
  }
});

it(
  verifies("mcp.protocol", "ask_user shows a form where the host has one, and says to ask in words elsewhere"),
  async () => {
    const question = { question: "Does modified move with every change?", choices: ["yes", "no"] };
    const plain = await LINES[1]?.connect(workspace);
    if (plain === undefined) throw new Error("There is no client.");
    closing.push(() => plain.close());
    const told = resultOf(await plain.callTool({ name: "ask_user", arguments: question }));
    expect(told.text).toMatch(/shows no forms: ask the person.*Does modified move.*- yes/s);

    const asking = new OlderClient({ name: "test", version: "1" }, { capabilities: { elicitation: {} } });
    const shown: unknown[] = [];
    const replies = [{ action: "accept" as const, content: { answer: "no" } }, { action: "cancel" as const }];
    asking.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      shown.push(params);
      return replies.shift() ?? { action: "cancel" };
    });
    await asking.connect(new OlderStdio(program(workspace)));
    closing.push(() => asking.close());
    const call = async () => resultOf(await asking.callTool({ name: "ask_user", arguments: question }));
    expect((await call()).text).toBe("The person answers: no");
    expect(shown[0]).toMatchObject({ message: question.question });
    expect((await call()).text).toContain("gave no answer");
  },
);

it(
  verifies("mcp.protocol", "a log of 10 MB comes as its end, whole line by whole line, and the server lives on"),
  async () => {
    const place = join(workspace, "shop", ".syncsmith");
    await mkdir(place, { recursive: true });
    const line = `${JSON.stringify({ type: "note", text: "x".repeat(990) })}\n`;
    await writeFile(join(place, "run.jsonl"), line.repeat(10_500));
    const client = await LINES[0]?.connect(workspace);
    if (client === undefined) throw new Error("There is no client.");
    closing.push(() => client.close());
    const read = await client.readResource({ uri: "syncsmith://connectors/shop/run-log" });
    const [log] = read.contents as { text: string }[];
    expect(log?.text.length).toBeGreaterThan(3_900_000);
    for (const each of log?.text.trimEnd().split("\n") ?? []) expect(each).toBe(line.trimEnd());
    expect(resultOf(await client.callTool({ name: "connector_status", arguments: {} })).isError).toBe(false);
  },
);

describe("a client that does not behave", () => {
  it(
    verifies("mcp.protocol", "sends frames that are none: the server goes on, and only frames are on stdout"),
    async () => {
      const server = execa(process.execPath, program(workspace).args, {
        extendEnv: false,
        env: plainEnvironment(),
        reject: false,
        timeout: 30_000,
      });
      const frames = [
        "this is no frame",
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}',
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        '{"jsonrpc":"2.0","id":2,"method":"no/such"}',
        '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{}}',
        '{"jsonrpc":',
        '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"connector_status"}}',
      ];
      server.stdin.write(`${frames.join("\n")}\n`);
      const lines: { id?: number; error?: unknown; result?: { content?: { text: string }[] } }[] = [];
      for await (const line of server.iterable({ from: "stdout" })) {
        lines.push(JSON.parse(line));
        if (lines.at(-1)?.id === 4) server.stdin.end();
      }
      const byId = new Map(lines.map((line) => [line.id, line]));
      expect(byId.get(1)?.result).toBeDefined();
      expect(byId.get(2)?.error).toBeDefined();
      expect(byId.get(3)?.error).toBeDefined();
      expect((await server).exitCode).toBe(0);
    },
  );
});

describe("over HTTP", () => {
  async function serve(args: string[] = ["0"], environment: Record<string, string> = {}) {
    const server = execa(process.execPath, [PROGRAM, "--workspace", workspace, "mcp", "--http", ...args], {
      extendEnv: false,
      env: plainEnvironment(environment),
      reject: false,
      stdin: "ignore",
    });
    closing.push(async () => {
      server.kill("SIGTERM");
      await server;
    });
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      server.stderr?.on("data", (chunk) => {
        said += String(chunk);
        const found = /http:\S+/.exec(said)?.[0];
        if (found) resolve(found);
      });
      void server.then(({ exitCode }) => reject(new Error(`ended with ${exitCode}: ${said}`)));
    });
    return { server, address };
  }

  it(verifies("mcp.http", "serves two clients at once, and ends in order"), async () => {
    const { server, address } = await serve();
    const clients = await Promise.all(
      ["one", "two"].map(async (name) => {
        const client = new Client({ name, version: "1" });
        await client.connect(new StreamableHTTPClientTransport(new URL(address)));
        return client;
      }),
    );
    const answers = await Promise.all(
      clients.map((client) => client.callTool({ name: "connector_status", arguments: {} })),
    );
    for (const answer of answers) expect(resultOf(answer).text).toContain("no connector yet");
    for (const client of clients) await client.close();
    server.kill("SIGTERM");
    expect((await server).exitCode).toBe(0);
  });

  it(
    verifies("mcp.http", "refuses pages of other origins, other names of this machine, and a wrong token"),
    async () => {
      const { address } = await serve(["0"], { SYNCSMITH_MCP_TOKEN: "token-of-nobody-123" });
      const ask = (headers: Record<string, string>) =>
        fetch(address, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: "{}" });
      expect((await ask({ Origin: "https://evil.example" })).status).toBe(403);
      expect((await ask({})).status).toBe(401);
      expect((await ask({ Authorization: "Bearer wrong" })).status).toBe(401);
      expect((await ask({ Authorization: "Bearer token-of-nobody-123" })).status).not.toBe(401);
      const client = new Client({ name: "one", version: "1" });
      const headers = { Authorization: "Bearer token-of-nobody-123" };
      await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }));
      expect((await client.listTools()).tools.length).toBeGreaterThan(10);
      await client.close();
    },
  );

  it(verifies("mcp.http", "is not served to other machines without a token"), async () => {
    const server = await execa(process.execPath, [PROGRAM, "mcp", "--http", "0.0.0.0:0"], {
      extendEnv: false,
      env: plainEnvironment(),
      reject: false,
    });
    expect(server.exitCode).toBe(4);
    expect(server.stderr).toContain("SYNCSMITH_MCP_TOKEN");
  });

  it(verifies("mcp.http", "names a port that is in use"), async () => {
    const { address } = await serve();
    const { port } = new URL(address);
    const second = await execa(process.execPath, [PROGRAM, "mcp", "--http", port], {
      extendEnv: false,
      env: plainEnvironment(),
      reject: false,
    });
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toContain("is in use");
  });
});
