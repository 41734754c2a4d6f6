/** `syncsmith mcp`: serves, or registers the server with a host. */
import { type ExitCode, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";

export interface McpCommand {
  http?: string;
  install?: "claude" | "cursor" | "vscode";
  directory: string;
  skills: boolean;
  print: boolean;
  force: boolean;
}

export async function mcp({ http, ...own }: McpCommand, context: CommandContext): Promise<ExitCode> {
  if (own.install === undefined && (own.print || own.force)) {
    throw new UserError("--print and --force belong to --install.", {
      hint: "For example: syncsmith mcp --install claude --print",
    });
  }
  if (own.install === undefined && !own.skills) return (await import("./serve.ts")).serve({ http }, context);
  const { installMcp } = await import("./install.ts");
  const { install: host, ...rest } = own;
  return installMcp({ host, workspace: context.workspace, ...rest }, context);
}
