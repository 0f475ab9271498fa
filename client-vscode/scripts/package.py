"""Makes the .vsix files: one for each platform, with the compiled packages the server needs for every Python, and one
for all platforms without them.

    python scripts/package.py                      # for this machine
    python scripts/package.py linux-x64 universal
    python scripts/package.py all

What is downloaded stays in build/wheels for the next time. Needs pip, Node, and the Node packages installed.

The pictures of README.md go into the packaged one, where the editor's page of the extension shows them. A marketplace
wants them at an address instead, which is where --images says that this folder's files can be had.
"""

from __future__ import annotations

import argparse
import base64
import json
import platform
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[1]
SERVER = CLIENT.parent / "server" / "sqlassay"
BUNDLED = CLIENT / "bundled"
LIBS = BUNDLED / "libs"
WHEELS = CLIENT / "build" / "wheels"

PURE = BUNDLED / "requirements.txt"
COMPILED = BUNDLED / "requirements-compiled.txt"

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
UNIVERSAL = "universal"
TARGETS: dict[str, tuple[str, ...]] = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "alpine-x64": ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64"),
    "darwin-x64": ("macosx_11_0_x86_64",),
    "darwin-arm64": ("macosx_11_0_arm64",),
    "win32-x64": ("win_amd64",),
    "win32-arm64": ("win_arm64",),
}
"""What the marketplace calls a platform, and what wheels call it."""

LIBRARY = re.compile(r"\.(so|pyd|dll|dylib)$")
LEFT_OUT = re.compile(r"(^|/)(tests|__pycache__)/|\.(pyi|c|h)$|^[^/]+\.libs/")
"""Of no use to a running server."""
LICENCES = re.compile(r"\.dist-info/(licenses/.*|(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*|METADATA)$", re.IGNORECASE)
PICTURE = re.compile(r"!\[(?P<text>[^\]]*)\]\((?P<file>images/[^)]+)\)")
ONLY_PYTHON = ("markupsafe",)
"""Packages that do without their compiled part."""


