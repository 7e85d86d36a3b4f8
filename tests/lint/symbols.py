#!/usr/bin/env python3
"""symbols.py LIBRARY LIST HEADER…: what the library exports is what LIST says, and is declared in
these public headers, or CivetWeb's own, and weak then; nothing that they declare is missing. An export that goes
away breaks users."""
import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"\b(trail_\w+)\s*\(")
VARIABLE = re.compile(r"\b(trail_\w+_)\b\s*(?:__attribute__|;)")


def exported(library):
    table = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                           check=True).stdout
    kinds = {line.split()[-1]: line.split()[-2] for line in table.splitlines()}
    return {name: kind for name, kind in kinds.items() if not name.startswith("__")}


def declared(header):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
    for declaration in re.findall(r"\bTRAIL_API\b[^;{]*;", text):
        match = FUNCTION.search(declaration) or VARIABLE.search(declaration)
        yield match[1]


def main():
    library, listed_file, *headers = sys.argv[1:]
    listed = set(pathlib.Path(listed_file).read_text(encoding="utf-8").split())
    public = {name for header in headers for name in declared(pathlib.Path(header))}
    kinds = exported(library)
    names = set(kinds)
    found = [f"{name}: exported, but not in {listed_file}" for name in sorted(names - listed)]
    found += [f"{name}: in {listed_file}, but not exported" for name in sorted(listed - names)]
    found += [f"{name}: exported, but in no public header" for name in sorted(names - public)
              if not name.startswith("mg_")]
    found += [f"{name}: not weak, so that a program's own would not remain" for name in sorted(names)
              if name.startswith("mg_") and kinds[name] != "W"]
    found += [f"{name}: declared, but not exported" for name in sorted(public - names)]
    print("\n".join(found) or f"{len(names)} symbols")
    return 1 if found or not names else 0


if __name__ == "__main__":
    sys.exit(main())
