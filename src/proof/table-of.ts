/** Which table a request to a REST source is for. */
import { parentOf, type Table, type TableOf } from "../artifacts/blueprint.ts";

/** The table whose path template fits, the one with the fewest placeholders first. */
export function tableOf(tables: readonly Table[], path: string): TableOf<"rest"> | undefined {
  const fits = tables.filter((table): table is TableOf<"rest"> => {
    if (table.read.kind !== "rest") return false;
    const pattern = table.read.path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+");
    return new RegExp(`(^|/)${pattern.replace(/^\//, "")}$`).test(path);
  });
  return fits.sort((a, b) => (parentOf(a)?.bind.length ?? 0) - (parentOf(b)?.bind.length ?? 0))[0];
}
