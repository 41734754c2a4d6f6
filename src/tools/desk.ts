/**
 * Desks: what tools work on. A step lays out the desks its tools need; a tool is made over one desk and knows nothing of
 * steps. Nothing on a desk gives a model the way to evidence, reports, recordings or a secret.
 */
import type { Ask } from "../agent/approval.ts";
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Finding, Report } from "../artifacts/report.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import type { Notebook } from "../research/notebook.ts";
import type { SourceKind } from "../sources/kind.ts";
import type { Http } from "../system/http.ts";
import type { QueryResult } from "../warehouse/warehouse.ts";

/** For fetch_page, search_pages, read_page, import_description, probe_source, record_claim and propose_blueprint. */
export interface ResearchDesk {
  notebook: Notebook;
  requirements: Requirements;
  kind: SourceKind;
  http: Http;
  /** Directory that relative `docs` of the spec are resolved against. */
  baseDirectory: string;
  /** The source as far as it is known: for looks at it before there is a blueprint. Undefined without a base address. */
  source(): Blueprint["source"] | undefined;
  /** Values per configuration key; throws `UserError` naming the reference that has no value. */
  configuration(): Promise<Record<string, string>>;
  /** The one door: every text from outside passes it. */
  redact(text: string): string;
  progress(text: string): void;
  now(): Date;
}

/** For list_files, read_file, write_file, edit_file, lint_connector, run_tests and query_warehouse. */
export interface ConnectorDesk {
  /** The connector's directory: every path is confined to it. */
  directory: string;
  /** Why a path (relative, with `/`) may not be written in this step; undefined when it may. */
  locked(path: string): string | undefined;
  /** Called after each write: what a model wrote is no edit of a person's. */
  wrote(path: string): Promise<void>;
  lint(): Promise<Finding[]>;
  /** The harness, on the connector as it is now, without writing a report. Throws `ToolError` when the step has used up its runs. */
  test(signal: AbortSignal): Promise<Report>;
  /** Read-only SQL on the warehouse of the last test. Throws `UserError`. */
  query(sql: string, maxRows: number): Promise<QueryResult>;
  redact(text: string): string;
}

/** For read_skill. */
export interface SkillDesk {
  /** Folders in `skills/`: name -> what it is for. */
  skills: ReadonlyMap<string, { description: string; text: string }>;
}

/** For ask_user. */
export interface PersonDesk {
  ask: Ask;
}

/** For finish_step. */
export interface GateDesk {
  /** What the step still misses, one sentence each; empty when it may end. */
  gate(): Promise<string[]>;
}
