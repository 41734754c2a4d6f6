/** What can go wrong between a connector and a source that it asks by HTTP: made by the gateway before the stand-in. */
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { Fault } from "../../sources/kind.ts";
import type { Gateway } from "../gateway.ts";

export function webFaults(_gateway: Gateway, _blueprint: Blueprint): Fault[] {
  return [];
}
