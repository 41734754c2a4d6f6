/** What the stand-in for files takes for a file that changed while it was read. */
import { expect, it, onTestFinished } from "vitest";
import { fileSource } from "../../../src/sources/file/file.ts";
import { fileBlueprint } from "../../support/file-blueprint.ts";

it("is words that name one of its files, and that it changed", async () => {
  const simulator = await fileSource.simulate(fileBlueprint({}, [{}]), { seed: 5 });
  onTestFinished(() => simulator.close());
  const [row] = simulator.truth("orders");
  const file = String(row?._file);
  expect(file).toMatch(/\.csv$/);
  const said = (words: string) => simulator.saysChanged?.(words);
  expect(said(`update() raised FileError: orders: ${file} keeps changing while it is read`)).toBe(true);
  expect(said(`${file} changed twice`)).toBe(true);
  expect(said("orders: a file keeps changing while it is read"), "which file").toBe(false);
  expect(said(`orders: ${file}: Permission denied`), "why").toBe(false);
  expect(said(`${file}: exchange failed`)).toBe(false);
});

it("knows no row of the future: a file that comes late shows the same", async () => {
  const simulator = await fileSource.simulate(fileBlueprint({}, [{}]), { seed: 5 });
  onTestFinished(() => simulator.close());
  expect(simulator.change({ kind: "ahead", table: "orders", count: 1 })).toEqual([]);
});
