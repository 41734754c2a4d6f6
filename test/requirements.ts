/**
 * The ledger: what the product must do, in the words of those who asked for it. Every id is cited by a test through
 * `verifies`; what no test shows yet stands in `GAPS` with its reason. `coverage.test.ts` holds the two against each other.
 */
export const REQUIREMENTS = {
  "setup.two-commands": "A fresh clone with Node and Python needs two commands, each doing its own set-up",
  "setup.python": "The managed Python environment is made on first use, from a lock with hashes",
  "spec.errors": "A wrong spec gets one line naming the mistake, the nearest known key, and exit code 2",
  "spec.no-literal-secret": "A literal secret in a spec is refused",
  "spec.json-schema": "The spec's JSON Schema is published and up to date",
  "rest.described": "OpenAPI 3.0, 3.1 and Swagger 2 become a blueprint, each field with evidence or named unproven",
  "rest.stated": "A spec that states its tables in full needs no description",
  "rest.recorded":
    "Postman collections and HAR recordings are drafted from like OpenAPI, and none of their secrets is kept",
  "rest.live": "Connectors run live against a mock API nobody here wrote, rows equal to what it serves",
  "rest.no-quiet-loss": "A source whose rows would be lost quietly is found out, and never called green",
  "rest.nested-shapes":
    "Nested fields that a description states in full keep their shape, down to the destination's structs",
  "rest.simulated": "The stand-in's behaviour is pinned by plain requests",
  "square.both": "One spec builds two connectors of one blueprint, whose tables are equal row by row after every sync",
  "square.values":
    "Values of every type, at their limits, are in both targets' warehouses exactly as the source has them",
  "square.matrix": "Every kind of source is proven with every target, from bare specs, without a model",
  "sources.blank-cursors":
    "Rows of APIs that have no value in the column that tells what changed arrive, and never move what is asked for next",
  "sources.unknown-types":
    "A type that no target knows is kept whole as JSON or text, and the description says that it was not known",
  "sources.emptied": "A place without files is named with what to do, and one that has become empty deletes nothing",
  "lakeflow.damaged": "Without pyspark the environment is named as damaged, with what to remove",
  "sources.refused": "Wrong credentials are one clear line per kind of source that names the keys and no value",
  "sqlserver.linted":
    "A connector for SQL Server lints, passes its own tests, and gives its password to nobody whom the configuration does not trust",
  "files.cut-syncs":
    "Files that come, grow, shrink, go and come back leave the rows there are, whatever sync is killed where",
  "files.bad":
    "Files that are cut short, corrupt, ragged or still being written are named with what to do; the others are synced",
  "fivetran.generated": "The generated connector imports, lints, and passes its own tests",
  "fivetran.layouts": "The connector comes in the layouts modular and single",
  "fivetran.lint": "Lint rules fire on planted mistakes and stay silent on good connectors written elsewhere",
  "debugger.verdicts": "A connector that hangs, crashes, floods or never checkpoints ends in a clear verdict",
  "warehouse.operations": "Operations are applied as the platform's destination would, checkpoint by checkpoint",
  "proof.checks": "Each check passes on a correct connector and fails on one with the matching defect",
  "mcp.protocol": "The MCP server serves clients of both lines of the protocol: tools, prompts, resources, completion",
  "mcp.errors":
    "A call that cannot be answered names the next right call, with no stack, no secret and no way out of the workspace",
  "mcp.http": "Over HTTP the server keeps to loopback, checks Origin and Host, and wants a token elsewhere",
  "mcp.build": "A host's model takes a connector through all steps, held by the same gates as ours",
  "mcp.consent": "Credentials leave the machine, and foreign code runs, only after a person's yes",
  "mcp.registration": "The server is registered with hosts without touching what is there",
  "adopt.proves": "A connector that was written elsewhere is put through the same checks as it is, by a small spec",
  "adopt.confines":
    "A connector that is put to the proof reaches no other host and writes no file outside its folder, and the report says which it tried",
  "enhance.difference":
    "What two versions of a connector do otherwise on one source is found: rows, keys, types, requests, saved state; what forces a re-sync is called out",
  "enhance.whole":
    "An enhancement is taken over whole when it is green, and otherwise leaves everything as it was; before and after are kept",
  "enhance.model":
    "A model changes a connector, ours or an adopted one, by a request in words or in the guide's template; an original elsewhere is not touched, and gets a patch",
  "enhance.ask": "Questions about a connector are answered from its files, pages and rows, and nothing is changed",
  "deploy.real-command":
    "Deploying is done by Fivetran's own command after a yes to exactly what will happen, and read back: id, dashboard, setup tests, paused",
  "deploy.outcomes": "A connection that was made but whose setup tests failed is an outcome of its own",
  "deploy.secrets":
    "API key, secret and configuration are on no command line, in no file and in no output, also when it is killed",
  "deploy.elsewhere": "A target that is deployed by its own tools says what to run",
  "contract.shipped": "A connector ships with tests of whole syncs that anybody can run: green on it, red on defects",
  "proof.report":
    "The report is one static page that renders, reads on a phone and by keyboard, and a text for a CI job's summary",
  "run.eight-steps": "A described source goes through all eight steps without a model",
  "run.resume": "A run killed at any point resumes, and fresh steps are not run again",
  "run.local-edits": "Generated files with local edits are never overwritten unasked",
  "run.fix": "After a red report at most two rule-based fixes are tried, and the end is honest",
  "run.exit-codes": "Exit codes follow the table; --json gives one event per line and nothing else on stdout",
  "run.config": "The configuration is resolved only to a private file or a pipe",
  "run.no-secret": "No secret value is in any artifact, log or output of a run",
  "documents.sections": "README.md and DEPLOYMENT.md have every section and claim nothing the report does not carry",
  "ci.written":
    "A workflow file tests a connector at every pull request and deploys it, in the platform's flags of today",
  "ci.runs": "Each command of the workflow files was run",
  "ci.secrets": "Secrets of a workflow are on no command line, in no output, and in no file that stays",
  "ci.guarded": "Workflow files that were edited are never overwritten unasked",
  "ci.annotations": "In a CI job the report is the summary, and blockers are annotations with file and line",
  "ci.events": "The events of --json have a published schema, which those of a real build fit",
  "ci.signals":
    "A run that is told to end ends in order, leaves no process behind, and can be resumed; in a CI job nothing is asked or coloured",
  "verify.reconciled":
    "Where the destination may be read, each table is held against the local run, and what differs is named",
  "verify.started":
    "A sync on the platform is started only after a yes to just that, waited for in bounded time, and never started twice",
  "verify.platform":
    "State keys and tables that the platform keeps, and the source's own count, are held beside the local run",
  "verify.syncs": "After a deployment the platform is asked how its syncs ended, and why",
  "verify.sql": "Destination SQL for Snowflake, BigQuery, PostgreSQL, Databricks and Redshift",
  "agent.loop": "The loop gives results in order, survives whatever the endpoint does, and never runs a cut call",
  "agent.limits": "Limits on turns, tokens, dollars and minutes are enforced before each request; exit code 3",
  "agent.resume":
    "A conversation that was interrupted or killed goes on where it was, and repeats nothing that changes things",
  "agent.redaction": "No secret reaches the model, the log or the screen, in whatever form or piece",
  "agent.approval": "What others see happens only after a yes to exactly that",
  "agent.prompts": "Prompts are files, strictly filled, and true of the product",
  "agent.skills": "Skills are in the Agent Skills format, short, and true of the schemas",
  "tools.files": "A model reads and writes the connector's own files only",
  "research.pages":
    "Pages become text with tables kept; bad pages say what they are; instructions in them change nothing",
  "research.cites": "Claims rest on quotations that a program finds again, and that bear on the field",
  "research.probes":
    "The real source is asked before code is written; it overrules its documentation, whose mistake is reported",
  "research.prose": "Sources with prose documentation only become green connectors through a model, in few requests",
  "fix.model":
    "A model states the cause before it changes anything, changes only what its class opens, and is not believed",
  "trust.fetch": "Only public http(s) addresses and hosts that the spec names are fetched, within limits",
  "chat.conversation":
    "A terminal conversation gathers what is missing, builds, shows what happens, and can be interrupted",
  "chat.existing":
    "In a conversation a connector that somebody else wrote is adopted, mended, changed and asked about, each after a yes; what it does otherwise is shown",
  "chat.deploy": "In a conversation deploying is asked about, and a no is a no",
  "chat.bugs": "A bug of ours in a tool or a command is said in a line, and the conversation goes on",
} as const;
export type RequirementId = keyof typeof REQUIREMENTS;

