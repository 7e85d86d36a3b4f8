#!/usr/bin/env python3
"""Holds the documentation against the project: each quoted piece of C stands, line by line, in a
file of docs/examples, which is compiled and run; links lead to files; ./dev's commands exist; each
variable that is read is told; docs/README.md leads to each page."""
import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
ELLIPSIS = "..."


def lines_of(text):
    return "\n".join(line.strip() for line in text.splitlines())


def pieces(block):
    """A block, cut where it leaves lines out."""
    parts = re.split(rf"^\s*{re.escape(ELLIPSIS)}\s*$", textwrap.dedent(block), flags=re.M)
    return [lines_of(part).strip("\n") for part in parts if part.strip()]


def breaches(page, examples, commands):
    text = page.read_text(encoding="utf-8")
    for language, block in BLOCK.findall(text):
        if language in ("c", "cpp"):
            for piece in pieces(block):
                if not any(f"\n{piece}\n" in example for example in examples):
                    yield f"is in no file of docs/examples:\n{textwrap.indent(piece, '    ')}"
    for target in LINK.findall(text):
        if not (page.parent / target).exists():
            yield f"link to {target}, which is not there"
    for command in re.findall(r"\./dev ([a-z]+)", text):
        if command not in commands:
            yield f"./dev {command} is no command"


def main():
    examples = ["\n" + lines_of(path.read_text(encoding="utf-8")) + "\n"
                for path in sorted((ROOT / "docs/examples").rglob("*")) if path.suffix in (".c", ".cpp")]
    usage = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ([a-z]+)", usage, re.M))
    pages = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    found = [f"{page.relative_to(ROOT)}: {breach}" for page in pages
             for breach in breaches(page, examples, commands)]
    read = set(re.findall(r'"(TRAIL_[A-Z_]+)"', (ROOT / "middleware/src/setup/variables.c").read_text()))
    told = set(re.findall(r"`(TRAIL_[A-Z_]+)`", (ROOT / "docs/configuration.md").read_text()))
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    found += [f"docs/README.md: does not lead to {page.name}"
              for page in sorted((ROOT / "docs").glob("*.md"))
              if f"]({page.name})" not in index and page.name != "README.md"]
    found += [f"docs/configuration.md: {name}: only one of code and page has it"
              for name in sorted(read ^ told)]
    print("\n".join(found) or f"{len(pages)} pages hold")
    return 1 if found or not examples else 0


if __name__ == "__main__":
    sys.exit(main())
