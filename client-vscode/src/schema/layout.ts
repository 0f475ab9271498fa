/**
 * Where the boxes of a diagram stand: parents to the left of their children, what is connected together, and boxes
 * that nothing is connected to in rows below. No two boxes overlap, and the same diagram always looks the same.
 */

import type { Diagram } from "./model";
import { size } from "./measures";

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** By place in `Diagram.boxes`. */
  readonly boxes: readonly Rectangle[];
  readonly width: number;
  readonly height: number;
}

const COLUMN_GAP = 110;
const ROW_GAP = 30;
const MARGIN = 40;
const SWEEPS = 4;
/** Of the drawing as a whole, where there is a choice. */
const WIDTH_TO_HEIGHT = 1.6;

interface Size {
  readonly width: number;
  readonly height: number;
}

export function layout(diagram: Diagram): Layout {
  const sizes = diagram.boxes.map(size);
  const groups = components(diagram);
  const alone = groups.filter((group) => group.length === 1).flat();
  const blocks = groups.filter((group) => group.length > 1).map((group) => arranged(group, diagram, sizes));
  const area = sizes.reduce((sum, { width, height }) => sum + (width + COLUMN_GAP) * (height + ROW_GAP), 0);
  const widest = Math.max(Math.sqrt(area * WIDTH_TO_HEIGHT), ...blocks.map(({ width }) => width));
  const singles = alone.map((box): Block => {
    const { width, height } = sizeOf(sizes, box);
    return { width, height, places: new Map([[box, [0, 0]]]) };
  });
  return shelved([...blocks, ...singles], widest, sizes);
}

/** Boxes with their places inside. */
interface Block extends Size {
  readonly places: ReadonlyMap<number, readonly [x: number, y: number]>;
}

function sizeOf(sizes: readonly Size[], box: number): Size {
  return sizes[box] ?? { width: 0, height: 0 };
}

/** Blocks one after the other, in rows. */
function shelved(blocks: readonly Block[], widest: number, sizes: readonly Size[]): Layout {
  const boxes: Rectangle[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const block of blocks) {
    if (x > 0 && x + block.width > widest) {
      y += rowHeight + ROW_GAP * 2;
      [x, rowHeight] = [0, 0];
    }
    for (const [box, [left, top]] of block.places) {
      boxes[box] = { x: MARGIN + x + left, y: MARGIN + y + top, ...sizeOf(sizes, box) };
    }
    width = Math.max(width, x + block.width);
    rowHeight = Math.max(rowHeight, block.height);
    x += block.width + COLUMN_GAP / 2;
  }
  return { boxes, width: width + 2 * MARGIN, height: y + rowHeight + 2 * MARGIN };
}

/** The boxes that lines connect, as groups; in the order of their first boxes. */
function components({ boxes, lines }: Diagram): number[][] {
  const group = boxes.map((_, box) => box);
  const root = (box: number): number => {
    const above = group[box] ?? box;
    return above === box ? box : root(above);
  };
  for (const { child, parent } of lines) {
    const [one, other] = [root(child), root(parent)];
    group[Math.max(one, other)] = Math.min(one, other);
  }
  const found = new Map<number, number[]>();
  boxes.forEach((_, box) => {
    found.set(root(box), [...(found.get(root(box)) ?? []), box]);
  });
  return [...found.values()];
}

/** The boxes of one group in columns, parents first. */
function arranged(group: readonly number[], diagram: Diagram, sizes: readonly Size[]): Block {
  const ranks = ranked(group, diagram);
  const neighbours = new Map<number, number[]>(group.map((box) => [box, []]));
  for (const { child, parent } of diagram.lines) {
    neighbours.get(child)?.push(parent);
    neighbours.get(parent)?.push(child);
  }
  const columns: number[][] = [];
  for (const box of group) {
    (columns[ranks.get(box) ?? 0] ??= []).push(box);
  }
  untangle(columns, neighbours);
  const places = new Map<number, readonly [number, number]>();
  const split = columns.flatMap((column) => folded(column, tallest(group, sizes), sizes));
  const heights = split.map((column) => columnHeight(column, sizes));
  const height = Math.max(...heights);
  let x = 0;
  split.forEach((column, number) => {
    let y = (height - (heights[number] ?? 0)) / 2;
    for (const box of column) {
      places.set(box, [x, y]);
      y += sizeOf(sizes, box).height + ROW_GAP;
    }
    x += Math.max(...column.map((box) => sizeOf(sizes, box).width)) + COLUMN_GAP;
  });
  return { width: x - COLUMN_GAP, height, places };
}

/** How far right each box stands: one further than its parents. A line that closes a circle is not followed. */
function ranked(group: readonly number[], { lines }: Diagram): Map<number, number> {
  const inside = new Set(group);
  const parents = new Map<number, number[]>();
  for (const { child, parent } of lines) {
    if (child !== parent && inside.has(child)) {
      parents.set(child, [...(parents.get(child) ?? []), parent]);
    }
  }
  const ranks = new Map<number, number>();
  const open = new Set<number>();
  const rank = (box: number): number => {
    const known = ranks.get(box);
    if (known !== undefined) {
      return known;
    }
    open.add(box);
    const above = (parents.get(box) ?? []).filter((parent) => !open.has(parent));
    const found = Math.max(-1, ...above.map(rank)) + 1;
    open.delete(box);
    ranks.set(box, found);
    return found;
  };
  group.forEach(rank);
  // What has no parents stands beside its children rather than at the far left.
  for (const box of group.filter((each) => !parents.has(each))) {
    const below = group.filter((each) => parents.get(each)?.includes(box)).map(rank);
    ranks.set(box, Math.max(0, Math.min(...below) - 1));
  }
  return ranks;
}

/** Order each column by where the neighbours of its boxes stand, so that fewer lines cross. */
function untangle(columns: number[][], neighbours: ReadonlyMap<number, readonly number[]>): void {
  const position = new Map<number, number>();
  const note = (column: readonly number[]): void => {
    column.forEach((box, index) => position.set(box, (index + 0.5) / column.length));
  };
  columns.forEach(note);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 === 0 ? columns : [...columns].reverse()) {
      const wish = new Map(
        column.map((box) => {
          const near = neighbours.get(box) ?? [];
          const sum = near.reduce((total, each) => total + (position.get(each) ?? 0), 0);
          return [box, near.length > 0 ? sum / near.length : (position.get(box) ?? 0)];
        }),
      );
      column.sort((one, other) => (wish.get(one) ?? 0) - (wish.get(other) ?? 0) || one - other);
      note(column);
    }
  }
}

/** The height of a column that keeps the group from being a tower. */
function tallest(group: readonly number[], sizes: readonly Size[]): number {
  const area = group.reduce((sum, box) => {
    const { width, height } = sizeOf(sizes, box);
    return sum + (width + COLUMN_GAP) * (height + ROW_GAP);
  }, 0);
  return Math.max(900, Math.sqrt(area / WIDTH_TO_HEIGHT) * 1.2);
}

function folded(column: readonly number[], limit: number, sizes: readonly Size[]): number[][] {
  const parts: number[][] = [];
  for (const box of column) {
    const last = parts.at(-1);
    if (last === undefined || columnHeight([...last, box], sizes) > limit) {
      parts.push([box]);
    } else {
      last.push(box);
    }
  }
  return parts;
}

function columnHeight(column: readonly number[], sizes: readonly Size[]): number {
  return column.reduce((sum, box) => sum + sizeOf(sizes, box).height + ROW_GAP, -ROW_GAP);
}
