/** A diagram as SVG: text only, so that it is the same in the view, in a file and in a test. */

import type { Layout, Rectangle } from "./layout";
import { FONT_SIZE, headHeight, keyLetters, keyText, LETTER, PADDING, ROW, subtitle, TITLE, typeText } from "./measures";
import type { Box, Column, Diagram, Line } from "./model";

/** What a theme decides. Each is a CSS colour, and `font` a list of font families. */
export interface Theme {
  readonly background: string;
  readonly foreground: string;
  readonly faint: string;
  readonly head: string;
  readonly border: string;
  readonly accent: string;
  readonly font: string;
}

/** The style sheet of a drawing. */
export function styles(theme: Theme): string {
  return `
.schema text { font: ${FONT_SIZE}px ${theme.font}; fill: ${theme.foreground}; }
.schema .frame { fill: ${theme.background}; stroke: ${theme.border}; }
.schema .head { fill: ${theme.head}; stroke: ${theme.border}; }
.schema .title { font-weight: bold; }
.schema .model, .schema .type, .schema .label { fill: ${theme.faint}; }
.schema .label { font-size: ${FONT_SIZE - 2}px; }
.schema .primary { font-weight: bold; }
.schema .keys { fill: ${theme.accent}; }
.schema .line { fill: none; stroke: ${theme.faint}; stroke-width: 1.3; }
.schema .dot { fill: ${theme.background}; stroke: ${theme.faint}; stroke-width: 1.3; }`;
}

/** What is inside of the `svg` element. `data-place` on boxes and models is `box,place`. */
export function drawing(diagram: Diagram, layout: Layout): string {
  const lines = diagram.lines.map((line) => drawnLine(line, diagram, layout));
  const boxes = diagram.boxes.map((box, number) => drawnBox(box, number, at(layout, number)));
  return [...lines, ...boxes].join("\n");
}

