/** Fetching for people's documents: bounded in size and time. Passed in as an argument, so tests give their own. */

export interface Fetched {
  /** After redirects. */
  address: string;
  status: number;
  contentType: string;
  text: string;
}

export interface Http {
  /** Throws `UserError` when the address is not http(s), cannot be reached, is too large or too slow. */
  get(address: string, options: { signal: AbortSignal; maxBytes?: number; seconds?: number }): Promise<Fetched>;
}
