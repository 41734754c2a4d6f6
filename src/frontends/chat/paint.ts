/** Colours, where there are any. */
import { styleText } from "node:util";

export type Style = "green" | "red" | "yellow" | "dim" | "bold";
export type Paint = (style: Style, text: string) => string;

export function createPaint(color: boolean): Paint {
  // The stream was looked at by `cli.ts`; here the answer is only carried out.
  return (style, text) => (color && text !== "" ? styleText(style, text, { validateStream: false }) : text);
}
