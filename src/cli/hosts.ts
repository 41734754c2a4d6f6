/** Commands around the MCP server. */
import { type Command, Option } from "commander";
import type { McpCommand } from "../frontends/mcp/command.ts";
import type { Call } from "./program.ts";

export function addHosts(program: Command, call: Call): void {
  program
    .command("mcp")
    .description("the MCP server, for Claude Code, Cursor and VS Code; on stdio unless --http")
    .option("--http <place>", "serve over HTTP: a port on loopback, or HOST:PORT (then SYNCSMITH_MCP_TOKEN is needed)")
    .addOption(
      new Option("--install <host>", "register it with a host instead").choices(["claude", "cursor", "vscode"]),
    )
    .option("--directory <dir>", "the project that --install and --skills are for", ".")
    .option("--skills", "place the skills in .claude/skills of the project", false)
    .option("--print", "show what --install would write", false)
    .option("--force", "replace an entry that differs", false)
    .action((own: McpCommand) =>
      call(async (context) => (await import("../frontends/mcp/command.ts")).mcp(own, context)),
    );
  program
    .command("consent")
    .description("say yes, in a terminal, to what a host's model wants done: to a build, a deployment, an adoption")
    .argument("<connector>", "its name, the path of a spec, or with --adopt a folder")
    .option("--deploy", "to deploying it", false)
    .option("--adopt", "to asking the code in this folder for its schema", false)
    .action((connector: string, own: { deploy: boolean; adopt: boolean }) =>
      call(async (context) =>
        (await import("../frontends/mcp/consent-command.ts")).consent({ connector, ...own }, context),
      ),
    );
}
