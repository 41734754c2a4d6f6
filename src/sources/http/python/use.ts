/** Whether none, some or all of several things have something: what templates decide by. */

/** Whether none, some or all have a thing. */
export type Use = false | "some" | "all";

export function useOf<T>(items: readonly T[], has: (item: T) => boolean): Use {
  const count = items.filter(has).length;
  return count === 0 ? false : count === items.length ? "all" : "some";
}
