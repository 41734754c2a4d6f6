/** A chat on a real terminal: keys in, a screen out. */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { startOnTerminal, type Terminal, type TerminalOptions } from "../support/pseudo-terminal.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { writeShop } from "../support/shop.ts";
import { verifies } from "../support/verifies.ts";

const PROGRAM = fileURLToPath(new URL("../support/chat-program.ts", import.meta.url));
const LOADER = import.meta.resolve("tsx");
const SECRET = "shop-token-4f9a7c";
const KEYS = { enter: "\r", ctrlC: "\x03", ctrlD: "\x04", up: "\x1b[A", tab: "\t" };

let workspace: string;
beforeEach(async () => {
  workspace = await temporaryDirectory();
  await mkdir(join(workspace, "specs"));
  const auth = '{ kind: bearer, token: "${env:SHOP_TOKEN}" }';
  await writeFile(
    join(workspace, "specs", "shop.yaml"),
    `name: Shop\nsource: { kind: rest, docs: [a.yaml], auth: ${auth} }\n`,
  );
});

function start(options: TerminalOptions = {}): Terminal {
  const environment = { SHOP_TOKEN: SECRET, ...options.environment };
  return startOnTerminal([process.execPath, "--import", LOADER, PROGRAM, workspace], { ...options, environment });
}

/** Started, and waiting for a message. */
async function started(options: TerminalOptions = {}): Promise<Terminal> {
  const terminal = start(options);
  await terminal.shows("Ctrl-D leaves");
  await terminal.shows(/^>$/m);
  return terminal;
}

/** Screen below the greeting, without empty lines. */
const below = (terminal: Terminal) => {
  const lines = terminal.screen().filter((line) => line !== "");
  return lines.slice(lines.findIndex((line) => line.startsWith("> ")));
};

/** What follows each escape, where it sets a colour or a weight. */
const colours = (terminal: Terminal) =>
  terminal
    .bytes()
    .split("\x1b[")
    .flatMap((part) => /^[0-9;]*m/.exec(part)?.[0] ?? []);

