import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { patched, patchesSince } from "../../src/workflow/patches.ts";

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
