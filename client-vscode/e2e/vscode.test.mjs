/**
 * A person at work in VS Code, on a copy of examples/shop, with the packaged extension.
 *
 * Where the browser or code-server is missing, nothing is run, and that is said; with CI=true or
 * SQLASSAY_REQUIRE_EDITORS=1 it is a failure. Screenshots and logs are in .artifacts/vscode.
 */

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { after, before, describe, it } from "node:test";
import { ARTIFACTS, configure, Editor, missing, onDisk, ROOT, until } from "./editor.mjs";
import { extension, packaged, packagedRuff, project, PYTHON, run, SHOP, sqlassay } from "./project.mjs";
import { saving } from "./saving.mjs";

const REQUIRED = process.env["CI"] === "true" || process.env["SQLASSAY_REQUIRE_EDITORS"] === "1";
const ORDERS = "app/repositories/orders.py";
const SERVICES = "app/services/orders.py";

const lacking = missing();
if (lacking !== undefined) {
  const message = `*** ${lacking}: VS CODE WAS NOT TESTED. make vscode installs what is missing.`;
  console.error(`\n${message}\n`);
  if (REQUIRED) {
    throw new Error(message);
  }
}

describe("VS Code", { skip: lacking !== undefined, concurrency: false }, () => {
  const editor = new Editor();

  before(async () => {
    rmSync(ARTIFACTS, { recursive: true, force: true });
    mkdirSync(ARTIFACTS, { recursive: true });
    await editor.start(packaged(), packagedRuff());
  });
  after(() => editor.end());

  it("brings the pictures of its page along", () => {
    const page = readFileSync(path.join(extension(editor), "readme.md"), "utf8");
    const pictures = [...page.matchAll(/^!\[[^\]]+\]\((data:image\/(?:png|gif);base64,)?/gm)];
    assert.ok(pictures.length > 0);
    assert.deepEqual(pictures.filter(([, embedded]) => embedded === undefined), []);
  });

  describe("with the server of the extension", { concurrency: false }, () => {
    /** @type {string} */
    let shop;
    /** @type {import("./editor.mjs").Window} */
    let window;
    const read = (/** @type {string} */ file) => readFileSync(path.join(shop, file), "utf8");
    const orders = readFileSync(path.join(SHOP, ORDERS), "utf8");

    let failed = false;
    /** One step of the session: it stands on those before. @param {string} name @param {() => Promise<void>} work */
    const step = (name, work) =>
      it(name, async (test) => {
        if (failed) {
          test.skip("a step before it failed");
          return;
        }
        try {
          await work();
        } catch (error) {
          failed = true;
          await window.shot("failed");
          throw error;
        }
      });

    before(async () => {
      shop = project(editor, "shop");
      window = await editor.open(shop, ORDERS);
    });
    after(() => window.close());

    step("underlines findings, lists them as problems and counts them", async () => {
      const { page } = window;
      await window.squiggles(ORDERS, "error").first().waitFor();
      await window.press("Control+Shift+m");
      await page.locator(".markers-panel .monaco-list-row").first().waitFor();
      await window.shot("1-problems");
      const row = await window.problem("ALC552");
      assert.match(await row.innerText(), /always false, so that no row is found/);
      const label = String(await window.status.getAttribute("aria-label"));
      assert.match(label, /^Sqlassay \d+, \d+ findings in 1 open file/);
      assert.match(label, /of the extension, run by \.venv of the workspace/);
    });

    step("says on hover what happens, and leads to the rule's page", async () => {
      const { page } = window;
      await window.at(ORDERS, orders, "Order.note is None");
      await window.press("Control+k", "Control+i");
      const hover = page.locator(".monaco-hover:visible", { hasText: "is-comparison" });
      await hover.first().waitFor();
      for (const part of ["ALC552", "Why", "Use instead"]) {
        assert.ok((await hover.first().innerText()).includes(part), part);
      }
      await window.shot("2-hover");
      await hover.locator("a", { hasText: "The whole page of is-comparison" }).first().click();
      const rule = await window.webview("h1:has-text('is-comparison')");
      await rule.locator("h2", { hasText: "What it cannot see" }).waitFor();
      await window.shot("3-rule-page");
      await window.closeTab();
    });

    step("fixes a finding by keyboard", async () => {
      await window.goto(ORDERS);
      await window.at(ORDERS, orders, "Order.note is None");
      await window.quickFix("is_(None)", "4-quick-fix");
      await until("the fix", async () => (await window.text(ORDERS)).includes("Order.note.is_(None)"));
      assert.equal(read(ORDERS), orders, "nothing is written before it is saved");
    });

    step("silences a line", async () => {
      await window.at(ORDERS, orders, "Customer.deleted_at == None");
      await window.quickFix("Ignore eq-none-comparison on this line");
      await until("the comment", async () => (await window.text(ORDERS)).includes("# noqa: ALC565"));
    });

    step("saves a file as it is where nobody asked for fixes on save", async () => {
      const expected = orders
        .replace("Order.note is None", "Order.note.is_(None)")
        .replace(/(Customer\.deleted_at == None.*)/, "$1  # noqa: ALC565");
      await window.press("Control+s");
      assert.equal(await onDisk(path.join(shop, ORDERS), (text) => text !== orders), expected);
    });

    step("fixes what is in another file", async () => {
      await window.at(SERVICES, read(SERVICES), "order.items");
      await window.squiggles(SERVICES).first().waitFor();
      await window.quickFix("selectinload(Order.items)", "5-across-files");
      await window.page.locator(".tab.dirty", { hasText: "orders.py" }).waitFor();
      await window.run("File: Save All Files");
      const text = await onDisk(path.join(shop, ORDERS), (now) => /recent\(.*\n.*selectinload/.test(now));
      assert.match(text, /select\(Order\)\.options\(selectinload\(Order\.items\)\)\.order_by\(Order\.placed_at/);
      await until("the finding to go", async () => {
        const rows = await (await window.problems("ALC601")).allInnerTexts();
        return !rows.some((row) => row.includes("Order.items"));
      });
      await window.problems("");
    });

    step("takes changed settings at once", async () => {
      await window.at(ORDERS, read(ORDERS), 'Order.status == "paid" and');
      const errors = window.squiggles(ORDERS, "error");
      await errors.first().waitFor();
      const count = await errors.count();
      configure(shop, { "sqlassay.ignore": ["python-boolean-operator"] });
      await until("one finding less", async () => (await errors.count()) === count - 1);
      configure(shop, {});
      await until("all findings", async () => (await errors.count()) === count);
    });

    step("follows a models file that is renamed, in the editor and on disk", async () => {
      const [model, renamed] = ["app/models/customer.py", "app/models/client.py"];
      const finding = "`Customer.orders` is loaded once";
      await window.goto(SERVICES);
      await window.problem(finding);
      await window.goto(model);
      await window.run("File: Reveal Active File in Explorer View");
      const name = window.page.locator(".explorer-folders-view .monaco-inputbox input");
      await until("the name to be asked for", async () => {
        await window.press("F2");
        return name.waitFor({ timeout: 2000 }).then(
          () => true,
          () => false,
        );
      });
      await name.fill(path.basename(renamed));
      await window.press("Enter");
      await onDisk(path.join(shop, renamed), (text) => text.includes("class Customer"));
      await window.goto(renamed);
      await window.closeTab();
      await window.goto(SERVICES);
      // `app.models` imports it from where it no longer is.
      await until("the finding to go", async () => (await (await window.problems(finding)).count()) === 0);
      run("git", "-C", shop, "init", "--quiet");
      run("git", "-C", shop, "add", "app");
      run("git", "-C", shop, "mv", renamed, model);
      await window.problem(finding);
      await window.problems("");
    });

    step("fixes on save what the command line fixes", async () => {
      const copy = path.join(editor.folder, "copy");
      cpSync(shop, copy, { recursive: true, filter: (file) => !file.includes(".venv") });
      sqlassay(editor, "fix", "--quiet", path.join(copy, ORDERS));
      const expected = readFileSync(path.join(copy, ORDERS), "utf8");
      assert.notEqual(expected, read(ORDERS));
      await window.goto(ORDERS);
      configure(shop, { "editor.codeActionsOnSave": { "source.fixAll.sqlassay": "explicit" } });
      await until("the fix on save", async () => {
        await window.press("Control+s");
        return read(ORDERS) === expected;
      });
      await window.shot("6-fixed-on-save");
      configure(shop, {});
    });

    step("says which configuration applies", async () => {
      await window.run("Sqlassay: Show Which Configuration Applies");
      const page = await window.webview("h1:has-text('Configuration')");
      const dialect = page.locator("tr", { hasText: "dialect" });
      assert.match(await dialect.first().innerText(), /pyproject\.toml:\d+.*postgresql.*sqlite/s);
      await window.shot("7-configuration");
      await window.closeTab();
    });

    step("shows the schema, zooms it, saves it and leads to a model", async () => {
      const { page } = window;
      await window.goto(ORDERS);
      await window.run("Sqlassay: Show Schema Diagram");
      const view = await window.webview("#scene .box");
      const tables = sqlassay(editor, "schema", "--quiet", "--format", "mermaid", shop).match(/^ {4}\w+\["/gm);
      assert.equal(await view.locator(".box").count(), tables?.length);
      const background = await view.locator(".box .frame").first().evaluate((each) => getComputedStyle(each).fill);
      assert.match(background, /^rgb/);
      const scale = async () => Number(/scale\(([^)]*)\)/.exec(String(await view.locator("#scene").getAttribute("transform")))?.[1]);
      const fitted = await scale();
      await view.locator("#in").click();
      assert.ok((await scale()) > fitted);
      await view.locator("#fit").click();
      assert.equal(await scale(), fitted);
      await window.shot("8-schema");

      await view.locator("#export").click();
      const target = page.locator(".quick-input-widget input").first();
      await until("the name it offers", async () => (await target.inputValue()).endsWith("/schema.svg"));
      await window.press("Enter");
      const svg = await onDisk(path.join(shop, "schema.svg"), (text) => text.endsWith("</svg>\n"));
      assert.match(svg, /^<svg xmlns=.*order_items/s);
      assert.ok(!svg.includes("var(--"));
      writeFileSync(path.join(ARTIFACTS, "schema.svg"), svg);

      await view.locator("#find").fill("Product");
      await view.locator(".box.found", { hasText: "products" }).click();
      await window.editor("app/models/product.py").locator(".view-line", { hasText: "class Product" }).first().waitFor();
    });

    step("shows what it would fix in the workspace before it does", async () => {
      const { page } = window;
      const before = read("app/db.py");
      await window.run("Sqlassay: Fix All in Workspace");
      const panel = page.locator(".bulk-edit-panel");
      const file = panel.locator(".monaco-list-row", { hasText: "db.py" }).first();
      await file.locator("input").check();
      await window.shot("9-fix-workspace");
      assert.equal(read("app/db.py"), before);
      await panel.locator(".monaco-button", { hasText: "Apply" }).first().click();
      await page.locator(".tab.dirty", { hasText: "db.py" }).waitFor();
      await window.run("File: Save All Files");
      assert.match(await onDisk(path.join(shop, "app/db.py"), (text) => text !== before), /pool_pre_ping=True/);
      assert.match(read("app/models/base.py"), /declarative_base\(\)/, "what was not ticked is left");
    });

    step("starts a server that died again, and after some times says that it gives up", async () => {
      await window.goto(ORDERS);
      const label = async () => String(await window.status.getAttribute("aria-label"));
      const kill = async () => {
        const [server] = await until("a server", () => (editor.servers().length === 1 ? editor.servers() : undefined));
        process.kill(Number(server), "SIGKILL");
        await until("its end", () => !editor.servers().includes(Number(server)));
      };
      await kill();
      await until("another server", () => editor.servers().length === 1);
      await until("its findings", async () => /^Sqlassay \d+, \d+ findings.* run by \.venv/s.test(await label()));
      for (let again = 0; again < 4; again++) {
        await kill();
      }
      const given = window.notification.filter({ hasText: "is not started again" });
      const log = given.locator(".monaco-button", { hasText: "Show Log" }).first();
      await log.waitFor();
      await window.shot("10-given-up");
      await log.click();
      await window.page.locator(".panel .monaco-editor[data-uri^='output:']").first().waitFor();
      assert.deepEqual(editor.servers(), []);
      await window.run("Sqlassay: Restart Server");
      await until("findings again", async () => /^Sqlassay \d+, \d+ findings/.test(await label()));
    });

    step("says why no server can be started, and starts one when that is mended", async () => {
      configure(shop, { "sqlassay.interpreter": "/no/such/python" });
      const why = "sqlassay.interpreter is /no/such/python, which does not run it: there is no such program";
      await window.notification.filter({ hasText: why }).first().waitFor();
      await window.shot("11-no-server");
      assert.deepEqual(editor.servers(), []);
      configure(shop, {});
      await until("a server", async () => /findings/.test(String(await window.status.getAttribute("aria-label"))));
      assert.equal(editor.servers().length, 1);
    });
  });

  saving(editor);

  describe("with a server in the environment", { concurrency: false }, () => {
    /** @type {string} */
    let shop;
    const packages = () => run(PYTHON, "-c", "import site; print('\\n'.join(site.getsitepackages()))").trim().split("\n");

    before(() => {
      shop = project(editor, "installed", [path.join(ROOT, "server"), ...packages()]);
    });

    it("runs that one only in a workspace that is trusted", async () => {
      editor.configure({ "security.workspace.trust.enabled": true });
      const restricted = await editor.open(shop, ORDERS);
      await restricted.squiggles(ORDERS, "error").first().waitFor();
      const label = String(await restricted.status.getAttribute("aria-label"));
      assert.match(label, /run by python3 on PATH/);
      await restricted.shot("12-not-trusted");
      await restricted.close();
      editor.configure({ "security.workspace.trust.enabled": false });
      const trusted = await editor.open(shop, ORDERS);
      await trusted.squiggles(ORDERS, "error").first().waitFor();
      assert.match(String(await trusted.status.getAttribute("aria-label")), /Sqlassay \S+, run by \.venv of the workspace/);
      await trusted.close();
    });
  });
});
