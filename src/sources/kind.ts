/**
 * What a kind of source offers to the rest of the house: a draft of the blueprint, and a stand-in for the source.
 * A kind knows nothing of targets: they meet in the blueprint.
 */
import type { Blueprint, Kind, Source } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import type { ClientPart } from "../python/client-part.ts";
import type { Http } from "../system/http.ts";
import type { Exchange, IndependentCount, LiveOptions, Look, ProbeFinding, ProbeOptions } from "./live.ts";
import type { Record_ } from "./record.ts";
import type { KeptFile, SimulateOptions, Simulator } from "./simulator.ts";

export interface Description {
  blueprint: Blueprint;
  /** In the order of their ids. */
  evidence: Evidence[];
  /** Pages and descriptions that evidence points at: hash -> text. Stored as `pages/<hash>`. */
  pages: Map<string, string>;
}

export interface DescribeContext {
  http: Http;
  /** Directory that relative `docs` paths are resolved against. */
  baseDirectory: string;
  now: () => Date;
  signal: AbortSignal;
  /** Values per configuration key, as far as the spec gives them: for a source that describes itself to who may read it. */
  configuration?: Readonly<Record<string, string>>;
  /** Taken to every text that is read, before anything else is done with it. */
  redact?: (text: string) => string;
}

/** What a machine-readable description offers, before anything is drafted from it. */
export interface DescriptionOutline {
  /** In words: `an OpenAPI description`. */
  format: string;
  /** How it counts as evidence. */
  kind: "api-description" | "introspection";
  title: string;
  /** As it is shown and stored: credentials in its query masked. */
  address: string;
  /** What is stored and quoted from; without secrets where the format is known to hold them. */
  text: string;
  /** Whether `describe` can draft tables from it. */
  drafted: boolean;
  /** What reads data first. */
  entries: OutlineEntry[];
}

export interface OutlineEntry {
  /** `GET /orders`, `Query.orders`. */
  name: string;
  /** In words; may be empty. */
  summary: string;
  /** What is known of it as a list: `list at data; pages by cursor`. May be empty. */
  facts: string;
  /** Lines on its parameters and its answer, or its fields. */
  detail(): string[];
}

/** What a suite that a connector ships with has of its source. */
export interface KeptParts {
  blueprint: Blueprint;
  /** What does not say where the data is, in the place of secrets a mask. */
  configuration: Readonly<Record<string, string>>;
  files: readonly KeptFile[];
  /** Far more than any sync in the tests takes; 0 where requests are not counted. */
  max_requests: number;
}

export interface DriverTape {
  /** Path of the Python file. */
  path: string;
  /** Name of the driver's module. */
  driver: string;
}

export interface SourceKind {
  kind: Kind;
  /**
   * The part of a connector that talks to the source: Python in no target's terms, the same for every target. Throws
   * `UserError` for a blueprint that no connector can be written for.
   */
  client(blueprint: Blueprint, options: { single: boolean }): Promise<ClientPart>;
  /** Why tests that a connector ships with cannot have this source in them, as a clause; undefined where they can. */
  keeps(blueprint: Blueprint): string | undefined;
  /**
   * Only of kinds whose sources are kept other than as answers by HTTP: Python for such tests, with a class `Source(part)`, a
   * context manager with the attribute `configuration`: the source as it was at the part `first`, or `second`. Where requests
   * are counted, it offers what the one that answers by HTTP does (`proof/contract/templates/source.py`). Not formatted yet.
   */
  keptModule?(kept: KeptParts): string;
  /**
   * The Python that writes down what a driver answers, where that is what is kept: a module with a class `Tape`, which is put
   * under the driver as soon as it is made. Undefined where the source is kept otherwise.
   */
  tape?(blueprint: Blueprint): DriverTape | undefined;
  /** Changes when the templates of the client part do: generated code is stale then. */
  templatesHash(): Promise<string>;
  /** Drafts the blueprint from what the source says of itself and the spec states. Throws `UserError`. */
  describe(requirements: Requirements, context: DescribeContext): Promise<Description>;
  /**
   * Reads one description: an address, or a path relative to the base directory. Undefined for a page of prose. Throws
   * `UserError` when it cannot be read, or is malformed or unknown.
   */
  outline(address: string, context: DescribeContext): Promise<DescriptionOutline | undefined>;
  /** Configuration key -> reference (or plain text, for what is no secret) that the spec gives for it. */
  credentials(requirements: Requirements): Record<string, string>;
  /** The source with configuration keys in the place of credentials, and the keys that the configuration then has. */
  complete(source: Source): Pick<Blueprint, "source" | "configuration">;
  /**
   * Serves the blueprint on loopback from a corpus made from `seed`. With the same `now` (default: the time it is) two
   * stand-ins are the same to the last value.
   */
  simulate(blueprint: Blueprint, options: SimulateOptions): Promise<Simulator>;
  /**
   * Only of kinds that speak HTTP. Sends one request. Throws `UserError` when the source cannot be reached, gives no token, or the address is on another
   * host than the source's.
   */
  look?(source: Source, look: Look, options: LiveOptions): Promise<Exchange>;
  /** Holds a blueprint against the real source, question by question, in a bounded number of read-only requests. */
  probe(blueprint: Blueprint, options: ProbeOptions): AsyncIterable<ProbeFinding>;
  /** Asks the real source for one page of its first table. Undefined when it answers, else why it does not. */
  reach(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined>;
  /**
   * Reads a table of the real source whole, by a route that shares no code with any connector. Throws `UserError` when the
   * source cannot be read so: also when it speaks of more than it gives, or does not keep the order that is stated.
   */
  read(blueprint: Blueprint, table: string, options: LiveOptions): AsyncIterable<Record_>;
  /**
   * How many rows a complete sync has of a table, by another way than reading it, in few requests. Undefined where the
   * source does not tell. Throws `UserError` when it cannot be asked.
   */
  count?(blueprint: Blueprint, table: string, options: LiveOptions): Promise<IndependentCount | undefined>;
}
