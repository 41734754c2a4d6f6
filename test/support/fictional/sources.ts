/** The fictional sources by name, and the specs that state everything about them by hand. */
import { readFile } from "node:fs/promises";
import { startHarbour } from "./harbour.ts";
import { startOrchard } from "./orchard.ts";
import type { Fictional, StartOptions } from "./server.ts";
import { startTide } from "./tide.ts";

export type FictionalName = "harbour" | "orchard" | "tide";

export const FICTIONAL: Readonly<Record<FictionalName, (options?: StartOptions) => Promise<Fictional>>> = {
  harbour: startHarbour,
  orchard: startOrchard,
  tide: startTide,
};

/** YAML of a spec that states every table in full and truly, for a server at `baseUrl`. */
export async function statedSpec(name: FictionalName, baseUrl: string): Promise<string> {
  const path = new URL(`../../fixtures/fictional/${name}.stated.yaml`, import.meta.url);
  return (await readFile(path, "utf8")).replaceAll("{{base}}", baseUrl);
}
