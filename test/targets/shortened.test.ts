/** Waits that are made short for a sync: what a connector sleeps, and how long it bears silence. */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it } from "vitest";
import { ensurePythonEnv } from "../../src/system/python-env.ts";

const SHARED = fileURLToPath(new URL("../../src/targets/debugger/python", import.meta.url));

async function run(code: string, environment: Record<string, string>): Promise<unknown> {
  const { python } = await ensurePythonEnv();
  const program = `import json, socket, sys, threading, time\nsys.path.insert(0, ${JSON.stringify(SHARED)})\nfrom shortened import shorten_waits\n${code}`;
  const done = await execa(python, ["-c", program], { env: environment });
  return JSON.parse(done.stdout);
}

it("shortens sleeps, tells them whole, and lets the clock of the connector's own code go on", async () => {
  const code = `
told, began, real = [], time.monotonic(), time.perf_counter()
shorten_waits(told.append)
time.sleep(20)
print(json.dumps([told, time.monotonic() - began, time.perf_counter() - real]))`;
  const [told, passed, real] = (await run(code, { SYNCSMITH_TIME_SCALE: "0.005" })) as [number[], number, number];
  expect(told).toEqual([20]);
  expect(passed).toBeGreaterThanOrEqual(20);
  expect(real).toBeLessThan(5);
});

it("shortens timeouts of sockets and long waits for conditions, within bounds, and nothing without being asked", async () => {
  const code = `
shorten_waits(lambda seconds: None)
def bears(seconds):
    with socket.socket() as one:
        one.settimeout(seconds)
        return one.gettimeout()
began = time.perf_counter()
waited = threading.Event().wait(30) if SCALED else None
print(json.dumps([[bears(seconds) for seconds in (None, 0, 0.2, 10, 60, 14400)], time.perf_counter() - began, waited]))`;
  const scaled = await run(code.replace("SCALED", "True"), { SYNCSMITH_TIMEOUT_SCALE: "0.02" });
  const [bears, waited] = scaled as [(number | null)[], number];
  expect(bears).toEqual([null, 0, 0.2, 0.5, 1.2, 3]);
  expect(waited).toBeLessThan(10);
  const [asGiven] = (await run(code.replace("SCALED", "False"), {})) as [(number | null)[]];
  expect(asGiven).toEqual([null, 0, 0.2, 10, 60, 14400]);
});

it("lets the clock go on for a module whose wait ran out: it would otherwise wait again and again", async () => {
  const code = `
shorten_waits(lambda seconds: None)
began, left, turns = time.perf_counter(), 60.0, 0
condition = threading.Condition()
while left > 0:
    then = time.time()
    with condition:
        condition.wait(left)
    left -= time.time() - then
    turns += 1
print(json.dumps([turns, time.perf_counter() - began]))`;
  const [turns, waited] = (await run(code, { SYNCSMITH_TIMEOUT_SCALE: "0.02" })) as [number, number];
  expect(turns).toBe(1);
  expect(waited).toBeLessThan(10);
});
