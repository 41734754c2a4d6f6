/**
 * The three kinds of failure, by who must act on them, and the table of exit codes.
 * Limits, refusals, aborts and red reports are outcomes (values), not errors.
 */

/** Process exit codes. The only table of them; `main.ts` makes the only assignment. */
export const EXIT = {
  done: 0,
  notGreen: 1,
  badInput: 2,
  limit: 3,
  refused: 4,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something a person must mend: shown as one line and a hint, never with a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
  /** What to do next, a single line. */
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: { hint?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.badInput;
  }
}

/** Something the model must mend: becomes an error result of the tool call and goes no further. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
