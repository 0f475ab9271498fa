"""Starts the server that comes with the extension, in the Python that runs this file.

A Python that is too old must be able to read it as far as the sentence that says so: no annotations, no f-strings.
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 10)
COMPILED = {
    "libcst": ("libcst", "native"),
    "msgspec": ("msgspec", "_core"),
    "tree-sitter": ("tree_sitter", "_binding"),
    "tree-sitter-python": ("tree_sitter_python", "_binding"),
}
"""The packages with compiled parts: the module of each that is one."""


def main():
    """Run `sqlassay` with this command's arguments; 1, and a line on stderr, where this Python cannot."""
    if sys.version_info < OLDEST:
        return refuse("Python %d.%d is too old: Sqlassay needs 3.10 or newer" % sys.version_info[:2])
    # In place of this folder, and before what the environment has: other versions may be there.
    sys.path[0] = os.path.join(HERE, "libs")
    missing = [package for package, module in COMPILED.items() if not found(*module)]
    if missing:
        return refuse(explanation(missing))
    from sqlassay.cli.main import entry

    return entry()


def found(package, module):
    """Whether this Python finds the compiled module of a package. Nothing is imported: some take their time."""
    from importlib.machinery import EXTENSION_SUFFIXES
    from importlib.util import find_spec

    spec = find_spec(package)
    folders = spec.submodule_search_locations or () if spec is not None else ()
    return any(
        os.path.isfile(os.path.join(folder, module + suffix)) for folder in folders for suffix in EXTENSION_SUFFIXES
    )


def explanation(missing):
    """What to tell somebody whose Python lacks these packages."""
    with open(os.path.join(HERE, "contents.json"), encoding="utf-8") as file:
        contents = json.load(file)
    version = "%d.%d" % sys.version_info[:2]
    if contents["pythons"]:
        why = "the extension's compiled packages are for Python %s on %s, and this is Python %s on %s" % (
            ", ".join(contents["pythons"]),
            contents["target"],
            version,
            sys.platform,
        )
    else:
        why = "this is the extension for all platforms, which comes without compiled packages"
    wanted = " ".join(contents["compiled"][package] for package in missing)
    return '%s. Install them: "%s" -m pip install %s' % (why, sys.executable, wanted)


def refuse(message):
    sys.stderr.write(message + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
