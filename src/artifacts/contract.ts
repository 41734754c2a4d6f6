/** Where a connector's contract tests are, in its directory: a recorded source, and what has to come of it. */
export const CONTRACT = "tests/contract";
