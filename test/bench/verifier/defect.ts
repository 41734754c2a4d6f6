/** One wrong place in a correct connector. */
export interface Defect {
  /** Name of the subject, see `subjects.ts`. */
  connector: string;
  /** What the connector does, as a clause: `drops the last page`. */
  what: string;
  /** For which data or which fault it shows. */
  when: string;
  file: string;
  /** Occurs once in the file. */
  from: string;
  to: string;
}
