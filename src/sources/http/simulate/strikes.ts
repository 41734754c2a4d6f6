/** Which of the requests to come a stand-in's own faults strike. */
import type { Fault } from "../../simulator.ts";

/** `D`: what can happen to a request, in the terms of a kind of source. */
export interface Strikes<D> {
  /**
   * What strikes the request that is, or will be, at this place of the log; undefined: nothing. What cannot happen to
   * such a request strikes the next one to which it can.
   */
  at(place: number, canHappen: (disturbance: D) => boolean): D | undefined;
  fault(described: Omit<Fault, "arm">, disturbance: D): Fault;
}

interface Armed<D> {
  disturbance: D;
  /** Places in the log that are still to be struck, lowest first. */
  places: number[];
  struck: number;
}

/** `seen`: the stand-in's log, to which every request is added, also one that is struck. */
export function createStrikes<D>(seen: readonly unknown[]): Strikes<D> {
  const armed = new Set<Armed<D>>();
  return {
    at: (place, canHappen) => {
      for (const one of armed) {
        const [next] = one.places;
        if (next === undefined || next > place || !canHappen(one.disturbance)) continue;
        one.places.shift();
        one.struck += 1;
        return one.disturbance;
      }
      return undefined;
    },
    fault: (described, disturbance) => ({
      ...described,
      arm: (requests) => {
        const from = seen.length;
        const places = requests.map((request) => from + request).sort((a, b) => a - b);
        const own: Armed<D> = { disturbance, places, struck: 0 };
        armed.add(own);
        return { struck: () => own.struck, disarm: () => void armed.delete(own) };
      },
    }),
  };
}
