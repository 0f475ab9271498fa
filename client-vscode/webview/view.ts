/** The view of the schema diagram: draws it, moves and zooms it, and tells the extension what was clicked. */

import { drawing, file } from "../src/schema/drawing";
import type { Theme } from "../src/schema/drawing";
import { layout } from "../src/schema/layout";
import type { Layout } from "../src/schema/layout";
import type { Diagram, FromView, ToView } from "../src/schema/model";

interface Host {
  postMessage(message: FromView): void;
  getState(): View | undefined;
  setState(view: View): void;
}

/** How the scene is moved and scaled. */
interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const STEP = 1.25;
const [SMALLEST, LARGEST] = [0.05, 4];
/** Pixels that a pointer may move and still have clicked. */
const STILL = 4;

/** The one element of the page that this selects, which is a `kind`. */
function element<Kind extends Element>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) {
    throw new Error(`the page has no ${selector}`);
  }
  return found;
}

const svg = element("svg", SVGSVGElement);
const scene = element("#scene", SVGGElement);
const find = element("#find", HTMLInputElement);

let diagram: Diagram = { folder: "", boxes: [], lines: [] };
let placed: Layout = { boxes: [], width: 0, height: 0 };
let view = host.getState();

function show(next: View): void {
  view = next;
  host.setState(next);
  scene.setAttribute("transform", `translate(${next.x} ${next.y}) scale(${next.scale})`);
}

function current(): View {
  return view ?? fitting();
}

/** All of the diagram, and no larger than it is drawn. */
function fitting(): View {
  const { clientWidth, clientHeight } = svg;
  const scale = Math.min(1, clientWidth / (placed.width || 1), clientHeight / (placed.height || 1));
  return { x: (clientWidth - placed.width * scale) / 2, y: (clientHeight - placed.height * scale) / 2, scale };
}

/** Zoom by a factor, around a point of the window that stays where it is. */
function zoom(factor: number, x = svg.clientWidth / 2, y = svg.clientHeight / 2): void {
  const before = current();
  const scale = Math.min(LARGEST, Math.max(SMALLEST, before.scale * factor));
  const grown = scale / before.scale;
  show({ x: x - (x - before.x) * grown, y: y - (y - before.y) * grown, scale });
}

function draw(next: Diagram): void {
  diagram = next;
  placed = layout(next);
  scene.innerHTML = drawing(next, placed);
  element("#empty", HTMLElement).hidden = next.boxes.length > 0;
  show(current());
}

// ---- what the person does

function open(target: EventTarget | null): void {
  const at = target instanceof Element ? target.closest("[data-place]") : null;
  const [box, place] = (at?.getAttribute("data-place") ?? "").split(",").map(Number);
  const found = diagram.boxes[box ?? -1]?.places[place ?? 0];
  if (found !== undefined) {
    host.postMessage({ kind: "open", place: found });
  }
}

let drag: { x: number; y: number; from: View; target: EventTarget | null; moved: boolean } | undefined;

svg.addEventListener("pointerdown", ({ button, clientX: x, clientY: y, target }) => {
  if (button === 0) {
    drag = { x, y, from: current(), target, moved: false };
  }
});
window.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (drag === undefined) {
    return;
  }
  const [right, down] = [clientX - drag.x, clientY - drag.y];
  if (drag.moved || Math.hypot(right, down) > STILL) {
    drag.moved = true;
    svg.classList.add("moving");
    show({ ...drag.from, x: drag.from.x + right, y: drag.from.y + down });
  }
});
window.addEventListener("pointerup", () => {
  if (drag !== undefined && !drag.moved) {
    open(drag.target);
  }
  drag = undefined;
  svg.classList.remove("moving");
});
svg.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? STEP : 1 / STEP, event.clientX, event.clientY);
  },
  { passive: false },
);
scene.addEventListener("keydown", ({ key, target }) => {
  if (key === "Enter") {
    open(target);
  }
});

/** The first box whose title or model begins with, or else holds, what is typed comes to the middle. */
function search(): void {
  const words = find.value.trim().toLowerCase();
  const names = diagram.boxes.map(({ title, models }) => [title, ...models].map((name) => name.toLowerCase()));
  const index = [
    names.findIndex((each) => words !== "" && each.some((name) => name.startsWith(words))),
    names.findIndex((each) => words !== "" && each.some((name) => name.includes(words))),
  ].find((each) => each >= 0);
  scene.querySelectorAll(".found").forEach((box) => {
    box.classList.remove("found");
  });
  const box = index === undefined ? undefined : placed.boxes[index];
  if (box !== undefined && index !== undefined) {
    scene.querySelectorAll(".box").item(index).classList.add("found");
    const scale = Math.max(current().scale, 0.6);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    show({ x: svg.clientWidth / 2 - x * scale, y: svg.clientHeight / 2 - y * scale, scale });
  }
}

/** The colours as they are now, for a file that is shown elsewhere. */
function theme(): Theme {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (...names: string[]): string => {
    const wanted = names.reduceRight((rest, name) => `var(--vscode-${name}${rest === "" ? "" : `, ${rest}`})`, "");
    probe.style.color = wanted;
    return getComputedStyle(probe).color;
  };
  const found = {
    background: colour("editor-background"),
    foreground: colour("editor-foreground"),
    faint: colour("descriptionForeground"),
    head: colour("sideBarSectionHeader-background", "sideBar-background"),
    border: colour("contrastBorder", "editorWidget-border", "descriptionForeground"),
    accent: colour("textLink-foreground"),
    font: "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  };
  probe.remove();
  return found;
}

const BUTTONS: Readonly<Record<string, () => void>> = {
  in: () => {
    zoom(STEP);
  },
  out: () => {
    zoom(1 / STEP);
  },
  fit: () => {
    show(fitting());
  },
  export: () => {
    host.postMessage({ kind: "export", svg: file(diagram, placed, theme()) });
  },
};
for (const [id, press] of Object.entries(BUTTONS)) {
  element(`#${id}`, HTMLButtonElement).addEventListener("click", press);
}
find.addEventListener("input", search);
window.addEventListener("message", ({ data }: MessageEvent<ToView>) => {
  draw(data.diagram);
});
host.postMessage({ kind: "ready" });
