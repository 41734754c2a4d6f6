/** Enhancements that were asked for in words: research that begins anew knows nothing of them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { enhancementSchema } from "../../artifacts/enhancement.ts";
import type { StepContext } from "../step.ts";
import type { Store } from "../store.ts";
import { ENHANCEMENTS } from "./bench.ts";

/** Says which of them are not in what is found out from here on: nobody may lose one without hearing of it. */
export async function noteForgotten({ store, emit }: Pick<StepContext, "store" | "emit">): Promise<void> {
  const titles = await wordedEnhancements(store);
  if (titles.length === 0) return;
  emit({
    type: "note",
    text: `research begins anew, and what was asked for since is not in it: ${titles.join("; ")}. Ask for it again with \`syncsmith enhance\`, or state it in the spec.`,
  });
}

async function wordedEnhancements(store: Store): Promise<string[]> {
  const names = await readdir(store.path(ENHANCEMENTS)).catch(() => []);
  const numbers = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).sort((a, b) => Number(a) - Number(b));
  const all = await Promise.all(
    numbers.map((number) => store.read(join(ENHANCEMENTS, `${number}.json`), enhancementSchema)),
  );
  return all.flatMap((one) =>
    one?.outcome === "kept" && one.wanted.text !== "" && one.changes.length > 0
      ? [`${one.number}, ${one.wanted.title}`]
      : [],
  );
}
