/** What a person may ask of the program itself, without the model: lines that begin with a slash. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { UserError } from "../../errors.ts";
import { listFiles, readText } from "../../system/files.ts";
import { nearest } from "../../system/nearest.ts";
import { standingText } from "../../tools/connector-status.ts";
import { bytes, counted } from "../../wording/numbers.ts";
import { type Change, lastChange, undo } from "../../workflow/history.ts";
import { connectorsIn, standingIn, storeOf } from "../standing.ts";
import { CHANGING_COMMANDS } from "./changing-commands.ts";
import { type Command, type CommandDesk, type CommandEnd, connectorAndWords, meant } from "./command.ts";
import { addCost, type Cost, costInWords } from "./cost.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  "/help": { usage: "", about: "these lines", run: showHelp },
  "/status": { usage: "[connector]", about: "where each step stands", run: showStatus },
  "/files": { usage: "[connector]", about: "the connector's files", run: showFiles },
  "/test": { usage: "[connector]", about: "run the test step now", run: runTest },
  "/query": { usage: "[connector] SQL", about: "SQL on the rows of the last test (schema tester)", run: runQuery },
  ...CHANGING_COMMANDS,
  "/diff": { usage: "[connector]", about: "what the last change did to the files", run: showDiff },
  "/undo": { usage: "[connector]", about: "put the files back to before that change", run: runUndo },
  "/cost": { usage: "", about: "what the model has cost, by step", run: showCost },
  "/new": { usage: "", about: "begin another conversation", run: beginAnew },
  "/quit": { usage: "", about: "leave; the conversation is kept", run: async () => ({ leave: true }) },
};

export const COMMAND_NAMES = Object.keys(COMMANDS);

/** `/home/me/spec.yaml` is the beginning of a sentence, not a command. */
export function isCommand(line: string): boolean {
  return /^\/[^\s/]*(\s|$)/.test(line);
}

/** Throws `UserError`, and what a tool throws. */
export async function runCommand(desk: CommandDesk, line: string): Promise<CommandEnd> {
  const [name = ""] = line.trim().split(/\s+/);
  const command = COMMANDS[name.toLowerCase()];
  if (command === undefined) {
    const meant = nearest(name, COMMAND_NAMES);
    throw new UserError(`There is no command ${name}.`, {
      hint: meant ? `Did you mean ${meant}? /help lists all.` : "/help lists all.",
    });
  }
  return command.run(desk, line.trim().slice(name.length).trim());
}

async function showHelp({ screen }: CommandDesk): Promise<undefined> {
  screen.print(helpText());
}

async function beginAnew({ renew }: CommandDesk): Promise<undefined> {
  await renew();
}

function helpText(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { usage, about }]) => `  ${`${name} ${usage}`.padEnd(28)}${about}`,
  );
  return [
    "Anything that does not begin with a slash goes to the model.",
    ...lines,
    "Ctrl-C interrupts what is going on, twice leaves; Ctrl-D leaves.",
  ].join("\n");
}

async function showStatus(desk: CommandDesk, named: string): Promise<undefined> {
  const { context, screen } = desk;
  const names = await connectorsIn(context.workspace);
  screen.print(standingText(await standingIn(context, await meant(desk, named))));
  const others = names.filter((name) => name !== desk.focus.connector);
  if (named === "" && others.length > 0) screen.lines.line(screen.paint("dim", `others: ${others.join(", ")}`));
}

/** What a sync leaves behind is not part of a connector. */
const LEFT_BEHIND = ["files", "__pycache__", "crash-reports"];

async function showFiles(desk: CommandDesk, named: string): Promise<undefined> {
  const { directory } = await storeOf(desk.context, await meant(desk, named));
  const paths = await listFiles(directory, LEFT_BEHIND);
  const width = Math.max(0, ...paths.map((path) => path.length));
  const sizes = await Promise.all(paths.map((path) => stat(join(directory, path))));
  const lines = paths.map((path, index) => `  ${path.padEnd(width)}  ${bytes(sizes[index]?.size ?? 0)}`);
  desk.screen.print([directory, ...lines].join("\n"));
}

