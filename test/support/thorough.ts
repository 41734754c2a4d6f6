/**
 * `npm run test:thorough` runs everything; `npm test`, which has to end within ten minutes on two cores, leaves out what
 * `GAPS` in `test/requirements.ts` names: further cases of what other tests show.
 */
export const thorough = process.env.THOROUGH === "1";

/** So many runs of a property when everything is run, a third of them otherwise. */
export const runs = (all: number) => (thorough ? all : Math.ceil(all / 3));
