import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allPatches, patched, patchesSince, writeRefinement } from "../../src/workflow/patches.ts";
import { openStore } from "../../src/workflow/store.ts";

const code = ["import requests", "", "def pages():", "    return 1", "", "def rows():", "    return 2", ""].join("\n");

async function folder(content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-patches-"));
  await writeFile(join(directory, "api.py"), content);
  return directory;
}

describe("a model's changes of generated code", () => {
  it("go on top of code that is generated again", async () => {
    const edited = code.replace("return 1", "return 10");
    const patches = await patchesSince([{ path: "api.py", content: code }], await folder(edited), ["api.py"]);
    expect(patches).toHaveLength(1);
    const anew = code.replace("import requests", "import json\nimport requests").replace("return 2", "return 3");
    const { files, conflicts } = patched([{ path: "api.py", content: anew }], patches);
    expect(conflicts).toEqual([]);
    expect(files[0]?.content).toBe(anew.replace("return 1", "return 10"));
  });

  it("name the file they no longer fit, and leave it as generated", async () => {
    const patches = await patchesSince(
      [{ path: "api.py", content: code }],
      await folder(code.replace("return 1", "return 10")),
      ["api.py"],
    );
    const other = "something = 'else'\n";
    expect(patched([{ path: "api.py", content: other }], patches)).toEqual({
      files: [{ path: "api.py", content: other }],
      conflicts: ["api.py"],
    });
  });

  it("are applied once: what a later refinement took in is not applied again as a fix", async () => {
    const store = await openStore(await folder(code));
    const patchOf = async (from: string, to: string) =>
      patchesSince([{ path: "api.py", content: from }], await folder(to), ["api.py"]);
    const fixed = `${code}\ndef added():\n    return 3\n`;
    const fix = { class: "code", cause: "c", expected: "e", changes: [], patches: await patchOf(code, fixed) };
    await store.write("fixes/1.json", { version: 1, round: 1, time: new Date(0).toISOString(), ...fix });
    expect(await allPatches(store)).toHaveLength(1);
    const refined = fixed.replace("return 1", "return 10");
    await writeRefinement(store, { drafted: "x", patches: await patchOf(code, refined), fixes: 1 });
    const { files, conflicts } = patched([{ path: "api.py", content: code }], await allPatches(store));
    expect(conflicts).toEqual([]);
    expect(files[0]?.content).toBe(refined);
  });

  it("are none where nothing changed, and make new files", async () => {
    const directory = await folder(code);
    expect(await patchesSince([{ path: "api.py", content: code }], directory, ["api.py"])).toEqual([]);
    await writeFile(join(directory, "extra.py"), "x = 1\n");
    const patches = await patchesSince([{ path: "api.py", content: code }], directory, ["api.py", "extra.py"]);
    expect(patched([{ path: "api.py", content: code }], patches).files).toContainEqual({
      path: "extra.py",
      content: "x = 1\n",
    });
  });
});
