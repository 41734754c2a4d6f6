/** adopt_connector, as a host has it: the yes is asked for in a form, or said in the person's own terminal. */
import { join, resolve } from "node:path";
import { z } from "zod";
import { ADOPT_CONNECTOR, adoptApproval, draftInWords } from "../../../tools/adopt-connector.ts";
import { draftSpec, folderToAdopt } from "../../adoption.ts";
import { SPECS } from "../../secrets.ts";
import { agree } from "../agree.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";

const outputSchema = z.strictObject({ spec: z.string(), missing: z.array(z.string()) });

export function adoptConnector(server: Server): OwnTool {
  return defineOwnTool({
    ...ADOPT_CONNECTOR,
    output: outputSchema,
    run: async (adopting, call) => {
      const { context, consents, redactor } = server;
      const directory = await folderToAdopt(context, adopting);
      const command = server.command(`consent ${JSON.stringify(directory)} --adopt`);
      const wanted = await agree(adoptApproval(directory), { consents, call, command });
      if (wanted !== undefined) return wanted;
      const drafting = { specs: join(resolve(context.workspace), SPECS), onNote: call.progress, signal: call.signal };
      const drafted = await draftSpec(context, { ...adopting, directory }, drafting);
      redactor.add(...drafted.secrets);
      const text = `${draftInWords(drafted)}\nThen call propose_spec with the whole.`;
      return { text, structured: { spec: drafted.text, missing: drafted.missing } };
    },
  });
}
