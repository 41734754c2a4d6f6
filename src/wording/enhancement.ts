/** An enhancement for people: what was wanted, what came of it, what changed, and what the connector does otherwise. */
import type { Enhancement } from "../artifacts/enhancement.ts";
import { behaviourLines, behaviourMarkdown } from "./behaviour.ts";
import { assemble, block, bullets, clause, code, prose } from "./markdown.ts";
import { counted, moment } from "./numbers.ts";

const OUTCOMES: { readonly [O in Enhancement["outcome"]]: string } = {
  kept: "Green, and taken over",
  red: "Not green: the connector is as it was",
  refused: "Not done: the connector is as it was",
};

export function enhancementMarkdown(enhancement: Enhancement): string {
  const { number, wanted, time, model, outcome, summary, blockers, behaviour } = enhancement;
  const opening = `# Enhancement ${number}: ${prose(wanted.title)}\n\n${OUTCOMES[outcome]}. ${clause(summary)}.\n\n${moment(time)}, model ${prose(model)}.`;
  return assemble(opening, [
    ...(wanted.text === "" ? [] : [{ title: "What was asked for", body: block("", wanted.text) }]),
    ...(blockers.length === 0 ? [] : [{ title: "What blocks", body: bullets(blockers.map(prose)) }]),
    ...behaviour.map((one) => ({
      title: behaviour.length > 1 ? `Before and after: ${one.target}, ${one.basis}` : "Before and after",
      body: behaviourMarkdown(one),
    })),
    { title: "What was changed", body: changed(enhancement) },
  ]);
}

interface Recorded {
  enhancement: Enhancement;
  /** Path of the record for people. */
  page: string;
  /** Path of the patch for the folder that an adopted connector came from. */
  patch?: string;
}

/** Lines for a terminal: what it does otherwise than before, and where that is written down. */
export function enhancementLines({ enhancement: { behaviour, number, outcome }, page, patch }: Recorded): string[] {
  const of = ({ target, basis }: Enhancement["behaviour"][number]) =>
    behaviour.length > 1 ? `, ${target}, ${basis}` : "";
  return [
    ...behaviour.flatMap((one) => [`Before and after${of(one)}`, ...behaviourLines(one).map((line) => `  ${line}`)]),
    `Enhancement ${number}, ${outcome === "kept" ? "taken over" : "not taken over"}: ${page}`,
    ...(patch === undefined ? [] : [`For the original: ${patch} (patch -p1)`]),
  ];
}

function changed({ wanted, changes, patches, outcome }: Enhancement): string {
  const parts = [
    ...(wanted.spec === undefined
      ? []
      : [`The spec is ${code(wanted.spec)}${outcome === "kept" ? " from now on" : ""}.`]),
    ...(changes.length === 0
      ? []
      : [`What is known of the source:\n\n${bullets(changes.map(({ field, to }) => `${code(field)}: ${code(to)}`))}`]),
    patches.length === 0
      ? "No file is different."
      : `${counted(patches.length, "file")}:\n\n${block("diff", patches.map(({ patch }) => patch.trimEnd()).join("\n"))}`,
  ];
  return parts.join("\n\n");
}
