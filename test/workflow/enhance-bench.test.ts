/** The bench of an enhancement: the connector is as it was until the copy takes its place, and a kill leaves no half of either. */
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBench } from "../../src/workflow/enhance/bench.ts";
import { setValuesAside } from "../../src/workflow/enhance/persons-values.ts";
import { keepAsGenerated } from "../../src/workflow/manifest.ts";
import { openStore, type Store } from "../../src/workflow/store.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const BEFORE = {
  "connector.py": "old",
  "gone.py": "old",
  "tests/test_sync.py": "old",
  ".gitignore": "files/",
  ".git/HEAD": "ref: refs/heads/main",
  "files/warehouse.db": "old rows",
  ".syncsmith/blueprint.json": "old",
  ".syncsmith/reports/1.json": "old",
  ".syncsmith/fixes/1.json": "old",
  ".syncsmith/run.jsonl": "{}",
  ".syncsmith/lock": "1",
};
const AFTER = {
  "connector.py": "new",
  "more.py": "new",
  "tests/test_sync.py": "new",
  ".gitignore": "files/",
  ".git/HEAD": "ref: refs/heads/main",
  "files/warehouse.db": "new rows",
  ".syncsmith/blueprint.json": "new",
  ".syncsmith/reports/1.json": "new",
  ".syncsmith/run.jsonl": "{}",
  ".syncsmith/lock": "1",
};

async function connectorWith(files: Record<string, string>): Promise<Store> {
  const directory = join(await temporaryDirectory(), "shop");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return openStore(directory);
}

/** Path -> text of what is in the folder, but for what enhancements keep. */
async function contents(
  directory: string,
  skip = /^\.syncsmith\/(enhancements|enhancing)/,
): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  const kept = paths.filter((path) => !skip.test(path)).sort();
  return Object.fromEntries(
    await Promise.all(kept.map(async (path) => [path, await readFile(join(directory, path), "utf8")])),
  );
}

/** A copy on which the connector has become the new one. */
async function changedBench(store: Store) {
  const bench = await openBench(store, "key");
  const { directory } = bench.store;
  for (const path of ["gone.py", ".syncsmith/fixes"]) await rm(join(directory, path), { recursive: true });
  for (const [path, text] of Object.entries(AFTER)) {
    if (!/^\.git\/|run\.jsonl|lock/.test(path)) await writeFile(join(directory, path), text);
  }
  return bench;
}

describe("values that people put into a configuration", () => {
  it("stay with the keys that are still there, readable by their owner alone; what nobody touched is written anew", async () => {
    const store = await connectorWith({ "configuration.json": '{"a":"?","b":"?"}', "other/configuration.json": "{}" });
    const own = join(store.directory, "configuration.json");
    await keepAsGenerated(store, ["configuration.json", "other/configuration.json"]);
    await writeFile(own, '{"a":"mine","b":"mine, too"}');
    const bench = await openBench(store, "key");
    // Killed when the files had been written anew.
    await writeFile(join(bench.store.directory, "configuration.json"), '{"a":"?","c":"?"}');
    const putBack = await setValuesAside(bench.store, store);
    const [now, untouched] = ["configuration.json", "other/configuration.json"].map((path) =>
      join(bench.store.directory, path),
    );
    for (const path of [now, untouched]) await writeFile(path ?? "", '{"a":"?","c":"?"}');
    await putBack();
    expect(JSON.parse(await readFile(now ?? "", "utf8"))).toEqual({ a: "mine", c: "?" });
    expect((await stat(now ?? "")).mode & 0o777).toBe(0o600);
    expect(await readFile(untouched ?? "", "utf8")).toBe('{"a":"?","c":"?"}');
  });
});

describe(verifies("enhance.whole", "the bench"), () => {
  it("is a copy without what is no state of the connector, and goes on under the same key alone", async () => {
    const store = await connectorWith(BEFORE);
    await symlink("/etc", join(store.directory, "elsewhere"));
    const bench = await openBench(store, "key");
    const { ".git/HEAD": _, ".syncsmith/run.jsonl": _r, ".syncsmith/lock": _l, ...copied } = BEFORE;
    expect(await contents(bench.store.directory)).toEqual(copied);
    await writeFile(join(bench.store.directory, "connector.py"), "half");
    await bench.markRefined();
    const same = await openBench(store, "key");
    expect(same.refined).toBe(true);
    expect(await readFile(join(same.store.directory, "connector.py"), "utf8")).toBe("half");
    const other = await openBench(store, "another key");
    expect(other.refined).toBe(false);
    expect(await readFile(join(other.store.directory, "connector.py"), "utf8")).toBe("old");
    await other.discard();
    expect(await contents(store.directory, /^$/)).toEqual(BEFORE);
  });

  it("takes the connector's place, and the version before is kept without its rows", async () => {
    const store = await connectorWith(BEFORE);
    const bench = await changedBench(store);
    expect(await contents(store.directory)).toEqual(BEFORE);
    await bench.apply(3);
    expect(await contents(store.directory)).toEqual(AFTER);
    const {
      "files/warehouse.db": _,
      ".git/HEAD": _g,
      ".syncsmith/run.jsonl": _r,
      ".syncsmith/lock": _l,
      ...kept
    } = BEFORE;
    expect(await contents(store.path("enhancements/3/before"), /^$/)).toEqual(kept);
    expect(await readdir(store.path())).not.toContain("enhancing");
  });

  it("takes it whole when it was killed between any two moves", async () => {
    // Each entry makes way, and the new one comes: so many of these moves were done.
    for (let done = 0; done <= 20; done++) {
      const store = await connectorWith(BEFORE);
      const bench = await changedBench(store);
      const { directory } = bench.store;
      const names = ["connector.py", "gone.py", "more.py", "tests", ".gitignore", "files"].concat(
        ["blueprint.json", "reports", "fixes"].map((name) => `.syncsmith/${name}`),
      );
      const entries = names.map((name) => ({ name, before: name !== "more.py" }));
      await store.write("enhancing/applying.json", { number: 1, entries });
      const kept = store.path("enhancements/1/before");
      await mkdir(join(kept, ".syncsmith"), { recursive: true });
      const moves = entries.flatMap(({ name, before }) => [
        ...(before ? [[join(store.directory, name), join(kept, name)]] : []),
        ...(["gone.py", ".syncsmith/fixes"].includes(name)
          ? []
          : [[join(directory, name), join(store.directory, name)]]),
      ]);
      for (const [from = "", to = ""] of moves.slice(0, done)) await rename(from, to);
      await (await openBench(store, "the next one")).discard();
      expect(await contents(store.directory), `after ${done} of ${moves.length} moves`).toEqual(AFTER);
      expect(await readFile(join(kept, "connector.py"), "utf8")).toBe("old");
      expect(await readFile(join(kept, ".syncsmith/blueprint.json"), "utf8")).toBe("old");
      expect(done < 20 || moves.length <= 20).toBe(true);
    }
  });
});
