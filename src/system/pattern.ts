/** Text as a part of a regular expression that stands for exactly that text; with or without the flag `u`. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
