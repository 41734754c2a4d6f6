/** Which columns tell records apart. */

export interface Uniqueness {
  see(column: string, value: string | undefined): void;
  /** Columns with as many different values as there are records. */
  unique(records: number): string[];
}

/** Of files that are read in parts nothing is known. */
export function createUniqueness(whole: boolean): Uniqueness {
  const seen = new Map<string, Set<string> | undefined>();
  return {
    see: (column, value) => {
      if (!whole || (seen.has(column) && seen.get(column) === undefined)) return;
      const values = seen.get(column) ?? new Set<string>();
      const repeated = value === undefined || values.has(value);
      if (value !== undefined) values.add(value);
      seen.set(column, repeated ? undefined : values);
    },
    unique: (records) =>
      records < 2 ? [] : [...seen].flatMap(([column, values]) => (values?.size === records ? [column] : [])),
  };
}
