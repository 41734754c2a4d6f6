/** The server as the protocol sees it: tools, resources and prompts over one state. */
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  isInputRequiredResult,
  McpServer,
  type Server as ProtocolServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { loadPrompt } from "../../agent/prompt.ts";
import { VERSION } from "../../options.ts";
import type { Offer } from "./answer.ts";
import { registerPrompts } from "./prompts.ts";
import { registerResources } from "./resources.ts";
import type { Asked, Form, ToolCall } from "./said.ts";
import type { Server } from "./state.ts";

/** Everything behind the first answer is loaded when it is asked for: a host waits for `initialize`. */
export async function createMcp(server: () => Promise<Server>): Promise<McpServer> {
  const mcp = new McpServer(
    { name: "syncsmith", title: "Syncsmith", version: VERSION },
    { instructions: await loadPrompt("mcp/instructions"), capabilities: { tools: {} } },
  );
  const tools = lazily(async () => (await import("./tools.ts")).offer(await server()));
  mcp.server.setRequestHandler("tools/list", async () => ({
    tools: (await import("./tools.ts")).listed(await tools()),
  }));
  mcp.server.setRequestHandler("tools/call", async ({ params }, ctx): Promise<CallToolResult | InputRequiredResult> => {
    const { answer } = await import("./answer.ts");
    const call = toolCall(mcp.server, ctx);
    const question = { name: params.name, input: params.arguments ?? {} };
    const answered = await answer(await server(), question, { offer: await tools(), call });
    if (isInputRequiredResult(answered)) return answered;
    const { text, structured, isError } = answered;
    return {
      content: [{ type: "text" as const, text }],
      ...(structured ? { structuredContent: structured } : {}),
      ...(isError ? { isError } : {}),
    };
  });
  registerResources(mcp, server);
  registerPrompts(mcp, server);
  return mcp;
}

function lazily(make: () => Promise<Offer>): () => Promise<Offer> {
  let made: Promise<Offer> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Clients give up on a call after 60 seconds unless they were told otherwise; the answer takes a moment itself. */
const ANSWER_MS = 40_000;

function toolCall(protocol: ProtocolServer, ctx: ServerContext): ToolCall {
  const { signal, _meta, inputResponses } = ctx.mcpReq;
  const token = _meta?.progressToken;
  let progress = 0;
  return {
    signal,
    answerBy: AbortSignal.timeout(ANSWER_MS),
    progress: (message) => {
      if (token === undefined) return;
      progress += 1;
      const params = { progressToken: token, progress, message };
      // A client that is gone hears nothing; the call's signal tells.
      void ctx.mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
    },
    asked: (key) => {
      const response = inputResponse(inputResponses, key);
      if (response.kind === "elicit") return answered(response);
      return { state: showsForms(protocol, ctx) ? "unasked" : "impossible" };
    },
    ask: (key, { message, fields, required }: Form) =>
      inputRequired({
        inputRequests: {
          [key]: inputRequired.elicit({
            message,
            requestedSchema: { type: "object", properties: { ...fields }, required: [...required] },
          }),
        },
      }),
  };
}

function answered({ action, content }: { action: string; content?: Record<string, unknown> }): Asked {
  return action === "accept" ? { state: "answered", values: content ?? {} } : { state: "declined" };
}

/** What the client said of itself: with each request in today's protocol, once in the older one. */
function showsForms(protocol: ProtocolServer, ctx: ServerContext): boolean {
  const envelope = ctx.mcpReq.envelope as Readonly<Record<string, { elicitation?: unknown }>> | undefined;
  const capabilities = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? protocol.getClientCapabilities();
  return capabilities?.elicitation !== undefined;
}