async function runTest(desk: CommandDesk, named: string): Promise<undefined> {
  await desk.step(await meant(desk, named), "test");
}

const ROWS = 50;

async function runQuery(desk: CommandDesk, rest: string): Promise<undefined> {
  const { context, screen } = desk;
  const { named, words: sql } = await connectorAndWords(desk, rest);
  if (sql === "") throw new UserError("There is no SQL to run.", { hint: "/query SELECT count(*) FROM tester.orders" });
  const connector = await meant(desk, named);
  const { directory } = await storeOf(context, connector);
  if ((await readText(join(directory, "files", "state.json"))) === undefined) {
    throw new UserError(`${connector} has no local warehouse yet.`, { hint: "/test makes one." });
  }
  const { openWarehouse } = await import("../../warehouse/open.ts");
  const warehouse = await openWarehouse(join(directory, "files", "warehouse.db"), { readOnly: true });
  try {
    const { toTable } = await import("../query.ts");
    const result = await warehouse.query(sql, { maxRows: ROWS });
    screen.print(toTable(result));
    const shown = `${counted(result.rows.length, "row")} of ${connector}`;
    const more = result.truncated ? `; the first ${ROWS}: \`syncsmith query\` shows more` : "";
    screen.lines.line(screen.paint("dim", shown + more));
  } finally {
    await warehouse.close();
  }
}

async function showDiff(desk: CommandDesk, named: string): Promise<undefined> {
  const connector = await meant(desk, named);
  const change = await lastChange(await storeOf(desk.context, connector));
  if (change === undefined) {
    desk.screen.say(`Nothing in ${connector} is different from before its last change.`);
    return;
  }
  desk.screen.print([`${connector}: since ${whenAndWhy(change)}`, ...change.files.map(patchOf)].join("\n"));
}

/** A longer difference of one file is cut. */
const PATCH_LINES = 200;

/** New and removed files are named, changed ones shown. */
function patchOf({ path, before, after }: Change["files"][number]): string {
  if (before === undefined || after === undefined) {
    const lines = (after ?? before ?? "").split("\n").length - 1;
    return `${after === undefined ? "removed" : "new"}: ${path} (${counted(lines, "line")})`;
  }
  const [, , ...patch] = createTwoFilesPatch(path, path, before, after, "", "").trimEnd().split("\n");
  const more = patch.length - PATCH_LINES;
  return [`changed: ${path}`, ...patch.slice(0, PATCH_LINES), ...(more > 0 ? [`(${more} lines more)`] : [])].join("\n");
}

async function runUndo(desk: CommandDesk, named: string): Promise<undefined> {
  const connector = await meant(desk, named);
  const undone = await undo(await storeOf(desk.context, connector));
  if (undone === undefined) {
    desk.screen.say(`There is no change of ${connector} to undo.`);
    return;
  }
  const { change, kept } = undone;
  const words = change.files.map(
    ({ path, before, after }) =>
      `  ${path} ${before === undefined ? "removed" : after === undefined ? "restored" : "put back"}`,
  );
  desk.screen.print(
    [`${connector} is as it was before ${whenAndWhy(change)}:`, ...words, `What was undone is kept in ${kept}`].join(
      "\n",
    ),
  );
}

function whenAndWhy({ why, time }: Change): string {
  return `${why} (${clock(time)})`;
}

/** `10:32` today, `20 Nov 10:32` on other days; the person's own time. */
export function clock(iso: string, now = new Date()): string {
  const then = new Date(iso);
  const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === now.toDateString()) return time;
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}

async function showCost({ screen, costs, earlier }: CommandDesk): Promise<undefined> {
  const before = earlier();
  const rows: [string, Cost][] = [
    ...(before.requests > 0 ? ([["earlier", before]] as [string, Cost][]) : []),
    ...costs.entries(),
  ];
  if (rows.length === 0) {
    screen.say("Nothing yet.");
    return;
  }
  const line = (name: string, cost: Cost) =>
    `  ${name.padEnd(14)}${counted(cost.requests, "request").padStart(12)}   ${costInWords(cost)}`;
  screen.print(
    [...rows.map(([name, cost]) => line(name, cost)), line("in all", addCost(before, costs.total()))].join("\n"),
  );
}
