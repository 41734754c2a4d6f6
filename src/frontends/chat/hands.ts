/** What tools of a chat may reach for. */
import type { Approve, Ask } from "../../agent/approval.ts";
import type { MessageParam } from "../../agent/model.ts";
import type { BuildResult } from "../../tools/build-connector.ts";
import type { BuildRun } from "../building.ts";
import type { Style } from "./paint.ts";

/** Folder in the workspace: the conversation, what was typed, which specs were written here. */
export const CHAT_FOLDER = ".syncsmith-chat";

/** What is meant where nothing is named. */
export interface Focus {
  connector: string | undefined;
  /** A folder that is to be adopted: until it is built, files are looked at there. */
  folder: string | undefined;
}

export interface ChatHands {
  ask: Ask;
  approve: Approve;
  /** Builds, or runs one step, and shows it. */
  run: (run: BuildRun, signal: AbortSignal) => Promise<BuildResult>;
  focus: Focus;
  /** The conversation so far. */
  said: () => readonly MessageParam[];
  /** A line of the program's own to the person. */
  note: (text: string, style?: Style) => void;
}
