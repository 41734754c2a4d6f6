/** Files that come, grow, shrink, go and come back, read by syncs of which any may be killed anywhere. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeClientPart } from "../../support/client-session.ts";
import { column, fileBlueprint } from "../../support/file-blueprint.ts";
import { runs } from "../../support/thorough.ts";
import { verifies } from "../../support/verifies.ts";

/**
 * Plays histories as a target's shell does: the records of a page are written, then what came with it is saved. A kill falls
 * before a record is written, or before something is saved. Pages are small, so that files have many.
 */
const DRIVER = `
import contextlib, json, logging, os, pathlib, shutil, sys
import files, reading

logging.disable()
reading.PAGE_RECORDS = 2
[table] = reading.TABLES
root = pathlib.Path(sys.argv[1])
follows = hasattr(reading, "is_deleted")
is_deleted = reading.is_deleted if follows else lambda table, record: False

class Silent:
    """A server that does not tell when its files changed, but of the first."""

    def list_files(self, prefix, levels):
        return [
            files.StoredFile(path.name, None, "as ever" if path.name == "orders_0.csv" else "")
            for path in root.iterdir()
        ]

    def copy(self, file):
        return open(root / file.name, "rb")

def client():
    if sys.argv[2] == "local":
        return files.Client({"path": str(root)})
    return contextlib.nullcontext(Silent())

def sync(destination, state, cut):
    done = 0
    with client() as source:
        for page, saved in reading.read_changes(source, table, state.get("orders", {})):
            for record in page:
                if done == cut:
                    return done
                done += 1
                key = record["_file"], record["_line"]
                if is_deleted(table, record):
                    destination.pop(key, None)
                else:
                    destination[key] = record["note"]
            if done == cut:
                return done
            done += 1
            state["orders"] = json.loads(json.dumps(saved))
    return done

def again(destination, state):
    """What a sync does where nothing has changed: of silent files it may read all, but saves the same."""
    before = dict(state)
    done = sync(destination, state, None)
    return "nothing" if done == 0 else "the same" if state == before else "more"

def batched():
    """Rows of a destination that only takes more, read in batches that end where reading can go on from."""
    rows, start = [], {}
    while True:
        reached, size = start, 0
        with client() as source:
            for page, reached in reading.read_changes(source, table, start):
                rows += [(record["_file"], record["_line"]) for record in page]
                size += len(page)
                if size >= 3 and reached != start:
                    break
        if reached == start:
            return rows
        start = reached

def play(history):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "orders_0.csv").write_text("note\\nalways there\\n")
    destination, state = {}, {}
    for at, step in enumerate(history):
        path = root / f"orders_{step.get('file')}.csv"
        if "cut" in step:
            sync(destination, state, step["cut"])
        elif step["lines"] is None:
            path.unlink(missing_ok=True)
        else:
            # Only of followed files is so much saved that one may be again what it was.
            hour = step["hour"] if follows else at
            notes = [f"{hour} {line}" for line in range(step["lines"])]
            path.write_text("\\n".join(["note", *notes, ""]))
            os.utime(path, (hour, hour))
    sync(destination, state, None)
    truth = {
        (path.name, line): note
        for path in root.iterdir()
        for line, note in enumerate(path.read_text().splitlines()[1:], start=1)
    }
    return {
        "stale": sorted(map(str, destination.items() - truth.items())),
        "lost": sorted(map(str, truth.items() - destination.items())),
        "again": again(destination, state),
        # Where files are followed nothing is read in batches, and silent files come again.
        "twice": 0 if follows or sys.argv[2] == "http" else len(batched()) - len(truth),
    }

for line in sys.stdin:
    print(json.dumps(play(json.loads(line))), flush=True)
`;

/** `hour`: with the same one and as many records a file is the very one that it was. */
const change = fc.record({
  file: fc.integer({ min: 1, max: 2 }),
  hour: fc.integer({ min: 1, max: 2 }),
  lines: fc.option(fc.integer({ min: 0, max: 7 }), { nil: null }),
});
const sync = fc.record({ cut: fc.option(fc.nat({ max: 20 }), { nil: null }) });
/** A file becomes another one for the time of a sync, and is then what it was before. */
const excursion = fc
  .tuple(change, change, sync)
  .map(([before, other, cut]) => [before, { cut: null }, { ...other, file: before.file }, cut, before]);
const single = fc.oneof(change, sync).map((step) => [step]);
const history = fc
  .array(fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: excursion }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((steps) => steps.flat());

test.each([
  { store: "local", deletes: "files", again: "nothing" },
  { store: "local", deletes: "none", again: "nothing" },
  { store: "http", deletes: "files", again: "the same" },
  { store: "http", deletes: "none", again: "the same" },
] as const)(
  verifies("files.cut-syncs", "whatever is killed where, the next sync makes it good ($store, deletes: $deletes)"),
  async ({ store, deletes, again }) => {
    const columns = [column("note", "string")];
    const blueprint = fileBlueprint({ store }, [{ columns, deletes: { kind: deletes } }]);
    const { directory, python } = await writeClientPart(blueprint, { "play.py": DRIVER });
    await mkdir(join(directory, "place"));
    const sample = fc.sample(history, runs(1200));
    const input = sample.map((one) => `${JSON.stringify(one)}\n`).join("");
    const done = await execa(python.python, ["play.py", join(directory, "place"), store], { cwd: directory, input });
    const outcomes = done.stdout.split("\n").map((line) => JSON.parse(line));
    expect(outcomes).toHaveLength(sample.length);
    const wrong = outcomes.flatMap((outcome, index) =>
      outcome.lost.length === 0 &&
      outcome.twice === 0 &&
      (outcome.again === "nothing" || outcome.again === again) &&
      (deletes === "none" || outcome.stale.length === 0)
        ? []
        : [{ ...outcome, history: sample[index] }],
    );
    expect(wrong.sort((a, b) => a.history.length - b.history.length).slice(0, 1)).toEqual([]);
  },
  60_000,
);
