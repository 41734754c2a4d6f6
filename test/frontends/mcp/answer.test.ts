/** The door to a host's model. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ToolError } from "../../../src/errors.ts";
import { answer } from "../../../src/frontends/mcp/answer.ts";
import { defineOwnTool, type Said, type ToolCall } from "../../../src/frontends/mcp/said.ts";
import type { Server } from "../../../src/frontends/mcp/state.ts";
import { createRedactor } from "../../../src/system/secrets.ts";
import { verifies } from "../../support/verifies.ts";

const SECRET = 'tok"en-of-nobody/417';

async function answered(run: () => Promise<Said>): Promise<string> {
  const tool = defineOwnTool({
    name: "leak",
    title: "Leak",
    description: "",
    input: z.strictObject({}),
    effect: "read",
    run,
  });
  const server = { redactor: createRedactor([SECRET]) } as Server;
  const signal = new AbortController().signal;
  const call: ToolCall = {
    signal,
    answerBy: signal,
    progress: () => {},
    asked: () => ({ state: "impossible" }),
    ask: () => expect.unreachable(),
  };
  return JSON.stringify(
    await answer(server, { name: "leak", input: {} }, { offer: { own: [tool], steps: [], skills: [] }, call }),
  );
}

describe(verifies("mcp.errors", "no value of a secret passes"), () => {
  it("in a text or in structured content", async () => {
    const said = await answered(async () => ({
      text: `a ${SECRET} b`,
      structured: { inner: [{ summary: `${SECRET}!` }] },
    }));
    expect(said).toContain('"a **** b"');
    expect(said).toContain('"****!"');
    expect(said).not.toContain("nobody/417");
  });

  it("in an error", async () => {
    const said = await answered(async () => {
      throw new ToolError(`refused with ${SECRET}`);
    });
    expect(said).toContain("refused with ****");
  });
});
