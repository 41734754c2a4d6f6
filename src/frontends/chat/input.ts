/** Where messages and answers come from: a terminal, or a pipe. */

export interface Input {
  /** Whether a person can be asked at any time. */
  readonly interactive: boolean;
  /** The next message; undefined when there are no more. */
  message(): Promise<string | undefined>;
  /**
   * One line in answer to a question that was just shown. Only what is typed after the question counts on a terminal;
   * from a pipe the next line is taken if it is an answer, and left if not.
   */
  answer(question: Question): Promise<Answered>;
  /** Ends a question or a wait for a message without an answer. */
  cancel(): void;
  close(): void;
}

export interface Question {
  /** Stands before the cursor. */
  prompt: string;
  /** Whether a line is an answer. */
  accepts: (line: string) => boolean;
}

export type Answered =
  | { kind: "line"; line: string }
  /** The next line of the pipe is no answer: it stays a message. */
  | { kind: "other" }
  /** Ended or cancelled. */
  | { kind: "nobody" };
