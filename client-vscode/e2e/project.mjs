/** What the tests work on: copies of examples/shop, the packaged extension, and its server as a command line. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as esbuild from "esbuild";
import { ARTIFACTS, ROOT } from "./editor.mjs";

export const PYTHON = process.env["SQLASSAY_PYTHON"] ?? "python3";
export const SHOP = path.join(ROOT, "examples", "shop");

/** @param {string} command @param {string[]} args */
export function run(command, ...args) {
  return runIn(undefined, command, ...args);
}

/** @param {string | undefined} cwd @param {string} command @param {string[]} args */
export function runIn(cwd, command, ...args) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8" });
  assert.equal(done.status, 0, `${command} ${args.join(" ")}\n${done.error ?? ""}${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** The .vsix for this machine, with compiled packages for the Python that runs here: the others are not needed. */
export function packaged() {
  const given = process.env["SQLASSAY_VSIX"];
  if (given !== undefined) {
    return path.resolve(given);
  }
  const version = run(PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").trim();
  run(PYTHON, path.join(ROOT, "client-vscode/scripts/package.py"), "--pythons", version, "--out", ARTIFACTS);
  const vsix = readdirSync(ARTIFACTS).find((file) => file.startsWith("sqlassay-") && file.endsWith(".vsix"));
  assert.ok(vsix !== undefined);
  return path.join(ARTIFACTS, vsix);
}

/** An extension that runs `ruff server`, packaged. */
export function packagedRuff() {
  const folder = path.join(ARTIFACTS, "ruff");
  const vsix = path.join(ARTIFACTS, "ruff-for-tests.vsix");
  cpSync(path.join(import.meta.dirname, "ruff/package.json"), path.join(folder, "package.json"));
  esbuild.buildSync({
    entryPoints: [path.join(import.meta.dirname, "ruff/extension.mjs")],
    outfile: path.join(folder, "extension.js"),
    bundle: true,
    platform: "node",
    external: ["vscode"],
    logLevel: "warning",
  });
  const options = ["--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", vsix];
  runIn(folder, "npx", "--no-install", "vsce", "package", ...options);
  return vsix;
}

/** The ruff of the environment that the tests run in. */
export function ruff() {
  const beside = path.join(path.dirname(PYTHON), "ruff");
  const found = spawnSync(beside, ["--version"]).status === 0 ? beside : "ruff";
  run(found, "--version");
  return found;
}

/**
 * A copy of the shop with an environment of its own.
 * @param {import("./editor.mjs").Editor} editor @param {string} name @param {string[]} paths of packages in its environment
 */
export function project(editor, name, paths = []) {
  const folder = path.join(editor.folder, name);
  cpSync(SHOP, folder, { recursive: true, filter: (file) => !/__pycache__|\.sqlassay_cache|\.venv/.test(file) });
  run(PYTHON, "-m", "venv", "--without-pip", path.join(folder, ".venv"));
  if (paths.length > 0) {
    const libraries = path.join(folder, ".venv/lib");
    const [python] = readdirSync(libraries);
    mkdirSync(path.join(libraries, String(python), "site-packages"), { recursive: true });
    writeFileSync(path.join(libraries, String(python), "site-packages/here.pth"), `${paths.join("\n")}\n`);
  }
  return folder;
}

/** The folder that the extension is installed in. @param {import("./editor.mjs").Editor} editor */
export function extension(editor) {
  const extensions = path.join(editor.folder, "extensions");
  return path.join(extensions, String(readdirSync(extensions).find((name) => name.startsWith("sqlassay."))));
}

/** What the extension's own server gives as a command line. @param {import("./editor.mjs").Editor} editor @param {string[]} args */
export function sqlassay(editor, ...args) {
  return run(PYTHON, path.join(extension(editor), "bundled/run.py"), ...args);
}
