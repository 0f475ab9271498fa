/** How large the parts of a diagram are, in its own units: the text is of one width for every letter. */

import type { Box, Column } from "./model";

export const FONT_SIZE = 12;
export const LETTER = 7.3;
export const ROW = 20;
export const TITLE = 28;
export const SUBTITLE = 18;
export const PADDING = 10;
const BETWEEN = 3;
const NARROWEST = 140;

/** The models that the title does not name already. */
export function subtitle({ title, models }: Box): readonly string[] {
  return models.filter((model) => model !== title);
}

export function typeText({ type, nullable }: Column): string {
  return `${type ?? "?"}${nullable ? " null" : ""}`;
}

export function keyText({ primaryKey, foreignKey, unique }: Column): string {
  return [primaryKey ? "PK" : "", foreignKey ? "FK" : "", unique ? "UK" : ""].filter(Boolean).join(" ");
}

/** The letters of the widest keys of a box. */
export function keyLetters({ columns }: Box): number {
  return Math.max(0, ...columns.map((column) => keyText(column).length));
}

export function headHeight(box: Box): number {
  return TITLE + (subtitle(box).length > 0 ? SUBTITLE : 0);
}

export function size(box: Box): { width: number; height: number } {
  const keys = keyLetters(box);
  const rows = box.columns.map(
    (column) => column.name.length + typeText(column).length + BETWEEN + (keys > 0 ? keys + BETWEEN : 0),
  );
  const letters = Math.max(box.title.length * 1.1, subtitle(box).join(", ").length, ...rows);
  return {
    width: Math.max(NARROWEST, Math.ceil(letters * LETTER) + 2 * PADDING),
    height: headHeight(box) + box.columns.length * ROW + (box.columns.length > 0 ? PADDING / 2 : 0),
  };
}
