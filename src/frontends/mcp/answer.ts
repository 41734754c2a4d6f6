/** Answering a call: the server's own tools, the tools of a step whose turn it is, and looks that are possible at any time. */

import { isInputRequiredResult } from "@modelcontextprotocol/server";
import { badInput, cutResult } from "../../agent/answers.ts";
import { isLook, runCalls } from "../../agent/calls.ts";
import { loadSkills } from "../../agent/skills.ts";
import type { Tool } from "../../agent/tool.ts";
import { messageOf, ToolError, UserError } from "../../errors.ts";
import { nearest } from "../../system/nearest.ts";
import { withoutSecrets } from "../../system/secrets.ts";
import type { ConnectorDesk } from "../../tools/desk.ts";
import { listFilesTool } from "../../tools/list-files.ts";
import { queryWarehouse } from "../../tools/query-warehouse.ts";
import { readFileTool } from "../../tools/read-file.ts";
import { readSkill } from "../../tools/read-skill.ts";
import { queryConnector } from "../../workflow/query.ts";
import { placeOf, toolsIn } from "./place.ts";
import { isSaid, type OwnTool, type Said, type ToolCall } from "./said.ts";
import type { Server } from "./state.ts";

/** What comes back to the client, as the protocol has it. */
export interface Answer {
  text: string;
  structured?: Record<string, unknown>;
  isError: boolean;
}

export interface Question {
  name: string;
  input: Record<string, unknown>;
}

export interface Offer {
  own: readonly OwnTool[];
  steps: readonly Tool[];
  /** Names of the skills there are. */
  skills: readonly string[];
}

type Wanted = Exclude<Awaited<ReturnType<OwnTool["run"]>>, Said>;

interface Asking {
  offer: Offer;
  call: ToolCall;
}

/**
 * Throws nothing: what went wrong is in the answer, in words that say what to call instead. The one door to a host's model:
 * no value of a secret passes it, in the text or in the structured content.
 */
export async function answer(server: Server, question: Question, asking: Asking): Promise<Answer | Wanted> {
  const found = await answerAsItIs(server, question, asking);
  if (isInputRequiredResult(found)) return found;
  return withoutSecrets(found, server.redactor);
}

async function answerAsItIs(
  server: Server,
  { name, input }: Question,
  { offer, call }: Asking,
): Promise<Answer | Wanted> {
  try {
    const own = offer.own.find((tool) => tool.name === name);
    if (own !== undefined) return await answerOwn(own, { input, call });
    if (!offer.steps.some((tool) => tool.name === name)) return failed(unknown(name, offer));
    return await answerStep(server, { name, input }, call);
  } catch (error) {
    return failed(inWords(error));
  }
}

/** No stack, whatever it is. */
function inWords(error: unknown): string {
  if (error instanceof UserError) return error.hint ? `${error.message} ${error.hint}` : error.message;
  if (error instanceof ToolError) return error.message;
  return `This is a bug of Syncsmith's: ${messageOf(error).split("\n")[0]}`;
}

function failed(text: string): Answer {
  return { text, isError: true };
}

function unknown(name: string, { own, steps }: Offer): string {
  const names = [...own, ...steps].map((tool) => tool.name);
  const meant = nearest(name, names);
  return `There is no tool ${name}.${meant ? ` Did you mean ${meant}?` : ""} build_connector says which of these the step needs: ${names.join(", ")}.`;
}

async function answerOwn(tool: OwnTool, { input, call }: { input: unknown; call: ToolCall }): Promise<Answer | Wanted> {
  const parsed = tool.input.safeParse(input);
  if (!parsed.success) return failed(badInput(tool, parsed.error));
  const result = await tool.run(parsed.data, call);
  if (!isSaid(result)) return result;
  const { text, structured } = result;
  // What a step asks for is never cut: there is no asking for less of it.
  const shown = structured === undefined ? cutResult(text) : text;
  return { text: shown, ...(structured ? { structured } : {}), isError: false };
}

async function answerStep(server: Server, { name, input }: Question, call: ToolCall): Promise<Answer> {
  const { connector, ...rest } = input;
  if (name === "read_skill" && connector === undefined) {
    return runLook(server, readSkill({ skills: await loadSkills() }), { input: rest, call });
  }
  if (typeof connector !== "string" || connector === "") {
    return failed(`The input of ${name} is not as it must be; nothing was run.\n- connector is missing`);
  }
  const run = server.runs.of(connector);
  const turn = run?.turn();
  if (run !== undefined && turn !== undefined && toolsIn(turn).includes(name)) {
    run.touch();
    const alone = !isLook(turn.tools.find((tool) => tool.name === name)?.effect);
    const { text, ok, finished } = await run.waitFor(
      { key: JSON.stringify([name, rest]), name, alone, ...call },
      (signal) => turn.call(name, rest, signal),
    );
    if (!finished) return { text, isError: !ok };
    await run.settled(call);
    const place = await placeOf(run);
    const whole = `${text}\n\n${place.text}`;
    return { text: whole, structured: { ...place.structured, instructions: whole }, isError: false };
  }
  const look = (await looksAt(server, connector)).find((tool) => tool.name === name);
  if (look === undefined) return failed(outOfTurn(connector, name, run));
  return runLook(server, look, { input: rest, call });
}

async function runLook(
  { redactor }: Server,
  look: Tool,
  { input, call }: { input: unknown; call: ToolCall },
): Promise<Answer> {
  const { results } = await runCalls([{ id: look.name, name: look.name, input }], {
    tools: [look],
    emit: () => {},
    redact: redactor.redact,
    signal: call.signal,
    pause: (work) => work(),
  });
  return { text: String(results[0]?.content ?? ""), isError: results[0]?.is_error === true };
}

function outOfTurn(connector: string, name: string, run: ReturnType<Server["runs"]["of"]>): string {
  const turn = run?.turn();
  if (turn !== undefined) {
    return `${name} is no tool of this step. ${connector} is in ${turn.step}, whose tools are: ${toolsIn(turn).join(", ")}. finish_step ends it.`;
  }
  if (run !== undefined && run.ended() === undefined) {
    return `${connector} is at work (${run.doing()}), and it is not your turn. Call build_connector to wait.`;
  }
  return `No step of ${connector} is open here, so ${name} has nothing to work on. Call build_connector with connector ${JSON.stringify(connector)}: it says what is needed next.`;
}

/** What can be looked at whenever the connector is there. */
async function looksAt(server: Server, connector: string): Promise<Tool[]> {
  const { directory } = await server.storeOf(connector);
  const elsewhere = "Files are changed in a step that is your turn.";
  const desk: ConnectorDesk = {
    directory,
    locked: () => elsewhere,
    wrote: async () => {},
    lint: async () => {
      throw new ToolError("Linting belongs to a step. Call build_connector.");
    },
    test: async () => {
      throw new ToolError("Call build_connector with step `test`.");
    },
    query: (sql, maxRows) => queryConnector(directory, sql, maxRows),
    redact: server.redactor.redact,
  };
  return [listFilesTool(desk), readFileTool(desk), queryWarehouse(desk), readSkill({ skills: await loadSkills() })];
}
