// One file for the editor to load, and one for the page of the schema diagram: faster to start than the packages they
// are made of. Their licences go with them.
import * as esbuild from "esbuild";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";

const common = { bundle: true, minify: true, logLevel: "warning" };
const extension = {
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  format: "cjs",
  platform: "node",
  target: "node20",
  external: ["vscode"],
};
const page = {
  ...common,
  entryPoints: ["webview/view.ts"],
  outfile: "dist/schema.js",
  format: "iife",
  platform: "browser",
  target: "es2022",
};

if (process.argv.includes("--watch")) {
  for (const options of [extension, page]) {
    await (await esbuild.context({ ...options, minify: false, sourcemap: true })).watch();
  }
} else {
  await esbuild.build(page);
  const { metafile } = await esbuild.build({ ...extension, metafile: true });
  writeFileSync("dist/licenses.txt", licences(Object.keys(metafile.inputs)));
}

/** The licence texts of the packages that the bundled files come from. Raises where a package has none. */
function licences(files) {
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))]
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      if (licence === undefined) {
        throw new Error(`${name} ${version} has no licence file`);
      }
      return `${name} ${version}\n\n${readFileSync(path.join(folder, licence), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
