/** What a failed request means: whether the same one may go out again, and who must act if not. */
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from "@anthropic-ai/sdk";
import { messageOf } from "../errors.ts";
import { ModelError } from "./model.ts";
import { IdleError } from "./watch.ts";

export interface Failure {
  error: ModelError;
  /** The reply broke off, or the endpoint gave up in the middle of it: asking again may help. */
  again: boolean;
}

/** Error types that come inside a stream, where there is no status any more. */
const LASTING: Readonly<Record<string, ModelError["kind"]>> = {
  authentication_error: "credentials",
  permission_error: "credentials",
  billing_error: "credentials",
  invalid_request_error: "request",
  not_found_error: "request",
  request_too_large: "request",
};

/** Undefined when it is no failure of the endpoint's: then it is a bug of ours. */
export function failureOf(error: unknown, modelId: string): Failure | undefined {
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) return notReached(error);
  if (error instanceof APIError && error.status !== undefined) {
    const kind = kindOf(error.status);
    return { error: new ModelError(statusText(error, modelId), kind, { cause: error }), again: false };
  }
  if (error instanceof APIError) {
    const kind = LASTING[error.type ?? ""] ?? "unavailable";
    const text = `the endpoint broke its reply off: ${error.apiMessage ?? error.type ?? error.message}`;
    return { error: new ModelError(text, kind, { cause: error }), again: kind === "unavailable" };
  }
  if (error instanceof AnthropicError) {
    const idle = error.cause instanceof IdleError;
    const text = idle
      ? `the reply fell silent: ${messageOf(error.cause)}`
      : `the connection broke in the middle of the reply (${error.message})`;
    return { error: new ModelError(text, "unavailable", { cause: error }), again: true };
  }
  return undefined;
}

function notReached(error: Error): Failure {
  const failure = (text: string, kind: ModelError["kind"] = "unavailable") => ({
    error: new ModelError(text, kind, { cause: error }),
    again: false,
  });
  if (error instanceof APIConnectionTimeoutError) return failure("the endpoint did not answer in time");
  const why = deepest(error);
  // The packages for Bedrock and Vertex look for credentials at the first request.
  if (/credential/i.test(why)) return failure(`no credentials were found: ${why}`, "credentials");
  return failure(`the endpoint cannot be reached (${why})`);
}

/** `fetch failed` says nothing; what lies under it does. */
function deepest(error: Error): string {
  return error.cause instanceof Error ? deepest(error.cause) : error.message;
}

function kindOf(status: number): ModelError["kind"] {
  if (status === 401 || status === 402 || status === 403) return "credentials";
  return status === 408 || status === 409 || status === 429 || status >= 500 ? "unavailable" : "request";
}

function statusText({ status, apiMessage, message }: APIError, modelId: string): string {
  const said = apiMessage ?? message.replace(/^\d{3} /, "");
  switch (status) {
    case 401:
      return `the endpoint does not accept the key (401): ${said}`;
    case 402:
      return `the account cannot pay for the request (402): ${said}`;
    case 403:
      return `the key may not do this (403): ${said}`;
    case 404:
      return `the endpoint knows no model ${modelId}, or is no Messages API (404): ${said}`;
    case 429:
      return `the endpoint limits the rate (429), still after several tries: ${said}`;
    case 529:
      return `the endpoint is overloaded (529), still after several tries: ${said}`;
    default:
      return `the endpoint answers ${status}: ${said}`;
  }
}
