/**
 * A person's yes. It shows what will happen and is bound to exactly that: `lines` are hashed when the person is asked, and
 * what is done later is refused when its own lines hash differently.
 */

export interface Approval {
  /** What is asked, as a question: `Build this connector?` */
  question: string;
  /** What will happen, line by line. */
  lines: readonly string[];
}

/** Resolves to false where nobody can be asked. */
export type Approve = (approval: Approval) => Promise<boolean>;

/** A person's answer in words; undefined where nobody can be asked. */
export type Ask = (question: string, choices: readonly string[]) => Promise<string | undefined>;
