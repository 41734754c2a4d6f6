/** What the connector on the bench does otherwise than the one that is there: each target's by itself. */
import { join } from "node:path";
import type { Behaviour } from "../../artifacts/behaviour.ts";
import { type BehaviourRequest, compareBehaviour, compareOnRecording } from "../../proof/behaviour/behaviour.ts";
import { canBeRecorded } from "../../proof/behaviour/recorded.ts";
import { readText } from "../../system/files.ts";
import type { RunContext } from "../run.ts";
import { needBlueprint, needKind, needTargets } from "../step.ts";

export async function differencesOf(there: RunContext, onBench: RunContext): Promise<Behaviour[]> {
  const { services, signal, emit } = there;
  const [before, after] = [await needBlueprint(there), await needBlueprint(onBench)];
  const [old, now] = [(await needTargets(there)).parts, (await needTargets(onBench)).parts];
  const kind = await needKind(onBench);
  const found: Behaviour[] = [];
  for (const { target, folder } of now) {
    const was = old.find((part) => part.target.name === target.name);
    if (was === undefined) continue;
    const request: BehaviourRequest = {
      before: { directory: join(there.store.directory, was.folder), blueprint: before, target: was.target },
      after: { directory: join(onBench.store.directory, folder), blueprint: after, target },
      kind,
      began: services.now(),
      now: services.now,
      onProgress: (text) => emit({ type: "progress", step: "enhance", text: `before and after: ${text}` }),
      onLog: () => {},
      signal,
    };
    found.push(await compareBehaviour(request));
    const recording = old.length === 1 && canBeRecorded(before) ? await liveRecording(there) : undefined;
    if (recording === undefined) continue;
    const recorded = await compareOnRecording(request, recording);
    if (recorded) found.push(recorded);
    else
      emit({
        type: "note",
        text: `${recording.name} does not hold all that both versions ask for: it was not compared on`,
      });
  }
  return found;
}

/** What the source itself answered in the proof of the connector that is there. */
async function liveRecording({ store }: RunContext): Promise<{ name: string; text: string } | undefined> {
  const report = await store.readReport();
  if (report === undefined || report.basis !== "live") return undefined;
  const name = `${report.round}-live.recording.jsonl`;
  const text = await readText(store.path("recordings", name));
  return text === undefined ? undefined : { name, text };
}
