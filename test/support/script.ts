/** Words to write down what a scripted model says: see `messages-endpoint.ts`. */
import type { ScriptBlock, ScriptEntry } from "./messages-endpoint.ts";

export const use = (name: string, input: unknown): ScriptBlock => ({ type: "tool_use", name, input });
export const says = (...reply: (ScriptBlock | string)[]): ScriptEntry => ({ reply });
export const edit = (path: string, old: string, text: string) => use("edit_file", { path, old, new: text });
