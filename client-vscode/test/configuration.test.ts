import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configurationPage } from "../src/configuration";
import type { Held } from "../src/configuration";

const HELD: Held = {
  path: "/shop/app/db.py",
  excluded_by: null,
  project: "/shop",
  configuration: "/shop/pyproject.toml",
  sqlalchemy: { versions: ">=2.0", source: "uv.lock" },
  values: {
    select: { value: ["recommended", "models"], source: "default" },
    ignore: { value: [], source: "default" },
    "target-version": { value: null, source: "default" },
    "per-file-ignores": { value: { "a|b": ["loading"] }, source: "/shop/pyproject.toml:7" },
  },
  rules: [{ code: "ALC601", name: "n-plus-one", severity: "warning" }],
};

describe("the page of what configuration holds", () => {
  it("says where each value is from, and which rules are on", () => {
    const page = configurationPage(HELD);
    for (const line of [
      "| Configuration file | `/shop/pyproject.toml` |",
      "| SQLAlchemy | \\>=2.0 (uv.lock) |",
      "| `select` | default | `recommended`, `models` |",
      "| `ignore` | default | none |",
      "| `target-version` | default | not set |",
      "## Rules that are on (1)",
      "| ALC601 | n-plus-one | warning |",
    ]) {
      assert.ok(page.split("\n").includes(line), line);
    }
    assert.ok(!page.includes("Not checked"));
  });

  it("keeps its tables whole", () => {
    assert.ok(configurationPage(HELD).includes('| /shop/pyproject.toml:7 | `{"a\\|b":["loading"]}` |'));
  });

  it("says why a file is not checked", () => {
    assert.ok(configurationPage({ ...HELD, excluded_by: ".gitignore" }).includes("| Not checked | excluded by .gitignore |"));
  });

  it("says so of a file that belongs to no folder", () => {
    assert.match(configurationPage(null), /belongs to no open folder/);
  });
});
