/** What a save does to a file: the safe fixes, no others, and the same with another linter at work. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { after, before, describe, it } from "node:test";
import { configure, until } from "./editor.mjs";
import { project, PYTHON, ruff, run } from "./project.mjs";

/** Something for each tool to mend, in the same lines where that can be. */
const MIXED = `"""What two linters have something to say about."""

import os
from typing import List, Optional
from sqlalchemy.orm import Session, Mapped, mapped_column
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy import select, Integer, String, Column
import datetime

Base = declarative_base()


class Parcel(Base):
    __tablename__ = "parcels"

    id = Column(Integer, primary_key=True)
    weight = Column(Integer, default=0, nullable=False)
    label: Mapped[Optional[str]] = mapped_column(String(20))


def parcel(session: Session, id: int) -> Optional[Parcel]:
    return session.query(Parcel).get(id)


def heavy(session: Session, label: str) -> List[Parcel]:
    query = select(Parcel).where(Parcel.weight > 20 and Parcel.label != "{}!".format(label))
    return list(session.scalars(query.where(Parcel.label == None)))


def legacy(session: Session) -> List[Parcel]:
    return session.query(Parcel).filter(Parcel.weight > 20).all()
`;

/** Fixed in no statement as long as one does not parse. */
const UNFINISHED = `${MIXED}

def light(session: Session, limit: int
    return session.query(Parcel).get(limit)
`;

/** What is done in it, by whom. */
const DONE = {
  Sqlassay: ["class Base(DeclarativeBase):", "id: Mapped[int]", "session.get(Parcel, id)", "and_(", "label.is_(None)"],
  Ruff: ["-> Parcel | None", "list[Parcel]", 'f"{label}!"', "Mapped[str | None]"],
};
const GONE = ["import os", "datetime", "Optional", "List[", "Integer", "Column(", "Column,", "declarative_base"];
/** Its fix is not a safe one. */
const LEFT = "session.query(Parcel).filter(";

const AS_SETTINGS = {
  "source.fixAll": "explicit",
  "source.organizeImports": "explicit",
  "source.fixAll.sqlassay": "explicit",
};
/** Both know `source.fixAll`: the editor asks both at once, and whom it came to know last is done first. */
const RESTART = { Sqlassay: "Sqlassay: Restart Server", Ruff: "Ruff for tests: Start Anew" };

/** @type {{ name: string, actions: object, last?: "Sqlassay" | "Ruff" }[]} */
const ORDERS = [
  { name: "Sqlassay started last", actions: AS_SETTINGS, last: "Sqlassay" },
  { name: "Ruff started last", actions: AS_SETTINGS, last: "Ruff" },
  { name: "imports first", actions: ["source.organizeImports", "source.fixAll"] },
  { name: "Ruff first", actions: ["source.fixAll.ruff", "source.organizeImports.ruff", "source.fixAll.sqlassay"] },
  { name: "Sqlassay first", actions: ["source.fixAll.sqlassay", "source.fixAll.ruff", "source.organizeImports.ruff"] },
];

const fileOf = (/** @type {string} */ name) => `app/parcels/${name.toLowerCase().replaceAll(" ", "_")}.py`;

/** @param {import("./editor.mjs").Editor} editor */
export function saving(editor) {
  describe("on save", { concurrency: false }, () => {
    /** @type {string} */
    let shop;
    /** @type {import("./editor.mjs").Window} */
    let window;
    const on = (/** @type {string} */ file) => path.join(shop, file);

    /** Save what is in the editor, and give what is on disk then. @param {string} file */
    const save = async (file) => {
      const written = () => statSync(on(file)).mtimeMs;
      const before = written();
      await until(`${file} to be saved`, async () => {
        // A save that is asked for while another has not ended is that one.
        await window.press("Control+s");
        return until("it", () => written() > before, 2000).catch(() => false);
      });
      await window.page.locator(".tab.dirty").waitFor({ state: "detached" });
      return readFileSync(on(file), "utf8");
    };

    before(async () => {
      shop = project(editor, "saving");
      mkdirSync(on("app/parcels"));
      writeFileSync(on("ruff.toml"), '[lint]\nselect = ["E", "F", "I", "UP"]\n');
      writeFileSync(on("app/parcels/__init__.py"), "");
      for (const { name } of ORDERS) {
        writeFileSync(on(fileOf(name)), MIXED);
      }
      writeFileSync(on("app/parcels/unfinished.py"), UNFINISHED);
      configure(shop, { "ruffForTests.path": ruff() });
      window = await editor.open(shop, "app/parcels/__init__.py");
      await window.run("Problems: Focus on Problems View");
    });

    /** @param {string} name @param {() => Promise<void>} work */
    const watched = (name, work) =>
      it(name, async () => {
        try {
          await work();
        } catch (error) {
          await window.shot("failed-on-save");
          throw error;
        }
      });

    after(() => window.close());

    for (const { name, actions, last } of ORDERS) {
      watched(`is stable beside Ruff and its sorting of imports, ${name}`, async () => {
        const file = fileOf(name);
        configure(shop, { "ruffForTests.path": ruff(), "editor.codeActionsOnSave": actions });
        await window.goto(file);
        if (last !== undefined) {
          await window.run(RESTART[last]);
          await window.problem({ Sqlassay: "F401", Ruff: "ALC506" }[last]);
        }
        for (const code of ["ALC506", "F401"]) {
          await window.problem(code);
        }
        await window.goto(file);
        const saved = await save(file);
        await window.shot(`saved-${path.basename(file, ".py")}`);
        run(PYTHON, "-c", "import ast, sys; ast.parse(sys.argv[1])", saved);
        for (const [tool, parts] of Object.entries(DONE)) {
          assert.deepEqual(parts.filter((part) => !saved.includes(part)), [], `not done by ${tool}:\n${saved}`);
        }
        assert.deepEqual(GONE.filter((part) => saved.includes(part)), [], `still there:\n${saved}`);
        assert.ok(saved.includes(LEFT));
        assert.equal(await save(file), saved);
        assert.equal(await save(file), saved);
      });
    }

    watched("leaves a file that does not parse as it was, and fixes it once it does", async () => {
      const file = "app/parcels/unfinished.py";
      configure(shop, { "ruffForTests.path": ruff(), "editor.codeActionsOnSave": AS_SETTINGS, "sqlassay.fixOnSave": true });
      await window.goto(file);
      await window.problem("ALC506");
      await window.at(file, UNFINISHED, "imit: int\n");
      await window.press("End");
      await window.type(",");
      assert.equal(await save(file), UNFINISHED.replace("limit: int\n", "limit: int,\n"));
      await window.goto(file);
      await window.type("):");
      await until("the error to go", async () => (await (await window.problems("expected")).count()) === 0);
      await window.problems("");
      const saved = await save(file);
      assert.match(saved, /def light\(session: Session, limit: int,\):\n {4}return session\.get\(Parcel, limit\)/);
      assert.ok(saved.includes(LEFT));
      assert.equal(await save(file), saved);
    });
  });
}
