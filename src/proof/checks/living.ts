/** living: to be written. */
import type { CheckResult } from "../../artifacts/report.ts";
import type { Stages } from "../stage.ts";

export async function checkLiving(_stages: Stages): Promise<CheckResult[]> {
  return [];
}
