/** What JSON can say, read exactly: integers beyond 2^53 are `bigint`. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

/**
 * A record as the source serves it. `bigint` stands for integers beyond 2^53, which JSON carries as plain digits; so it
 * does values of `decimal` columns, which are the text of their digits here.
 */
export type Record_ = { [column: string]: Json };
