/** Where a connector's contract tests are, in its directory: a recorded source, and what has to come of it. */
export const CONTRACT = "tests/contract";

/** Beside them: the report that they were made after, and the files that it is of, as `sha256sum --check` reads them. */
export const PROOF = { report: `${CONTRACT}/report.md`, sums: `${CONTRACT}/proven.sha256` };
