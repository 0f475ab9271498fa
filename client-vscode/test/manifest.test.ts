/** package.json is the other half of the code: what it declares and what the code reads must agree. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, it } from "node:test";
import { SERVER_KEYS, START_KEYS } from "../src/settings";

interface Step {
  readonly id: string;
  readonly description: string;
  readonly media: { readonly markdown: string };
  readonly completionEvents: readonly string[];
}

interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly walkthroughs: readonly { readonly steps: readonly Step[] }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope: string }>> };
  };
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
}

const root = path.resolve(__dirname, "..", "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as Manifest;
const properties = manifest.contributes.configuration.properties;
const full = (key: string): string => `sqlassay.${key}`;

describe("package.json", () => {
  it("declares exactly the settings that are read", () => {
    const read = [...SERVER_KEYS, ...START_KEYS, "trace.server"].map(full);
    assert.deepEqual(Object.keys(properties).sort(), read.sort());
  });

  it("keeps every setting that names a program from a workspace that is not trusted", () => {
    const restricted = [...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations].sort();
    assert.deepEqual(restricted, START_KEYS.map(full).sort());
    for (const key of restricted) {
      assert.equal(properties[key]?.scope, "machine-overridable", key);
    }
  });

  it("lets every folder have its own settings for the server", () => {
    for (const key of SERVER_KEYS.map(full)) {
      assert.equal(properties[key]?.scope, "resource", key);
    }
  });

  it("offers exactly the commands that are registered", () => {
    const source = readFileSync(path.join(root, "src", "extension.ts"), "utf8");
    const registered = [...source.matchAll(/^ {4}"(sqlassay\.\w+)":/gm)].map(([, id]) => id);
    assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), registered.sort());
  });

  it("has its icon", () => {
    assert.ok(existsSync(path.join(root, manifest.icon)));
  });
});

describe("the walkthrough", () => {
  const commands = new Set(manifest.contributes.commands.map(({ command }) => command));
  const steps = manifest.contributes.walkthroughs.flatMap((each) => each.steps);

  for (const { id, description, media, completionEvents } of steps) {
    it(`has the page of ${id}, and names commands and settings that are there`, () => {
      assert.ok(existsSync(path.join(root, media.markdown)));
      const linked = [...description.matchAll(/\(command:(sqlassay\.\w+)/g)].map(([, command]) => String(command));
      const awaited = completionEvents.flatMap((event) => /^onCommand:(.*)/.exec(event)?.slice(1) ?? []);
      for (const command of [...linked, ...awaited]) {
        assert.ok(commands.has(command), command);
      }
      for (const setting of completionEvents.flatMap((event) => /^onSettingChanged:(.*)/.exec(event)?.slice(1) ?? [])) {
        assert.ok(setting in properties, setting);
      }
    });
  }
});
