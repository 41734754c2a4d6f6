import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { lastChange, RING, remember, undo } from "../../src/workflow/history.ts";
import { openStore, type Store } from "../../src/workflow/store.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

let store: Store;
beforeEach(async () => {
  store = await openStore(join(await temporaryDirectory(), "shop"));
});

const put = async (path: string, text: string | Buffer) => {
  await mkdir(dirname(join(store.directory, path)), { recursive: true });
  await writeFile(join(store.directory, path), text);
};
const get = (path: string) => readFile(join(store.directory, path), "utf8");
const snapshots = async () => (await readdir(store.path("history"))).filter((name) => /^\d+\.json$/.test(name));

describe("the history of a connector's files", () => {
  it("tells what changed since, and puts it back", async () => {
    await put("connector.py", "one\n");
    await put("src/api.py", "api\n");
    await remember(store, "build");
    expect(await lastChange(store)).toBeUndefined();
    await put("connector.py", "two\n");
    await put("new.py", "new\n");
    await rm(join(store.directory, "src/api.py"));
    expect(await lastChange(store)).toMatchObject({
      why: "build",
      files: [
        { path: "connector.py", before: "one\n", after: "two\n" },
        { path: "new.py", after: "new\n" },
        { path: "src/api.py", before: "api\n" },
      ],
    });
    const undone = await undo(store);
    expect(undone?.change.files.map(({ path }) => path)).toEqual(["connector.py", "new.py", "src/api.py"]);
    expect(await get("connector.py")).toBe("one\n");
    expect(await get("src/api.py")).toBe("api\n");
    await expect(get("new.py")).rejects.toThrow("ENOENT");
    expect(await undo(store)).toBeUndefined();
  });

  it("keeps what was undone", async () => {
    await put("a.py", "old\n");
    await remember(store, "build");
    await put("a.py", "edited by hand\n");
    const undone = await undo(store);
    expect(await readFile(undone?.kept ?? "", "utf8")).toContain("edited by hand");
  });

  it("goes back change by change", async () => {
    for (const text of ["1", "2", "3"]) {
      await put("a.py", text);
      await remember(store, `change ${text}`);
    }
    await put("a.py", "4");
    for (const text of ["3", "2", "1"]) {
      expect((await undo(store))?.change.why).toBe(`change ${text}`);
      expect(await get("a.py")).toBe(text);
    }
    expect(await undo(store)).toBeUndefined();
  });

  it("leaves out configuration.json, what syncs leave behind, hidden files, links and what is no text", async () => {
    const outside = join(await temporaryDirectory(), "outside.txt");
    await writeFile(outside, "outside");
    await put("a.py", "old");
    await put("configuration.json", '{"token":"t0ken-value"}');
    await put("files/state.json", "{}");
    await put("image.png", Buffer.from([0x89, 0x50, 0xff, 0x00]));
    await symlink(outside, join(store.directory, "link.txt"));
    await remember(store, "build");
    expect(await readFile(store.path("history", "1.json"), "utf8")).not.toMatch(
      /t0ken-value|outside|state\.json|image/,
    );
    await put("configuration.json", '{"token":"other"}');
    await put("files/state.json", '{"a":1}');
    await writeFile(outside, "changed");
    expect(await lastChange(store)).toBeUndefined();
    await put("a.py", "new");
    await undo(store);
    expect(await get("configuration.json")).toBe('{"token":"other"}');
    expect(await get("files/state.json")).toBe('{"a":1}');
    expect(await readFile(outside, "utf8")).toBe("changed");
  });

  it("takes back what generating remembers of its files, so that they do not count as edited by hand", async () => {
    await put("a.py", "1");
    await store.write("generated.json", { "a.py": "hash of 1" });
    await remember(store, "build");
    await put("a.py", "2");
    await store.write("generated.json", { "a.py": "hash of 2" });
    await undo(store);
    expect(JSON.parse(await readFile(store.path("generated.json"), "utf8"))).toEqual({ "a.py": "hash of 1" });
  });

  it("keeps the last twenty, each readable by its owner alone; one that changed nothing takes no place", async () => {
    for (let number = 0; number < RING + 5; number++) {
      await put("a.py", String(number));
      await remember(store, `change ${number}`);
      await remember(store, `again ${number}`);
    }
    expect(await snapshots()).toHaveLength(RING);
    expect((await stat(store.path("history", `${RING + 5}.json`))).mode & 0o777).toBe(0o600);
    await put("a.py", "last");
    expect((await lastChange(store))?.why).toBe(`again ${RING + 4}`);
  });

  it.each(["../outside.py", "/etc/outside.py", ".syncsmith/evidence.jsonl", "configuration.json", "a/../../x.py"])(
    "does not put back %s from a snapshot that was changed",
    async (path) => {
      await put("a.py", "1");
      await remember(store, "build");
      const snapshot = JSON.parse(await readFile(store.path("history", "1.json"), "utf8"));
      await writeFile(store.path("history", "1.json"), JSON.stringify({ ...snapshot, files: { [path]: "planted" } }));
      await expect(undo(store)).rejects.toThrow(/may hold|outside/);
      await expect(readFile(join(store.directory, path), "utf8")).rejects.toThrow();
    },
  );

  it("does not follow a link that took a folder's place", async () => {
    const outside = await temporaryDirectory();
    await put("src/api.py", "1");
    await remember(store, "build");
    await rm(join(store.directory, "src"), { recursive: true });
    await symlink(outside, join(store.directory, "src"));
    await expect(undo(store)).rejects.toThrow("outside");
    expect(await readdir(outside)).toEqual([]);
  });

  it("remembers nothing of a connector without files", async () => {
    await remember(store, "build");
    expect(await undo(store)).toBeUndefined();
  });

  it("brings any files back exactly", async () => {
    const files = fc.dictionary(
      fc.constantFrom("a.py", "b.py", "src/a.py", "src/deep/c.txt", "README.md"),
      fc.oneof(fc.string({ unit: "grapheme", maxLength: 40 }), fc.constantFrom("", "\r\n", "\ufeffx", "é\n")),
      { minKeys: 1 },
    );
    await fc.assert(
      fc.asyncProperty(files, files, async (before, after) => {
        store = await openStore(join(await temporaryDirectory(), "shop"));
        const write = async (all: Record<string, string>) => {
          for (const [path, text] of Object.entries(all)) await put(path, text);
        };
        await write(before);
        await remember(store, "build");
        for (const path of Object.keys(before)) await rm(join(store.directory, path));
        await write(after);
        await undo(store);
        for (const [path, text] of Object.entries(before)) {
          expect(await get(path)).toBe(text);
        }
        for (const path of Object.keys(after)) {
          if (!(path in before)) await expect(get(path)).rejects.toThrow("ENOENT");
        }
      }),
      { numRuns: 25 },
    );
  });
});
