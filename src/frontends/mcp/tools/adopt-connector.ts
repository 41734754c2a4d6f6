/** adopt_connector: a connector that was written elsewhere, drafted as a spec that can be put to the proof. */
import { basename, join, relative, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../../errors.ts";
import { isDirectory } from "../../../system/files.ts";
import { draftAdoption } from "../../../workflow/adopt-draft.ts";
import { targetOfCode } from "../../lint.ts";
import { SPECS } from "../../secrets.ts";
import { createServices } from "../../session.ts";
import { agree } from "../agree.ts";
import { consentToAdopt } from "../consent.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";

const outputSchema = z.strictObject({ spec: z.string(), missing: z.array(z.string()) });

export function adoptConnector(server: Server): OwnTool {
  return defineOwnTool({
    name: "adopt_connector",
    title: "Adopt connector",
    description:
      "Read a connector that was written elsewhere and draft the spec to prove it by: what its code tells, and what is still to be " +
      "said. Complete it from its code and documentation, then propose_spec and build_connector. Its code is copied, never changed.",
    input: z.strictObject({
      directory: z.string().min(1).describe("the connector's folder"),
      name: z.string().min(1).optional().describe("default: the folder's name"),
    }),
    output: outputSchema,
    effect: "execute",
    run: async ({ directory: given, name }, call) => {
      const directory = resolve(given);
      if (!(await isDirectory(directory))) throw new UserError(`${given} is no folder.`);
      const approval = consentToAdopt(directory);
      const command = server.command(`consent ${JSON.stringify(directory)} --adopt`);
      const wanted = await agree(approval, { consents: server.consents, call, command });
      if (wanted !== undefined) return wanted;
      const services = createServices(server.context, call.progress);
      const targets = await services.targets({ target: await targetOfCode(directory), kind: "rest" });
      const [part] = targets.parts;
      if (part === undefined) throw new Error("There is no target.");
      const code = relative(join(resolve(server.context.workspace), SPECS), directory);
      const { text: spec, missing } = await draftAdoption({
        directory,
        code,
        name: name ?? basename(directory),
        target: part.target,
        signal: call.signal,
      });
      const open = missing.map((line) => `- ${line}`).join("\n");
      const text = `${spec}\nStill to be completed:\n${open}\nThen call propose_spec with the whole.`;
      return { text, structured: { spec, missing } };
    },
  });
}
