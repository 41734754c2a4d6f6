/** What can go wrong between a connector and an SFTP server. */
import { createStrikes, type Strikes } from "../../http/simulate/strikes.ts";
import type { Fault, SeenRequest } from "../../simulator.ts";

/** `truncated`: a file ends before the size that is stated of it. */
export type SftpDisturbance = "reset" | "truncated" | "silent";
export type SftpStrikes = Strikes<SftpDisturbance>;

const FAULTS: readonly (Pick<Fault, "id" | "says" | "silent"> & { disturbance: SftpDisturbance })[] = [
  {
    id: "reset",
    says: "the connection breaks: at the login, at a listing, or in the middle of a file",
    disturbance: "reset",
  },
  { id: "truncated-file", says: "a file ends before the size that the server states of it", disturbance: "truncated" },
  { id: "silent", says: "the server falls silent", disturbance: "silent", silent: true },
];

/** Another login, and the listing or the file once more. */
const AGAIN = 2;

export function createSftpStrikes(seen: readonly SeenRequest[]): { strikes: SftpStrikes; faults: Fault[] } {
  const strikes = createStrikes<SftpDisturbance>(seen);
  const faults = FAULTS.map(({ disturbance, ...described }) =>
    strikes.fault({ ...described, owes: "rows-or-failure", extra: AGAIN }, disturbance),
  );
  return { strikes, faults };
}

export function happensTo(method: "LOGIN" | "LIST" | "GET"): (disturbance: SftpDisturbance) => boolean {
  if (method === "GET") return () => true;
  return (disturbance) => disturbance === "reset" || (method === "LIST" && disturbance === "silent");
}
