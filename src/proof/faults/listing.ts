/** Requests for the pages of a listing: which listing they are for, and asking for another page in their place. */
import type { PassingRequest } from "../gateway.ts";

export function paramOf({ query }: PassingRequest, param: string): string | undefined {
  return query.find(([name]) => name === param)?.[1];
}

/** Same name, same listing: all that is asked for but the place of the page. */
export function listingOf({ path, query }: PassingRequest, param: string): string {
  return JSON.stringify([path, query.filter(([name]) => name !== param)]);
}

/** The same request with another value of a parameter that it has. */
export function targetWith({ path, query }: PassingRequest, param: string, value: number): string {
  return targetOf(
    path,
    query.map(([name, old]): [string, string] => [name, name === param ? String(value) : old]),
  );
}

export function targetOf(path: string, query: [string, string][]): string {
  return query.length === 0 ? path : `${path}?${new URLSearchParams(query)}`;
}
