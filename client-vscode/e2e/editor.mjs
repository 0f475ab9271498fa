/** VS Code for tests: a code-server with a home of its own, and Chromium in front of it. */

import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { chromium } from "playwright-core";

export const ROOT = path.resolve(import.meta.dirname, "..", "..");
const INSTALLED = path.join(ROOT, ".editors/code-server/.installed");
const ENTRY = path.join(ROOT, ".editors/code-server/node_modules/code-server/out/node/entry.js");
export const ARTIFACTS = path.join(ROOT, ".artifacts", "vscode");
/** Milliseconds until a test gives up on what does not come: other work may share the machine. */
export const PATIENCE = Number(process.env["SQLASSAY_PATIENCE"] ?? 60_000);

const SETTINGS = {
  "chat.disableAIFeatures": true,
  "editor.accessibilitySupport": "off",
  "editor.minimap.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
  "security.workspace.trust.banner": "never",
  "security.workspace.trust.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.untrustedFiles": "open",
  "telemetry.telemetryLevel": "off",
  "window.restoreWindows": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.welcomePage.experimentalOnboarding": false,
};

/** What is missing to run at all, or undefined. */
export function missing() {
  // install.sh writes it last: what it did not finish does not start.
  if (!existsSync(INSTALLED)) {
    return "code-server is not installed in .editors";
  }
  return browser() === "" ? "Chromium is not on the PATH" : undefined;
}

function browser() {
  const find = "command -v chromium || command -v chromium-browser || command -v google-chrome";
  return spawnSync("sh", ["-c", find], { encoding: "utf8" }).stdout.trim();
}

/** A code-server with the extension installed, and the browser for its windows. */
export class Editor {
  /** The folder of this run, with everything that it writes. */
  folder = mkdtempSync(path.join(tmpdir(), "sqlassay-vscode-"));
  #settings = { ...SETTINGS };

  /** @param {{ width: number, height: number }} viewport the size of its windows in pixels */
  constructor(viewport = { width: 1280, height: 800 }) {
    this.viewport = viewport;
    mkdirSync(path.join(this.folder, "data/User"), { recursive: true });
  }

