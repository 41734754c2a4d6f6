/** What a person sees on a terminal that was sent these bytes, scrollback included. */

/** Lines without trailing blanks; nothing scrolls away. Understands what readline and this program send. */
export function screenOf(bytes: string, columns = 80): string[] {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  let saved = { row: 0, column: 0 };
  const at = (wanted: number): string[] => {
    while (lines.length <= wanted) lines.push([]);
    return lines[wanted] as string[];
  };
  const put = (character: string) => {
    if (column >= columns) {
      row += 1;
      column = 0;
    }
    const line = at(row);
    while (line.length < column) line.push(" ");
    line[column] = character;
    column += 1;
  };
  const erase = (kind: string, how: number) => {
    if (kind === "K") lines[row] = how === 2 ? [] : at(row).slice(0, column);
    if (kind === "J" && how === 0) {
      lines[row] = at(row).slice(0, column);
      lines.splice(row + 1);
    }
  };
  const obey = (kind: string, parameters: string) => {
    const count = Number(parameters.split(";")[0] || (kind === "K" || kind === "J" ? 0 : 1));
    if (kind === "A") row = Math.max(0, row - count);
    else if (kind === "B") row += count;
    else if (kind === "C") column = Math.min(columns - 1, column + count);
    else if (kind === "D") column = Math.max(0, column - count);
    else if (kind === "G") column = count - 1;
    else if (kind === "K" || kind === "J") erase(kind, count);
    else if (!"mhl".includes(kind))
      throw new Error(`The screen does not know ${JSON.stringify(`ESC[${parameters}${kind}`)}.`);
  };
  for (const [whole, parameters, kind, save] of bytes.matchAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is made of them
    /\x1b\[([?0-9;]*)([A-Za-z])|\x1b([78])|[\s\S]/gu,
  )) {
    if (kind !== undefined) obey(kind, parameters ?? "");
    else if (save === "7") saved = { row, column };
    else if (save === "8") ({ row, column } = saved);
    else if (whole === "\r") column = 0;
    else if (whole === "\n") row += 1;
    else if (whole === "\x07") continue;
    else put(whole);
  }
  return lines.map((line) =>
    line
      .map((character) => character ?? " ")
      .join("")
      .trimEnd(),
  );
}

/** Characters that command a terminal; line breaks are none here. */
export function commandsIn(text: string): string[] {
  return [...text].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    return (code < 32 && character !== "\n") || (code >= 127 && code < 160) || (code >= 0x202a && code <= 0x202e);
  });
}
