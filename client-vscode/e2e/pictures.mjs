/** The pictures of the README files, of the real editor at work on a copy of examples/shop: `make pictures`. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { animated } from "./animation.mjs";
import { Editor, missing, ROOT, until } from "./editor.mjs";
import { packaged, project } from "./project.mjs";

const IMAGES = path.join(ROOT, "client-vscode/images");
const SIZE = { width: 1000, height: 560 };
const SERVICES = "app/services/orders.py";
const LETTERS = "app/services/letters.py";

/** A window with little in it but code. */
const PLAIN = {
  "breadcrumbs.enabled": false,
  "editor.autoClosingBrackets": "never",
  "editor.autoClosingQuotes": "never",
  "editor.cursorBlinking": "solid",
  "editor.fontSize": 15,
  "editor.hover.above": false,
  "editor.lightbulb.enabled": "on",
  "editor.quickSuggestions": { other: "off", strings: "off", comments: "off" },
  "editor.renderLineHighlight": "none",
  "editor.scrollBeyondLastLine": true,
  "editor.stickyScroll.enabled": false,
  "editor.suggestOnTriggerCharacters": false,
  "editor.occurrencesHighlight": "off",
  "editor.selectionHighlight": false,
  "git.enabled": false,
  "window.commandCenter": false,
  "workbench.activityBar.location": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.editor.editorActionsLocation": "hidden",
  "workbench.layoutControl.enabled": false,
  "workbench.tips.enabled": false,
};

const BEFORE = `"""Letters to those who wait."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Order


def summaries(session: Session) -> list[str]:
    found = []
`;
const LOOP = "for order in session.scalars(select(Order)):";
const READ = 'found.append(f"{order.id}: {len(order.items)} items")';
const AFTER = `${BEFORE}    ${LOOP}\n        ${READ}\n    return found`;

const lacking = missing();
if (lacking !== undefined) {
  throw new Error(`${lacking}: make vscode installs what is missing`);
}
mkdirSync(IMAGES, { recursive: true });
const editor = new Editor(SIZE);
try {
  editor.configure(PLAIN);
  await editor.start(packaged());
  const shop = project(editor, "shop");
  const setting = /^select = .*\n/m;
  const pyproject = path.join(shop, "pyproject.toml");
  writeFileSync(pyproject, readFileSync(pyproject, "utf8").replace(setting, ""));
  writeFileSync(path.join(shop, LETTERS), BEFORE);
  await film(shop);
  await stills(shop);
} finally {
  await editor.end();
}

/** @param {string} folder @param {string} file */
async function opened(folder, file) {
  const window = await editor.open(folder, file);
  if (await window.page.locator(".part.sidebar").isVisible()) {
    await window.run("View: Close Primary Side Bar");
  }
  await until("the server", async () => /run by/.test(String(await window.status.getAttribute("aria-label"))));
  // The theme's colours come late.
  await window.page.waitForTimeout(3000);
  return window;
}

/** @param {import("./editor.mjs").Window} window @param {string} name */
async function keep(window, name) {
  await window.page.waitForTimeout(500);
  const png = await window.page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
  console.log(`${name}.png: ${Math.round(png.length / 1024)} KB`);
}

/** @param {string} shop */
async function stills(shop) {
  const window = await opened(shop, SERVICES);
  const { page } = window;
  const text = readFileSync(path.join(shop, SERVICES), "utf8");

  await window.at(SERVICES, text, "order.items), Decimal");
  await window.press(...new Array(8).fill("Control+ArrowDown"));
  await window.squiggles(SERVICES).first().waitFor();
  await window.press("Control+k", "Control+i");
  await page.locator(".monaco-hover:visible", { hasText: "n-plus-one" }).first().waitFor();
  await keep(window, "hover");
  await window.press("Escape");

  await window.actions("selectinload(Order.items)");
  await keep(window, "quick-fix");
  await window.press("Escape");

  await window.run("Problems: Focus on Problems View");
  await page.locator(".markers-panel .monaco-list-row, .markers-panel .monaco-table-tr").first().waitFor();
  await keep(window, "problems");

  await window.press("Control+j");
  await page.locator(".part.panel").waitFor({ state: "hidden" });
  await window.goto(SERVICES);
  await window.run("Sqlassay: Show Schema Diagram");
  await window.webview("#scene .box");
  await keep(window, "schema");
  await window.close();
}

/** @param {string} shop */
async function film(shop) {
  const window = await opened(shop, LETTERS);
  const { page } = window;
  /** @type {{ png: Buffer, delay: number }[]} */
  const frames = [];
  const frame = async (/** @type {number} */ delay) => {
    frames.push({ png: await page.screenshot(), delay });
  };
  await window.goto(LETTERS);
  await window.press("Control+End");
  await frame(1000);
  await window.press("Tab");
  for (const line of [LOOP, READ]) {
    for (let at = 0; at < line.length; at += 3) {
      await window.type(line.slice(at, at + 3));
      await frame(90);
    }
    await window.press("Enter");
  }
  await window.press("Shift+Tab");
  await window.type("return found");
  await frame(400);
  await window.squiggles(LETTERS).first().waitFor();
  await page.waitForTimeout(500);
  await frame(1500);

  await window.at(LETTERS, AFTER, "order.items");
  await window.press("Control+k", "Control+i");
  await page.locator(".monaco-hover:visible", { hasText: "n-plus-one" }).first().waitFor();
  await page.waitForTimeout(500);
  await frame(4000);

  await window.press("Escape");
  await window.actions("selectinload(Order.items)");
  await page.waitForTimeout(300);
  await frame(2000);
  await window.press("Enter");
  await until("the fix", async () => (await window.text(LETTERS)).includes("selectinload(Order.items)"));
  await window.squiggles(LETTERS).first().waitFor({ state: "detached" });
  await page.waitForTimeout(500);
  await frame(3500);
  await window.press("Control+s");
  await page.locator(".tab.dirty").waitFor({ state: "detached" });
  await window.closeTab();
  await window.close();

  const gif = animated(frames);
  writeFileSync(path.join(IMAGES, "demo.gif"), gif);
  console.log(`demo.gif: ${Math.round(gif.length / 1024)} KB, ${frames.length} frames`);
}