  /** @param {string[]} extensions packaged */
  async start(...extensions) {
    mkdirSync(ARTIFACTS, { recursive: true });
    const inside = (/** @type {string} */ name) => path.join(this.folder, name);
    for (const name of ["extensions", "home", "tmp"]) {
      mkdirSync(inside(name), { recursive: true });
    }
    this.configure({});
    const env = {
      ...process.env,
      // Another sqlassay may stand there, and would be taken for one of the workspace's environment.
      PYTHONPATH: undefined,
      HOME: inside("home"),
      TMPDIR: inside("tmp"),
      XDG_RUNTIME_DIR: inside("tmp"),
      XDG_CONFIG_HOME: inside("home/.config"),
      XDG_DATA_HOME: inside("home/.local/share"),
      XDG_CACHE_HOME: inside("home/.cache"),
    };
    const folders = ["--user-data-dir", inside("data"), "--extensions-dir", inside("extensions")];
    const install = spawnSync(process.execPath, [ENTRY, ...folders, ...extensions.flatMap((each) => ["--install-extension", each])], { env, encoding: "utf8" });
    if (install.status !== 0) {
      throw new Error(`the extension cannot be installed:\n${install.stdout}${install.stderr}`);
    }
    this.port = await freePort();
    const options = ["--auth", "none", "--bind-addr", `127.0.0.1:${this.port}`, "--disable-telemetry"];
    options.push("--disable-update-check", "--disable-getting-started-override");
    this.server = spawn(process.execPath, [ENTRY, ...folders, ...options], { env, stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(path.join(ARTIFACTS, "code-server.log"));
    this.server.stdout.pipe(log);
    this.server.stderr.pipe(log);
    await until("code-server to answer", async () => {
      const answer = await fetch(`http://127.0.0.1:${this.port}/healthz`).catch(() => undefined);
      return answer?.ok;
    });
    this.browser = await chromium.launch({ executablePath: browser(), args: ["--no-sandbox"] });
    // One for all windows: what the first has loaded, the others have.
    this.context = await this.browser.newContext({ viewport: this.viewport });
  }

  /** Change user settings, for the windows opened from now on. @param {Record<string, unknown>} settings */
  configure(settings) {
    this.#settings = { ...this.#settings, ...settings };
    writeFileSync(path.join(this.folder, "data/User/settings.json"), JSON.stringify(this.#settings, null, 2));
  }

  /** A window on a folder, with a file open in it. @param {string} folder @param {string} file relative */
  async open(folder, file) {
    const page = await this.context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const uri = `vscode-remote://127.0.0.1:${this.port}${path.join(folder, file)}`;
    const payload = encodeURIComponent(JSON.stringify([["openFile", uri]]));
    await page.goto(`http://127.0.0.1:${this.port}/?folder=${folder}&payload=${payload}`);
    const window = new Window(page);
    await window.editor(file).locator(".view-line").first().waitFor();
    return window;
  }

  /** The process ids of the language servers that this editor runs. */
  servers() {
    const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
    const ours = stdout.split("\n").filter((line) => line.includes(this.folder) && / server --stdio\b/.test(line));
    return ours.map((line) => Number.parseInt(line, 10));
  }

  async end() {
    await this.browser?.close();
    this.server?.kill("SIGTERM");
    await new Promise((resolve) => {
      this.server?.once("exit", resolve);
      setTimeout(resolve, 5000).unref();
    });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

/** One window, used by keyboard where a person would. */
export class Window {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
    this.status = page.locator(".statusbar-item[aria-label*='Sqlassay']");
    this.notification = page.locator(".notifications-toasts .notification-list-item");
  }

  close() {
    return this.page.close();
  }

  /** @param {string} name */
  shot(name) {
    return this.page.screenshot({ path: path.join(ARTIFACTS, `${name}.png`) });
  }

  /** The editor that shows a file. @param {string} file its path, or the end of it */
  editor(file) {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="${file}"]`).first();
  }

  /** The rows of the Problems panel that its filter leaves: a long list is shown in part only. @param {string} words */
  async problems(words) {
    const filter = this.page.locator(".panel .viewpane-filter input, .panel-part .monaco-inputbox input").first();
    await filter.fill(words);
    return this.page.locator(".markers-panel .monaco-list-row", { hasText: words });
  }

  /** The first problem with these words, once there is one. @param {string} words */
  problem(words) {
    return until(`the problem ${words}`, async () => {
      // A list that a filter has emptied stays so, whatever comes later.
      await this.problems("");
      const row = (await this.problems(words)).first();
      return row.waitFor({ timeout: 2000 }).then(
        () => row,
        () => undefined,
      );
    });
  }

  /** @param {string} file */
  async text(file) {
    return (await this.editor(file).locator(".view-lines").innerText()).replaceAll("\u00a0", " ");
  }

  squiggles(/** @type {string} */ file, kind = "warning") {
    return this.editor(file).locator(`.squiggly-${kind}`);
  }

  /** @param {string[]} keys */
  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  /** @param {string} words */
  async type(words) {
    await this.page.keyboard.type(words);
  }

  /**
   * Write into the box at the top and take the first that fits. The box closes where something else takes the focus:
   * then it is tried again.
   * @param {string} key @param {string} words @param {string[]} [parts] what the first says for a screen reader
   */
  #pick(key, words, parts = []) {
    const widget = this.page.locator(".quick-input-widget");
    const first = widget.locator(".monaco-list-row").first();
    const timeout = 4000;
    const pick = async () => {
      await this.press(key);
      await widget.locator("input").first().fill(words, { timeout });
      await first.waitFor({ timeout });
      for (const part of parts) {
        await first.and(this.page.locator(`[aria-label*="${part}"]`)).waitFor({ timeout });
      }
      await this.press("Enter");
    };
    return until(`${words} to be picked`, () =>
      pick().then(
        () => true,
        () => this.press("Escape"),
      ),
    );
  }

  /** Run a command by its title. @param {string} title */
  async run(title) {
    await this.#pick("F1", `>${title}`, [title]);
  }

  /** Close the editor that is on top, by mouse: its key is the browser's own. */
  async closeTab() {
    const tabs = this.page.locator(".tabs-container .tab");
    const count = await tabs.count();
    await this.page.locator(".tabs-container .tab.active .codicon-close").first().click();
    // What a tab says of itself when the mouse rests there would be in the way.
    await this.page.mouse.move(0, 0);
    await until("the tab to close", async () => (await tabs.count()) < count);
  }

  /** Open a file of the folder, or go to the editor that shows it. @param {string} file @param {string} [place] `:line:column` */
  async goto(file, place = "") {
    await this.#pick("Control+p", file + place, [path.basename(file), path.dirname(file)]);
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await this.editor(file).locator(".view-line").first().waitFor();
  }

  /** Put the cursor inside of the first of these words in a text that the file has. @param {string} file @param {string} text @param {string} words */
  async at(file, text, words) {
    const before = text.slice(0, text.indexOf(words) + 1).split("\n");
    if (!text.includes(words)) {
      throw new Error(`there is no ${words} in ${file}`);
    }
    await this.goto(file, `:${before.length}:${String(before.at(-1)).length + 1}`);
  }

  /** Open the menu of actions at the cursor. @param {string} title one that it has then */
  async actions(title) {
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    const row = rows.filter({ hasText: title }).first();
    // Asked too soon after something changed, the editor says that there are none.
    await until(`the action ${title}`, async () => {
      await this.press("Escape", "Control+.");
      return row.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
    return rows;
  }

  /** Take an action of the menu at the cursor, by keyboard. @param {string} title @param {string} [shot] */
  async quickFix(title, shot) {
    const rows = await this.actions(title);
    if (shot !== undefined) {
      await this.shot(shot);
    }
    const titles = await rows.allInnerTexts();
    const index = titles.findIndex((each) => each.replaceAll("\u00a0", " ").includes(title));
    for (let step = 0; step < index; step++) {
      await this.press("ArrowDown");
    }
    await this.press("Enter");
  }

  /** The page inside of a webview. @param {string} marker a selector that only it has */
  async webview(marker) {
    const found = await until(`a webview with ${marker}`, async () => {
      for (const frame of this.page.frames()) {
        if ((await frame.locator(marker).count().catch(() => 0)) > 0) {
          return frame;
        }
      }
      return undefined;
    });
    return found;
  }
}

/** Wait until `condition` gives something. @template T @param {string} what @param {() => T | Promise<T>} condition */
export async function until(what, condition, patience = PATIENCE) {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const found = await condition();
    if (found) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${patience / 1000} s for ${what}`);
}

/** Make these the settings of a folder: its windows take them at once. @param {string} folder @param {object} settings */
export function configure(folder, settings) {
  mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  writeFileSync(path.join(folder, ".vscode/settings.json"), JSON.stringify(settings, null, 2));
}

/** @param {string} file @param {(text: string) => boolean} fits */
export function onDisk(file, fits) {
  return until(`${file} on disk`, () => {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return fits(text) ? text : undefined;
  });
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
