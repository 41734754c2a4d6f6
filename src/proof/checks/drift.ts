/** drift: to be written. */
import type { CheckResult } from "../../artifacts/report.ts";
import type { Stages } from "../stage.ts";

export async function checkDrift(_stages: Stages): Promise<CheckResult[]> {
  return [];
}