/** A whole SVG file. */
export function file(diagram: Diagram, layout: Layout, theme: Theme): string {
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="schema" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<style>${styles(theme).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</style>
<rect width="100%" height="100%" fill="${escaped(theme.background)}"/>
${drawing(diagram, layout)}
</svg>
`;
}

function at(layout: Layout, box: number): Rectangle {
  return layout.boxes[box] ?? { x: 0, y: 0, width: 0, height: 0 };
}

function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  // What XML cannot hold at all is left out.
  // eslint-disable-next-line no-control-regex
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
}

function text(kind: string, x: number, y: number, content: string, more = ""): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}"${more}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

// ---- boxes

function drawnBox(box: Box, number: number, place: Rectangle): string {
  const { x, y, width, height } = place;
  const head = headHeight(box);
  const names = subtitle(box);
  const keys = keyLetters(box) * LETTER;
  const parts = [
    `<rect class="frame" x="${round(x)}" y="${round(y)}" width="${width}" height="${height}" rx="3"/>`,
    `<rect class="head" x="${round(x)}" y="${round(y)}" width="${width}" height="${head}" rx="3"/>`,
    text("title", x + PADDING, y + 18, box.title),
  ];
  let left = x + PADDING;
  for (const [index, name] of names.entries()) {
    const shown = index < names.length - 1 ? `${name},` : name;
    const of = box.models.indexOf(name);
    parts.push(text("model", left, y + TITLE + 9, shown, ` data-place="${number},${of}"`));
    left += (shown.length + 1) * LETTER;
  }
  box.columns.forEach((column, row) => parts.push(...drawnColumn(column, x, y + head + row * ROW + 15, width, keys)));
  const label = escaped([box.title, ...names].join(", "));
  return `<g class="box" tabindex="0" role="link" aria-label="${label}" data-place="${number},0">${parts.join("")}</g>`;
}

function drawnColumn(column: Column, x: number, y: number, width: number, keys: number): string[] {
  const right = x + width - PADDING;
  const marks = keyText(column);
  return [
    text(column.primaryKey ? "name primary" : "name", x + PADDING, y, column.name),
    text("type", right - (keys > 0 ? keys + LETTER : 0), y, typeText(column), ' text-anchor="end"'),
    ...(marks === "" ? [] : [text("keys", right, y, marks, ' text-anchor="end"')]),
  ];
}

// ---- lines

/** Where a line meets a box: `way` is 1 where it leaves to the right, -1 to the left. */
interface End {
  readonly x: number;
  readonly y: number;
  readonly way: 1 | -1;
}

const MANY = 10;
const FAR = 18;

function drawnLine(line: Line, diagram: Diagram, layout: Layout): string {
  const [child, parent] = ends(line, diagram, layout);
  const reach = Math.max(40, Math.abs(child.x - parent.x) / 2);
  const from = child.x + child.way * FAR;
  const to = parent.x + parent.way * FAR;
  const curve = `M${round(child.x)} ${round(child.y)}H${round(from)}C${round(from + child.way * reach)} ${round(child.y)} ${round(to + parent.way * reach)} ${round(parent.y)} ${round(to)} ${round(parent.y)}H${round(parent.x)}`;
  const same = child.way === parent.way ? child.way * reach * 0.75 : 0;
  const middle = text("label", (from + to) / 2 + same, (child.y + parent.y) / 2 - 4, line.label, ' text-anchor="middle"');
  const childEnd = line.alone && !line.bothMany ? one(child, false) : many(child);
  const parentEnd = line.bothMany ? many(parent) : one(parent, line.required);
  return `<g class="edge"><path class="line" d="${curve}"/>${childEnd}${parentEnd}${middle}</g>`;
}

function ends(line: Line, diagram: Diagram, layout: Layout): [child: End, parent: End] {
  const [child, parent] = [at(layout, line.child), at(layout, line.parent)];
  const childY = child.y + rowOf(diagram.boxes[line.child], line.bothMany ? [] : line.columns);
  const parentY = parent.y + rowOf(diagram.boxes[line.parent], []);
  if (child.x >= parent.x + parent.width) {
    return [
      { x: child.x, y: childY, way: -1 },
      { x: parent.x + parent.width, y: parentY, way: 1 },
    ];
  }
  if (parent.x >= child.x + child.width) {
    return [
      { x: child.x + child.width, y: childY, way: 1 },
      { x: parent.x, y: parentY, way: -1 },
    ];
  }
  // One above the other, or the same: around the right side.
  return [
    { x: child.x + child.width, y: childY, way: 1 },
    { x: parent.x + parent.width, y: parentY, way: 1 },
  ];
}

/** How far down a box the first of these columns stands; the primary key, or the middle of the head, without one. */
function rowOf(box: Box | undefined, columns: readonly string[]): number {
  if (box === undefined) {
    return 0;
  }
  const named = box.columns.findIndex(({ name }) => name === columns[0]);
  const row = named >= 0 ? named : box.columns.findIndex(({ primaryKey }) => primaryKey);
  return row < 0 ? TITLE / 2 : headHeight(box) + row * ROW + ROW / 2;
}

/** A crow's foot with a circle: none or many. */
function many({ x, y, way }: End): string {
  const tip = round(x + way * MANY);
  const [at, up, down] = [round(x), round(y - 6), round(y + 6)];
  return `<path class="line" d="M${tip} ${round(y)}L${at} ${up}M${tip} ${round(y)}L${at} ${down}"/><circle class="dot" cx="${round(x + way * (MANY + 4))}" cy="${round(y)}" r="4"/>`;
}

/** A bar with another (exactly one) or with a circle (none or one). */
function one({ x, y, way }: End, required: boolean): string {
  const bar = (far: number): string =>
    `<path class="line" d="M${round(x + way * far)} ${round(y - 6)}V${round(y + 6)}"/>`;
  const second = required ? bar(MANY) : `<circle class="dot" cx="${round(x + way * (MANY + 4))}" cy="${round(y)}" r="4"/>`;
  return bar(6) + second;
}
