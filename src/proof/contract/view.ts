/** The Python of the contract suite, and what its templates ask. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Blueprint, isWeb } from "../../artifacts/blueprint.ts";
import { docText, pythonTuple, wrap } from "../../python/python-literal.ts";
import { render } from "../../python/render.ts";
import type { KeptParts, SourceKind } from "../../sources/kind.ts";
import { listFiles } from "../../system/files.ts";
import type { GeneratedFile } from "../../targets/target.ts";
import { MASK, ORIGIN, readRecording } from "../gateway/recording.ts";
import type { KeptSource } from "./kept-source.ts";
import type { Recorded } from "./record.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));

/** Modules of the connector that depend on the time. */
export interface Clocks {
  /** Those whose `datetime.now` has to stand still. */
  asking: string[];
  /** Those whose `time_ns` has to. */
  counting: string[];
}

/** Waiting for as long as a source asks to is no reason to stop the clock: in the tests nobody waits. */
const ASKS_FOR_THE_TIME = /(?<!moment - )\bdatetime\.now\(/;
const COUNTS_BY_THE_TIME = /\btime_ns\(\)/;

export async function clocksOf(directory: string): Promise<Clocks> {
  const paths = (await listFiles(directory, ["tests"])).filter((path) => /^[^/]+\.py$/.test(path));
  const codes = await Promise.all(paths.map((path) => readFile(join(directory, path), "utf8")));
  const modules = (pattern: RegExp) =>
    paths.filter((_, index) => pattern.test(codes[index] ?? "")).map((path) => path.slice(0, -".py".length));
  return { asking: modules(ASKS_FOR_THE_TIME), counting: modules(COUNTS_BY_THE_TIME) };
}

/** What runs syncs, in tests and where they are recorded. Not formatted yet. */
export function playModules({ clocks, syncs }: { clocks: Clocks; syncs: string }): GeneratedFile[] {
  const clock = render(TEMPLATES, "clock.py", { clocks: pythonTuple(clocks.asking), counters: clocks.counting });
  return [
    { path: "__init__.py", content: "" },
    { path: "syncs.py", content: syncs },
    ...(clocks.asking.length > 0 ? [{ path: "clock.py", content: clock }] : []),
  ];
}

interface Testing {
  blueprint: Blueprint;
  kind: SourceKind;
  source: KeptSource;
  recording: Recorded;
  /** Whether the clock stands still. */
  clocked: boolean;
}

/** Each request may fail, and be sent again, several times. */
const REQUESTS_PER_NEEDED = 10;
const ABOUT =
  "They are of a stand-in that keeps to what is known of the source; its rows are made up. What has to come of them is in expected.json. No network is used, and no credentials.";

/** The tests, and the source in them. Not formatted yet. */
export function testModules({ blueprint, kind, source, recording, clocked }: Testing): GeneratedFile[] {
  const [first, second] = recording.files;
  const given =
    source.way !== "data"
      ? `Its answers to a first sync are in ${first?.path}, those to a second in ${second?.path}.`
      : `Its data are in ${first?.path}, what changed before a second sync in ${second?.path}.`;
  const tests = render(TEMPLATES, "test_contract.py", {
    title_line: wrap(docText(blueprint.title), 50).join("\n"),
    about: wrap(`${given} ${ABOUT}`, 95),
    asked: recording.requests !== undefined,
    waits: isWeb(blueprint.source),
    failure: blueprint.source.kind === "database" ? "Exception" : "RuntimeError",
    clocked,
    interruptions: recording.interruptions.length > 0,
    keyless: recording.keyless,
  });
  const max_requests = (recording.requests ?? 0) * REQUESTS_PER_NEEDED;
  const kept: KeptParts = { blueprint, configuration: source.shown, files: recording.files, max_requests };
  const content = source.way === "exchanges" ? replay(kept, source) : (kind.keptModule?.(kept) ?? "");
  return [
    { path: "test_contract.py", content: tests },
    { path: "source.py", content },
  ];
}

/** The server that answers from a recording. */
function replay({ blueprint, configuration, files, max_requests }: KeptParts, { addressKey }: KeptSource): string {
  const exchanges = files.flatMap(({ path, content }) => readRecording(content, path).exchanges);
  const requests = exchanges.map(({ request }) => request);
  const asked = JSON.stringify(requests);
  return render(TEMPLATES, "source.py", {
    configuration,
    address: addressKey,
    max_requests,
    waits: isWeb(blueprint.source),
    heads: requests.some(({ method }) => method === "HEAD"),
    origin: ORIGIN,
    methods: [...new Set(requests.map(({ method }) => method))].sort(),
    bodies: requests.some(({ body }) => body !== undefined),
    loose: asked.includes(MASK) || asked.includes(ORIGIN),
    base64: exchanges.some(({ answer }) => answer.base64 !== undefined),
  });
}
