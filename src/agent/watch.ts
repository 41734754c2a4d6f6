/**
 * What the SDK does not do for a streamed reply: it says nothing while it tries again, it waits as long as it is told to,
 * and a stream that falls silent is waited for without end.
 */
import type { Middleware } from "@anthropic-ai/sdk";

export interface WatchOptions {
  /** Longest silence in a reply, pings included. */
  idleMs: number;
  /** A server that asks for a longer pause than this is not waited for. */
  longestPauseMs: number;
  retries: number;
  onRetry: (why: string) => void;
}

/** The stream has been silent for too long. */
export class IdleError extends Error {
  override readonly name = "IdleError";
}

/** Runs once per HTTP attempt. */
export function watchAttempts({ idleMs, longestPauseMs, retries, onRetry }: WatchOptions): Middleware {
  return async (request, next) => {
    const again = Number(request.headers.get("x-stainless-retry-count") ?? 0) < retries;
    const response = await next(request).catch((error: unknown) => {
      if (again) onRetry("the endpoint cannot be reached");
      throw error;
    });
    if (response.ok) return response.body ? new Response(watched(response.body, idleMs), response) : response;
    const { status, headers } = response;
    if (status !== 408 && status !== 409 && status !== 429 && status < 500) return response;
    if (pauseOf(headers) > longestPauseMs) {
      const answer = new Response(response.body, response);
      answer.headers.set("x-should-retry", "false");
      return answer;
    }
    if (again && headers.get("x-should-retry") !== "false") onRetry(reasonOf(status, headers));
    return response;
  };
}

function reasonOf(status: number, headers: Headers): string {
  const pause = pauseOf(headers);
  const wait = pause > 0 ? `, and asks to wait ${Math.ceil(pause / 1000)} s` : "";
  const why = status === 429 ? "limits the rate" : status === 529 ? "is overloaded" : "has a problem";
  return `the endpoint ${why} (${status})${wait}`;
}

/** Milliseconds that `retry-after` asks for; 0 without it. */
export function pauseOf(headers: Headers): number {
  const value = headers.get("retry-after");
  if (value === null) return 0;
  const seconds = Number(value);
  const pause = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(pause) ? 0 : Math.max(0, pause);
}

/** The same bytes; fails with `IdleError` when none come for too long. */
function watched(body: ReadableStream<Uint8Array>, idleMs: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new IdleError(`nothing came for ${idleMs / 1000} s`)), idleMs);
      });
      try {
        const { done, value } = await Promise.race([reader.read(), silence]);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error);
        // The connection is given up as well; that it fails by this is no news.
        reader.cancel(error).catch(() => undefined);
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
