/** decline_change: what is asked for cannot or should not be done, and the connector stays as it is. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";

/** For decline_change. */
export interface DeclineDesk {
  decline(reason: string): Promise<void>;
}

export function declineChange({ decline }: DeclineDesk): Tool {
  return defineTool<{ reason: string }>({
    name: "decline_change",
    title: "Decline change",
    description:
      "End without a change: the source does not offer what is asked for, the request contradicts itself, or rows would be lost by it. " +
      "The connector stays as it was, and the person reads your reason.",
    input: z.strictObject({
      reason: z.string().min(20).describe("why, with the evidence; what the person could do instead"),
    }),
    effect: "write",
    ends: true,
    describe: ({ reason }) => reason.split("\n")[0] ?? "",
    run: async ({ reason }) => {
      await decline(reason);
      return { text: "Noted; nothing is changed.", outcome: "declined", finished: true };
    },
  });
}
