#!/usr/bin/env python3
"""Holds the rooms' order: an #include of the project runs downwards, and each optional dependency
is included by its own room only; nor does one follow the locale. Prints every line that breaks this; exit status 1 if any does."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')

# From the bottom up; rooms of one line may use each other only where MAY_ALSO says so.
LAYERS = [
    ["core"],
    ["sink", "log"],
    ["context"],
    ["propagate"],
    ["setup"],
    ["civetweb", "curl"],
    ["auto"],
]
MAY_ALSO = {("sink", "log"), ("log", "sink")}
ONLY_IN = {"civetweb.h": {"civetweb", "civetweb_routing", "auto"}, "curl/curl.h": {"curl"}}
BY_LOCALE = {"ctype.h", "strings.h"}
PUBLIC_WITH = {"trail/civetweb.h": "civetweb.h", "trail/curl.h": "curl/curl.h"}
SERVICES = ["gateway", "checkout", "payment", "worker"]


def level(room):
    return next(i for i, rooms in enumerate(LAYERS) if room in rooms)


def library_breach(room, name):
    """Why a source of a library's room may not include this name; None if it may."""
    if name in BY_LOCALE:
        return "it follows the application's locale; core/ascii.h does not"
    dependency = PUBLIC_WITH.get(name, name)
    if dependency in ONLY_IN and room not in ONLY_IN[dependency]:
        return f"only {', '.join(sorted(ONLY_IN[dependency]))} may"
    other = name.split("/")[0]
    if not any(other in rooms for rooms in LAYERS) or other == room or "/" not in name:
        return None
    if level(other) < level(room) or (room, other) in MAY_ALSO:
        return None
    return f"{other} is not below {room}"


def demo_breach(service, name):
    """The checkout system uses the public headers, its own folder and shared/."""
    other = name.split("/")[0]
    if other in SERVICES and service != other:
        return f"{service} may not look into {other}"
    if "/" in name and any(other in rooms for rooms in LAYERS) and name not in ONLY_IN:
        return "the demo uses the public headers only"
    return None


def header_breach(stem, name):
    """A public header includes an optional dependency only if it is the adapter's own."""
    return None if stem in ONLY_IN.get(name, {stem}) else "the core headers need no adapter"


def command_breach(_, name):
    """The command uses the library's insides, but no server and no client."""
    return "the command needs no adapter" if name in ONLY_IN or name in PUBLIC_WITH else None


def breaches(path, owner, rule):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        reason = rule(owner, match[2]) if match else None
        if match and re.search(r"(^|/)(demo_service|\.\.)/", match[2]):
            reason = "no path upwards, and nothing includes the demo"
        if reason:
            yield f"{path.relative_to(ROOT)}:{number}: {line.strip()}: {reason}"


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in {".c", ".h", ".cpp", ".hpp"})


def main():
    found = []
    known = {room for rooms in LAYERS for room in rooms}
    jobs = []
    for path in sources(ROOT / "middleware/src"):
        room = path.relative_to(ROOT / "middleware/src").parts[0]
        if room not in known:
            found.append(f"{path.relative_to(ROOT)}: its room has no place in the layers")
        else:
            jobs.append((path, room, library_breach))
    for path in sources(ROOT / "demo_service"):
        jobs.append((path, path.relative_to(ROOT / "demo_service").parts[0], demo_breach))
    jobs += [(path, path.stem, header_breach) for path in sources(ROOT / "middleware/include")]
    jobs += [(path, "cli", command_breach) for path in sources(ROOT / "middleware/cli")]
    for job in jobs:
        found += breaches(*job)
    print("\n".join(found) or f"{len(jobs)} files keep the order")
    return 1 if found or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
