/** Faults that the gateway makes: which requests they strike, and how often. */
import type { ArmedFault, Fault } from "../../sources/simulator.ts";
import type { Interception } from "../gateway/exchange.ts";
import type { Gateway, PassingRequest } from "../gateway.ts";

export interface WebFault extends Omit<Fault, "arm"> {
  /** How often a struck request is struck when it is sent again at once; default 1. */
  inARow?: number;
  /** Anew for each time it is armed. */
  begin: () => Blows;
}

export interface Blows {
  /**
   * What is done to a request whose turn it is; `nth` counts from 0 among those in a row. Undefined: it cannot be done to
   * this one, and the next is tried.
   */
  strike(request: PassingRequest, nth: number): Interception | undefined;
  /** What is done to the others; undefined passes them on. */
  spare?(request: PassingRequest): Interception | undefined;
}

/**
 * Requests are counted without those that are sent again after a strike: whatever a connector does about a strike, the
 * next one meets the request it was meant for.
 */
export function webFault(gateway: Gateway, { begin, inARow = 1, ...fault }: WebFault): Fault {
  const lasting = fault.lasting ?? false;
  return { ...fault, arm: (requests) => arm(gateway, { blows: begin(), inARow, lasting, requests }) };
}

interface Arming {
  blows: Blows;
  inARow: number;
  lasting: boolean;
  requests: readonly number[];
}

function arm(gateway: Gateway, { blows, inARow, lasting, requests }: Arming): ArmedFault {
  const due = [...requests].sort((a, b) => a - b);
  let index = 0;
  let struck = 0;
  /** The request that was struck last, as long as nothing else was asked since. */
  let last: { key: string; times: number } | undefined;

  const strike = (request: PassingRequest, nth: number): Interception | undefined => {
    const interception = blows.strike(request, nth);
    if (interception !== undefined && !(lasting && struck > 0)) struck += 1;
    return interception;
  };
  const intercept = (request: PassingRequest): Interception | undefined => {
    const key = keyOf(request);
    if (lasting && struck > 0) return strike(request, 0) ?? blows.spare?.(request);
    if (last?.key === key) {
      if (last.times >= inARow) return blows.spare?.(request);
      last.times += 1;
      return strike(request, last.times - 1);
    }
    last = undefined;
    const turn = due[0] !== undefined && index++ >= due[0];
    const interception = turn ? strike(request, 0) : undefined;
    if (interception === undefined) return blows.spare?.(request);
    due.shift();
    last = { key, times: 1 };
    return interception;
  };
  gateway.intercept(intercept);
  return { struck: () => struck, disarm: () => gateway.intercept(undefined) };
}

function keyOf({ method, path, query, body }: PassingRequest): string {
  return JSON.stringify([method, path, query, body]);
}
