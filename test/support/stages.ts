/** The stages of a proof without the rest of it: one deep check, of one generated connector. */
import { nextSync } from "../../src/proof/bench.ts";
import { onStage, type Stages } from "../../src/proof/stage.ts";
import { type GeneratedProof, writeGenerated } from "./prove-generated.ts";

/** The connector as it is generated, but for a defect, and its clean first sync. */
export async function stagesOf(
  input: Pick<GeneratedProof, "blueprint" | "defect"> & { target: "fivetran" | "lakeflow" },
): Promise<Stages> {
  const { directory, kind, targets } = await writeGenerated(input);
  const [part] = targets.parts;
  if (part === undefined) throw new Error("There is no target.");
  const set = {
    blueprint: input.blueprint,
    directory,
    kind,
    target: part.target,
    seed: 20_250_101,
    began: new Date(),
    onProgress: () => {},
    onLog: () => {},
    signal: new AbortController().signal,
  };
  // The first of them has nothing to be measured by yet.
  const clean = await onStage(set as Omit<Stages, "clean"> as Stages, { label: "clean" }, ({ bench }) =>
    nextSync(bench, "sync"),
  );
  return { ...set, clean };
}
