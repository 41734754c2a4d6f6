/** A conversation of the workspace: taken up where it was, ended, begun anew. */
import { join } from "node:path";
import { INTERRUPTED } from "../../agent/answers.ts";
import { type Conversation, conversationKey, openConversation } from "../../agent/conversation.ts";
import { callsOf } from "../../agent/messages.ts";
import { readText } from "../../system/files.ts";
import type { Redactor } from "../../system/secrets.ts";

export interface ChatConversation {
  conversation: Conversation;
  /** When it began, ISO 8601; undefined for a new one. */
  began: string | undefined;
}

export interface ChatConversationOptions {
  /** The chat's folder in the workspace. */
  directory: string;
  /** A conversation belongs to its model: thinking is signed. */
  modelId: string;
  redactor: Redactor;
}

export async function openChatConversation(options: ChatConversationOptions): Promise<ChatConversation> {
  const path = join(options.directory, "conversation.jsonl");
  const key = conversationKey(["chat", options.modelId]);
  const conversation = await openConversation({ path, key, redactor: options.redactor });
  if (!conversation.resumed) return { conversation, began: undefined };
  const [first = ""] = ((await readText(path)) ?? "").split("\n", 1);
  return { conversation, began: (JSON.parse(first) as { time?: string }).time };
}

/** Appends what the person says. Calls that a kill left without results are answered first, in the same message. */
export function appendMessage(conversation: Conversation, text: string): void {
  const open = callsOf(conversation.messages.at(-1));
  conversation.append({
    role: "user",
    content: [
      ...open.map(({ id }) => ({
        type: "tool_result" as const,
        tool_use_id: id,
        content: INTERRUPTED,
        is_error: true,
      })),
      { type: "text", text },
    ],
  });
}