class Failure(Exception):
    """Something that the person who packages has to see to."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(TARGETS)}, {UNIVERSAL} or all")
    parser.add_argument("--out", type=Path, default=CLIENT, help="the folder for the .vsix files")
    parser.add_argument("--pythons", default=",".join(PYTHONS), help="the Pythons to bring compiled packages for")
    parser.add_argument("--images", metavar="URL", help="the https address of this folder's files, for a marketplace")
    options = parser.parse_args()
    named = options.targets or [this_machine()]
    targets = [*TARGETS, UNIVERSAL] if named == ["all"] else named
    unknown = set(targets) - {*TARGETS, UNIVERSAL}
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    try:
        for target in targets:
            started = time.monotonic()
            gather(target, options.pythons.split(","))
            vsix = pack(target, options.out.resolve(), options.images)
            with zipfile.ZipFile(vsix) as archive:
                count = len(archive.namelist())
            seconds = time.monotonic() - started
            print(f"{vsix.name}: {vsix.stat().st_size / 1e6:.1f} MB, {count} files, {seconds:.0f} s", flush=True)
    except Failure as failure:
        print(f"package.py: {failure}", file=sys.stderr)
        return 1
    return 0


def this_machine() -> str:
    """The target of the machine that this runs on; the universal one where there is no other."""
    systems = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}
    machines = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    system = systems.get(platform.system(), "")
    if system == "linux" and platform.libc_ver()[0] != "glibc":
        system = "alpine"
    target = f"{system}-{machines.get(platform.machine().lower(), '')}"
    return target if target in TARGETS else UNIVERSAL


# ---- what goes in


def gather(target: str, pythons: list[str]) -> None:
    """Fill bundled/libs with the server and its packages, and say in contents.json what is there."""
    shutil.rmtree(LIBS, ignore_errors=True)
    LIBS.mkdir()
    for path in SERVER.rglob("*"):
        if path.suffix == ".py":
            copy = LIBS / "sqlassay" / path.relative_to(SERVER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    for wheel in download(PURE, "any", pythons[-1], ("any",), ("py",)):
        unpack(wheel)
    pythons = [] if target == UNIVERSAL else pythons
    for python in pythons:
        for wheel in download(COMPILED, target, python, TARGETS[target], ("cp",)):
            unpack(wheel)
    if target == UNIVERSAL:
        here = f"{sys.version_info[0]}.{sys.version_info[1]}"
        machine = this_machine()
        for wheel in download(COMPILED, machine, here, TARGETS.get(machine, ()), ("cp",)):
            if wheel.name.startswith(ONLY_PYTHON):
                unpack(wheel)
    contents = {"target": target, "pythons": pythons, "compiled": dict(sorted(pins(COMPILED).items()))}
    (BUNDLED / "contents.json").write_text(json.dumps(contents, indent=2) + "\n", "utf-8")


def pins(requirements: Path) -> dict[str, str]:
    """The lines of a requirements file by the package that they name."""
    lines = [line for line in requirements.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {line.partition("==")[0]: line for line in lines}


def download(
    requirements: Path, target: str, python: str, platforms: tuple[str, ...], implementation: tuple[str, ...]
) -> Iterable[Path]:
    """The wheels of a requirements file for a platform and a Python, from an earlier time or the package index."""
    folder = WHEELS / f"{target}-{python}"
    stamp = folder / "requirements.txt"
    wanted = requirements.read_text("utf-8")
    if not (stamp.is_file() and stamp.read_text("utf-8") == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--dest", str(folder), "--requirement", str(requirements)]
        if platforms:
            command += ["--python-version", python, "--implementation", *implementation]
            command += [part for each in platforms for part in ("--platform", each)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"the packages for {target}, Python {python}, cannot be had:\n{done.stderr.strip()}")
        stamp.write_text(wanted, "utf-8")
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path) -> None:
    """Put a wheel's files into bundled/libs. Wheels of one package for several Pythons share all but the compiled."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/") or LEFT_OUT.search(name) or (".dist-info/" in name and not LICENCES.search(name)):
                continue
            if wheel.name.startswith(ONLY_PYTHON) and LIBRARY.search(name):
                continue
            file, data = LIBS / name, archive.read(name)
            if file.exists() and file.read_bytes() != data and ".dist-info/" not in name:
                raise Failure(f"{name} of {wheel.name} differs from that of another Python")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


# ---- packing


def pack(target: str, out: Path, images: str | None) -> Path:
    """Have vsce make the .vsix of what is gathered. Raises Failure where it fails or warns."""
    out.mkdir(parents=True, exist_ok=True)
    version = json.loads((CLIENT / "package.json").read_text("utf-8"))["version"]
    vsix = out / f"sqlassay-{target}-{version}.vsix"
    npx = shutil.which("npx")
    if npx is None:
        raise Failure("npx is not on the PATH")
    command = [npx, "--no-install", "vsce", "package", "--no-dependencies", "--allow-missing-repository"]
    command += ["--baseImagesUrl", images] if images else ["--no-rewrite-relative-links"]
    command += ["--out", str(vsix), *(["--target", target] if target != UNIVERSAL else [])]
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if done.returncode != 0 or re.search(r"\bwarn(ing)?\b", said, re.IGNORECASE):
        raise Failure(f"vsce failed or warned:\n{said.strip()}")
    if not images:
        illustrate(vsix)
    return vsix


def illustrate(vsix: Path) -> None:
    """Put the pictures that the packaged README.md shows into it. Raises Failure where one is not there."""
    bare = vsix.with_suffix(".bare")
    vsix.rename(bare)
    with zipfile.ZipFile(bare) as old, zipfile.ZipFile(vsix, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.lower() == "extension/readme.md":
                data = PICTURE.sub(embedded, data.decode("utf-8")).encode("utf-8")
            new.writestr(entry, data)
    bare.unlink()


def embedded(link: re.Match[str]) -> str:
    """A Markdown picture with its file in place of the file's name."""
    file = CLIENT / link["file"]
    if not file.is_file():
        raise Failure(f"README.md shows {link['file']}, which is not there")
    data = base64.b64encode(file.read_bytes()).decode("ascii")
    return f"![{link['text']}](data:image/{file.suffix[1:]};base64,{data})"


if __name__ == "__main__":
    sys.exit(main())
