/** Where a connector's contract tests are, in its directory: a recorded source, and what has to come of it. */
export const CONTRACT = "tests/contract";

/** Beside them: the report that they were made after, and the files that it is of, as `sha256sum --check` reads them. */
export const PROOF = { report: `${CONTRACT}/report.md`, sums: `${CONTRACT}/proven.sha256` };

/** What a report is not about, at any depth: documents, results, the person's configuration, tests made of a green report. */
export const NOT_CODE = [
  ...["files", "__pycache__", "crash-reports", "configuration.json", "README.md", "DEPLOYMENT.md"],
  CONTRACT,
];

/** The end of the source's own document, which is no code either. */
export const API_DOCUMENT = "_api_doc.md";
