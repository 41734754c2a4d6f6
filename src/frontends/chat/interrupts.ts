/** Ctrl-C: once it ends what is going on, twice in two seconds it leaves. */

export interface Interrupts {
  /** Ctrl-C was pressed; `cleared`: it took away what was typed, and that was all. */
  interrupt(cleared: boolean): void;
  /** The input has ended: what is going on is the last thing. */
  ended(): void;
  /** Runs a work that Ctrl-C ends. */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether somebody wants to leave now. */
  leaving(): boolean;
  close(): void;
}

export interface InterruptsOptions {
  /** The process's own: an abort leaves at once. */
  signal: AbortSignal;
  say: (text: string) => void;
  /** Ends a wait for a message or an answer. */
  cancel: () => void;
  now?: () => number;
}

const TWICE_MS = 2000;

export function createInterrupts({
  signal,
  say,
  cancel,
  now = () => performance.now(),
}: InterruptsOptions): Interrupts {
  let leaving = signal.aborted;
  let running: AbortController | undefined;
  let last = Number.NEGATIVE_INFINITY;
  const leave = () => {
    leaving = true;
    running?.abort();
    cancel();
  };
  signal.addEventListener("abort", leave);
  return {
    interrupt: (cleared) => {
      const time = now();
      if (time - last < TWICE_MS) leave();
      else if (!cleared) {
        last = time;
        if (running === undefined) say("Ctrl-C again leaves, and so does Ctrl-D.");
        else {
          say("Interrupting; Ctrl-C again leaves.");
          running.abort();
        }
      }
    },
    ended: () => {
      if (running !== undefined && !leaving) say("The input has ended: this is the last turn. Ctrl-C interrupts it.");
    },
    during: async (work) => {
      const controller = new AbortController();
      running = controller;
      if (leaving) controller.abort();
      try {
        return await work(controller.signal);
      } finally {
        running = undefined;
      }
    },
    leaving: () => leaving,
    close: () => signal.removeEventListener("abort", leave),
  };
}