/** Asked for, not built or not shown yet. */
export const GAPS: readonly { what: string; why: string }[] = [
  {
    what: "A real model, Bedrock and Vertex at work",
    why: "there is no key and no network here: a person or program sat in the model's chair, and its replies are replayed; the requests of Bedrock were looked at, Vertex was only constructed",
  },
  {
    what: "A connector built through the MCP server over HTTP",
    why: "the same as on stdio: in `npm run test:thorough`",
  },
  {
    what: "Claude Code, Cursor and VS Code themselves as hosts of the MCP server",
    why: "not to be had here: clients of the protocol's two lines stand for them",
  },
  {
    what: "SQL Server: a connector is generated and linted, never run, and ships without contract tests",
    why: "nothing on these machines can stand in for it; what comes before the first query, TLS and login, was run against a stand-in of that alone",
  },
  {
    what: "Deploying and verifying on Fivetran itself; workflow files on GitHub itself; MotherDuck, Snowflake, BigQuery, Databricks and Redshift as destinations that are read",
    why: "no account here: the real command and our client talk to a stand-in of the API, the workflows' commands were run by hand of a test and the files checked by actionlint with shellcheck and pyflakes, PostgreSQL and DuckDB files were read; of MotherDuck only the refusals were run, for its extension is fetched from elsewhere; what Fivetran answers on state and schemas of a Connector SDK connection is taken from its reference",
  },
  {
    what: "Generated code runs in a sandbox",
    why: "it runs with a scrubbed environment and limits; bubblewrap is only detected",
  },
  {
    what: "In `npm test`: logins of the mock API by basic, bearer, key and session; contract suites of GraphQL, SQLite, PostgreSQL (where MariaDB is installed), local files and files over HTTP; moving sources on Lakeflow and GraphQL; half of the layouts of generated connectors; three of four places where a run is killed; half of the ways in which one page speaks of more; a broken connection and a key on SFTP; the misleading documentation with our own loop (the MCP server plays the same recording); waiting for a source that allows few requests a second; compressed NDJSON in a bucket and a second GraphQL schema put to the proof; values of files exactly; files that move while others are read, but in the proof; two of the traps; parents and steps of ids on the mock API; memory that is filled up once, that light rows take, or of which a second measurement does not end; some of the sources that are read three times, killed at a checkpoint, or read without a target; five of eight kills of the warehouse; two thirds or more of the runs of some properties",
    why: "ten minutes on two cores; `npm run test:thorough` and `npm run matrix` run them",
  },
  { what: "A live test of a real public API", why: "tests may only reach loopback" },
];
