import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawing, file } from "../src/schema/drawing";
import type { Theme } from "../src/schema/drawing";
import { layout } from "../src/schema/layout";
import type { Layout } from "../src/schema/layout";
import type { Box, Diagram, Line } from "../src/schema/model";

const box = (title: string, ...columns: string[]): Box => ({
  title,
  models: [title.toUpperCase()],
  places: [{ uri: `file:///${title}.py`, line: 3 }],
  columns: columns.map((name) => ({
    name,
    type: "INTEGER",
    nullable: false,
    primaryKey: name === "id",
    foreignKey: name.endsWith("_id"),
    unique: false,
  })),
});

const line = (child: number, parent: number, more: Partial<Line> = {}): Line => ({
  ...{ child, parent, columns: [], label: "", bothMany: false, required: false, alone: false },
  ...more,
});

const diagram = (boxes: Box[], lines: Line[]): Diagram => ({ folder: "file:///shop", boxes, lines });

/** Numbers that look random and are the same each time. */
function* numbers(): Generator<number, never> {
  for (let state = 7; ; state = (state * 48271) % 2147483647) {
    yield state;
  }
}

function overlapping({ boxes }: Layout): string[] {
  const apart = (one: number, long: number, other: number, high: number): boolean =>
    one + long <= other || other + high <= one;
  return boxes.flatMap((one, first) =>
    boxes.slice(first + 1).flatMap((other, offset) => {
      const clear = apart(one.x, one.width, other.x, other.width) || apart(one.y, one.height, other.y, other.height);
      return clear ? [] : [`${first} and ${first + 1 + offset}`];
    }),
  );
}

describe("the layout of a schema", () => {
  it("of nothing is empty", () => {
    assert.deepEqual(layout(diagram([], [])).boxes, []);
  });

  it("puts parents to the left of their children", () => {
    const boxes = [box("items", "id", "order_id"), box("orders", "id", "customer_id"), box("customers", "id")];
    const [items, orders, customers] = layout(diagram(boxes, [line(0, 1), line(1, 2)])).boxes;
    assert.ok(customers && orders && items);
    assert.ok(customers.x + customers.width < orders.x && orders.x + orders.width < items.x);
  });

  it("copes with circles and with tables that refer to themselves", () => {
    const boxes = [box("a", "id"), box("b", "id"), box("c", "id")];
    const placed = layout(diagram(boxes, [line(0, 1), line(1, 2), line(2, 0), line(1, 1)]));
    assert.deepEqual(overlapping(placed), []);
  });

  for (const size of [2, 10, 60, 300]) {
    it(`of ${size} tables lets none overlap, keeps all inside, and is always the same`, () => {
      const random = numbers();
      const pick = (below: number): number => random.next().value % below;
      const boxes = Array.from({ length: size }, (_, at) =>
        box(`table_${at}`, "id", ...Array.from({ length: pick(25) }, (__, column) => `column_${column}`)),
      );
      const lines = Array.from({ length: size * 2 }, () => line(pick(size), pick(size)));
      const placed = layout(diagram(boxes, lines));
      assert.equal(placed.boxes.length, size);
      assert.deepEqual(overlapping(placed), []);
      for (const { x, y, width, height } of placed.boxes) {
        assert.ok(x >= 0 && y >= 0 && x + width <= placed.width && y + height <= placed.height);
      }
      assert.deepEqual(layout(diagram(boxes, lines)), placed);
    });
  }

  it("does not build a tower of a hundred children", () => {
    const boxes = Array.from({ length: 100 }, (_, at) => box(`t${at}`, "id", "t0_id"));
    const { width, height } = layout(diagram(boxes, boxes.slice(1).map((_, at) => line(at + 1, 0))));
    assert.ok(height < 3 * width, `${width} x ${height}`);
  });
});

const THEME: Theme = {
  ...{ background: "#fff", foreground: "#000", faint: "#777", head: "#eee", border: "#ccc", accent: "#06c" },
  font: "'A & B', monospace",
};

describe("the drawing of a schema", () => {
  const shop = diagram(
    [box("customers", "id", "name"), { ...box("orders", "id", "customer_id"), models: ["Order", "WebOrder"] }],
    [line(1, 0, { columns: ["customer_id"], label: "orders / customer", required: true })],
  );

  it("has each table with its models, columns and keys, and each line with its name", () => {
    const svg = drawing(shop, layout(shop));
    for (const part of ["customers", "CUSTOMERS", "name", "customer_id", "PK", "FK", "INTEGER", "orders / customer"]) {
      assert.ok(svg.includes(`>${part}<`), part);
    }
  });

  it("says of each box, and of each model in it, what a click goes to", () => {
    const svg = drawing(shop, layout(shop));
    assert.deepEqual(
      [...svg.matchAll(/data-place="([^"]*)"/g)].map(([, place]) => place),
      ["0,0", "0,0", "1,0", "1,0", "1,1"],
    );
  });

  it("cannot be broken by names", () => {
    const evil = '</text><script>alert("1")</script>&\u0000';
    const names = diagram([{ ...box(evil, evil), models: [evil, "x"] }], [line(0, 0, { label: evil })]);
    const svg = file(names, layout(names), THEME);
    assert.ok(!svg.includes("<script"));
    assert.ok(!svg.includes("\u0000"));
    assert.equal(svg.match(/<text/g)?.length, svg.match(/<\/text>/g)?.length);
  });

  it("is a whole file without variables of the editor", () => {
    const svg = file(shop, layout(shop), THEME);
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*<\/svg>\n$/);
    assert.ok(!svg.includes("var("));
    assert.ok(svg.includes("'A &amp; B'"));
  });
});