describe(verifies("chat.conversation", "a chat on a terminal"), () => {
  it("wraps what is said at the terminal's width, also after it was resized", async () => {
    const terminal = await started();
    const words = "word ".repeat(30).trim();
    terminal.type(`say ${words} end.${KEYS.enter}`);
    await terminal.shows("in all");
    const first = terminal.screen().filter((line) => line.startsWith("word"));
    expect(first.length).toBeGreaterThan(1);
    for (const line of first) expect(line).toMatch(/^(word ?|end\.)+$/);
    terminal.resize(40, 30);
    await sleep(100);
    const before = terminal.bytes().length;
    terminal.type(`say ${words} done.${KEYS.enter}`);
    await terminal.shows("in all", 2);
    const said = terminal
      .bytes()
      .slice(before)
      .split("\r\n")
      .filter((line) => /^(word ?)+/.test(line));
    expect(said.length).toBeGreaterThan(2);
    for (const line of said) expect(line.length).toBeLessThan(40);
  });

  it("shows how long it has been waiting, and leaves nothing of that behind", async () => {
    const terminal = await started();
    terminal.type(`hang${KEYS.enter}`);
    await terminal.shows(/Thinking about … \d+ s/);
    const waited = () => Number(/Thinking about … (\d+) s/.exec(terminal.screen().join("\n"))?.[1] ?? 0);
    // A busy machine may miss a second: it counts on all the same.
    const first = waited();
    await expect.poll(waited, { timeout: 10_000 }).toBeGreaterThan(first);
    terminal.type(KEYS.ctrlC);
    await terminal.shows("Interrupted. The conversation goes on");
    expect(terminal.screen().join("\n")).not.toMatch(/… \d|thinking/);
  });

  it("keeps what is typed while a turn runs: lines as messages, the rest at the prompt", async () => {
    const terminal = await started();
    terminal.type(`slow one two three four five six seven eight nine ten${KEYS.enter}`);
    await terminal.shows("one two three");
    terminal.type(`say second${KEYS.enter}third and`);
    await terminal.shows("in all", 2);
    await terminal.shows(/^> third and$/m);
    terminal.type(` more${KEYS.enter}`);
    await terminal.shows("You said: third and more");
    await expect
      .poll(() => below(terminal).filter((line) => !line.includes("in all")))
      .toEqual([
        "> slow one two three four five six seven eight nine ten",
        "one two three four five six seven eight nine ten",
        "> say second",
        "second",
        "> third and more",
        "You said: third and more",
        ">",
      ]);
  });

  it("takes a paste of several lines as one message that can be edited", async () => {
    const terminal = await started();
    terminal.type("before \x1b[200~line one\rline two\rline three\r\x1b[201~");
    await terminal.shows("line three");
    await sleep(100);
    expect(terminal.screen().join("\n")).not.toContain("You said");
    terminal.type(` after${KEYS.enter}`);
    await terminal.shows("in all");
    expect(below(terminal).slice(0, 6)).toEqual([
      "> before line one",
      "line two",
      "line three after",
      "You said: before line one",
      "line two",
      "line three after",
    ]);
  });

  it("completes commands, and does not mistake a wrong one", async () => {
    const terminal = await started();
    terminal.type("/he");
    await terminal.shows("> /he");
    // By itself: in a stretch of keys a tab counts as pasted.
    terminal.type(KEYS.tab);
    await terminal.shows("> /help");
    terminal.type(KEYS.enter);
    await terminal.shows("put the files back");
    terminal.type(`/quti${KEYS.enter}`);
    await terminal.shows("Did you mean /quit?");
    terminal.type(`/quit${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
  });

  it("has no colour with NO_COLOR", async () => {
    const terminal = await started({ environment: { NO_COLOR: "1" } });
    terminal.type(`call connector_status {}${KEYS.enter}`);
    await terminal.shows("in all");
    expect(colours(terminal)).toEqual([]);
  });
});

describe(verifies("chat.conversation", "Ctrl-C"), () => {
  it("once interrupts the turn and keeps the conversation", async () => {
    const terminal = await started();
    terminal.type(`hang${KEYS.enter}`);
    await terminal.shows("Thinking about");
    terminal.type(KEYS.ctrlC);
    await terminal.shows("Interrupted. The conversation goes on");
    await sleep(2100);
    terminal.type(`say still here${KEYS.enter}`);
    await terminal.shows(/^still here$/m);
    terminal.type(KEYS.ctrlD);
    expect(await terminal.ended()).toBe(0);
  });

  it("twice leaves in the middle of a turn, and says how to go on", async () => {
    const terminal = await started();
    terminal.type(`hang${KEYS.enter}`);
    await terminal.shows("Thinking about");
    terminal.type(KEYS.ctrlC);
    await sleep(150);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen().join("\n")).toContain("to go on with it");
  });

  it("clears what is typed; at an empty prompt it warns, and twice leaves", async () => {
    const terminal = await started();
    terminal.type("half a sentence");
    await terminal.shows("half a sentence");
    terminal.type(KEYS.ctrlC);
    await terminal.shows("half a sentence^C");
    terminal.type(`say whole${KEYS.enter}`);
    await terminal.shows("in all");
    terminal.type(KEYS.ctrlC);
    await terminal.shows("Ctrl-C again leaves");
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen().join("\n")).not.toContain("You said");
  });

  it("at an approval says no and interrupts the turn", async () => {
    const terminal = await started();
    terminal.type(`call build_connector {"spec":"shop"}${KEYS.enter}`);
    await terminal.shows("[y/N]");
    terminal.type(KEYS.ctrlC);
    await terminal.shows("Interrupted. The conversation goes on");
    await expect(stat(join(workspace, "shop"))).rejects.toThrow("ENOENT");
  });
});

describe("questions", () => {
  it("an approval shows what it means, and no is the answer to anything but yes", async () => {
    const terminal = await started();
    for (const [answer, time] of [
      ["", 1],
      ["maybe", 2],
      ["n", 3],
    ] as const) {
      terminal.type(`call build_connector {"spec":"shop"}${KEYS.enter}`);
      await terminal.shows("[y/N]", time);
      terminal.type(`${answer}${KEYS.enter}`);
      await terminal.shows("Results: Not built: refused.", time);
    }
    const screen = terminal.screen().join("\n");
    for (const part of ["Build Shop?", "generated Python", "SHOP_TOKEN", "nothing is deployed"])
      expect(screen).toContain(part);
    // What `NO_COLOR` takes away is there.
    expect(colours(terminal)).toContain("2m");
  });

  it("what was typed before an approval was shown does not answer it", async () => {
    const terminal = await started();
    terminal.type(`slow one two three four five six seven eight${KEYS.enter}`);
    await terminal.shows("one two");
    terminal.type(`call build_connector {"spec":"shop"}${KEYS.enter}y${KEYS.enter}`);
    await terminal.shows("[y/N]");
    await sleep(200);
    await expect(stat(join(workspace, "shop"))).rejects.toThrow("ENOENT");
    terminal.type(KEYS.enter);
    await terminal.shows("Results: Not built: refused.");
    await terminal.shows("You said: y");
  });

  it("choices are numbered; a number or words are an answer", async () => {
    const terminal = await started();
    terminal.type(`call ask_user {"question":"How does it page?","choices":["by page","by cursor"]}${KEYS.enter}`);
    await terminal.shows("2. by cursor");
    terminal.type(`2${KEYS.enter}`);
    await terminal.shows("Results: The person answers: by cursor");
    terminal.type(`call ask_user {"question":"Which tables?"}${KEYS.enter}`);
    await terminal.shows("answer:");
    terminal.type(`only the orders${KEYS.enter}`);
    await terminal.shows("Results: The person answers: only the orders");
  });
});

describe("a build", () => {
  it("asks, shows its steps, is interrupted, and goes on where it was; then it can be looked at", async () => {
    const spec = await writeShop(workspace, "test: { mode: simulated }\ntables: [orders]\n");
    await writeFile(
      join(workspace, "specs", "shop.yaml"),
      (await readFile(spec, "utf8")).replace("[shop.yaml]", "[../shop.yaml]"),
    );
    const terminal = await started();
    const build = async (time: number) => {
      terminal.type(`call build_connector {"spec":"shop"}${KEYS.enter}`);
      await terminal.shows("[y/N]", time);
      terminal.type(`yes${KEYS.enter}`);
    };
    await build(1);
    await terminal.shows(/^ {2}✓ generate /m);
    await terminal.shows(/^… test/m);
    terminal.type(KEYS.ctrlC);
    await terminal.shows("Interrupted. The conversation goes on");
    expect(terminal.screen().join("\n")).not.toMatch(/^… /m);
    await sleep(2100);
    await build(2);
    await terminal.shows(/= generate .*\n(.*\n)*? {2}✓ test +green/, 1, 45_000);
    await terminal.shows("Results: green: ");
    terminal.type(`/query SELECT count(*) AS n FROM tester.orders${KEYS.enter}`);
    await terminal.shows("1 row of shop");
    terminal.type(`/status${KEYS.enter}`);
    await terminal.shows(/^ {2}test +done +green/m);
    terminal.type(`/quit${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
  }, 90_000);
});

describe("what stays", () => {
  it("a conversation goes on after a kill, with what was typed before on the arrow keys", async () => {
    const first = await started();
    first.type(`say remember me${KEYS.enter}`);
    await first.shows("in all");
    first.type(`hang${KEYS.enter}`);
    await first.shows("Thinking about");
    first.kill(9);
    await first.ended();
    const second = start();
    await second.shows(/continuing the conversation of \d\d:\d\d; \/new begins another/);
    await second.shows(/^>$/m);
    second.type(`${KEYS.up}${KEYS.up}${KEYS.enter}`);
    await second.shows(/^remember me$/m);
    const kept = await readFile(join(workspace, ".syncsmith-chat", "conversation.jsonl"), "utf8");
    expect(kept.match(/say remember me/g)).toHaveLength(2);
    expect(kept).toContain("hang");
  });

  it("a secret that is typed is masked on the screen, in the history and in the log", async () => {
    const terminal = await started();
    terminal.type(`say my token is ${SECRET} and that is a long enough sentence to take two rows${KEYS.enter}`);
    await terminal.shows("in all");
    expect(terminal.screen().join("\n")).not.toContain(SECRET);
    expect(below(terminal)[0]).toContain("> say my token is **** and that is");
    terminal.type(`/quit${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    const folder = join(workspace, ".syncsmith-chat");
    for (const name of ["history", "conversation.jsonl"]) {
      expect(await readFile(join(folder, name), "utf8")).not.toContain(SECRET);
      expect(await readFile(join(folder, name), "utf8")).toContain("my token is ****");
    }
    expect((await stat(join(folder, "history"))).mode & 0o777).toBe(0o600);
  });
});
