"""Runs experiments with Chaos Toolkit and with tocsin, and compares what comes of them.

    run.py --list                                  the names of the cases
    run.py [NAME...]                               checks only that Chaos Toolkit does what the cases expect
    run.py --ours .build/debug/tocsin [NAME...]    compares; exit status 1 when something differs that is not meant to
    run.py --show NAME [--ours ...]                prints the whole results of one case

A name may be a pattern (`http/*`). `--report` prints one JSON object per case for the tests. Chaos Toolkit's results
are kept in .build/chaos-oracle, under a digest of the case, of this folder's programs and of the versions.
"""
import argparse
import concurrent.futures
import fnmatch
import hashlib
import importlib.metadata
import json
import os
import pathlib
import signal
import sys
import threading

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cases as documents  # noqa: E402
import expectation  # noqa: E402
import normal  # noqa: E402
import programs  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent
CACHE = FOLDER.parents[1] / ".build" / "chaos-oracle"
WORKERS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--ours", help="the program whose `chaos` command is compared")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--report", action="store_true")
    arguments = parser.parse_args()
    chosen = {
        name: case for name, case in documents.load().items()
        if not arguments.names or any(fnmatch.fnmatchcase(name, pattern) for pattern in arguments.names)
    }
    if arguments.list:
        print("\n".join(chosen))
        return 0
    # A test's thread may have blocked signals, and what is blocked stays so in all processes that are started.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    suite = Suite(arguments.ours)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for name, outcome in zip(chosen, pool.map(suite.outcome, chosen, chosen.values())):
            failed += bool(outcome["problems"])
            if arguments.report:
                print(json.dumps({"name": name, "problems": outcome["problems"]}), flush=True)
            elif outcome["problems"]:
                print(f"{name}\n    " + "\n    ".join(outcome["problems"]), flush=True)
            if arguments.show:
                print(json.dumps(outcome["results"], indent=2))
    suite.reference.stop()
    unused = suite.unused() if arguments.ours and not arguments.names else []
    for entry in unused:
        text = f"nothing differs any more at {entry['path']} of {entry['case']}"
        print(
            json.dumps({"name": "differences.yaml", "problems": [text]}) if arguments.report
            else f"differences.yaml: {text}")
    if not arguments.report:
        print(f"{len(chosen) - failed} of {len(chosen)} cases are as they should be")
    return 1 if failed or unused else 0


class Suite:
    """Both programs, the cache and the list of meant differences."""

    def __init__(self, ours):
        self.reference = programs.Reference()
        self.ours = programs.Program([os.path.abspath(ours), "chaos"]) if ours else None
        self.moto = programs.Moto()
        self.meant = yaml.safe_load((FOLDER / "differences.yaml").read_text())
        self.used = set()
        parts = ("cases.py", "programs.py", "reference.py", "targets.py")
        own = b"".join((FOLDER / name).read_bytes() for name in parts)
        versions = [
            f"{name} {importlib.metadata.version(name)}"
            for name in ("chaostoolkit", "chaostoolkit-lib", "chaostoolkit-aws", "jsonpath2", "requests", "moto")
        ]
        self.state = hashlib.sha256(own + repr(versions).encode()).hexdigest()
        CACHE.mkdir(parents=True, exist_ok=True)

    def outcome(self, name, case):
        """{problems: [text], results: {reference, ours}}."""
        problems, results = [], {}
        try:
            reference, kept = self.reference_result(case)
            results["reference"] = reference
            expected = normal.normalised(json.loads(json.dumps(reference)))
            problems += [f"Chaos Toolkit: {text}" for text in expectation.failures(case, reference, expected)]
            if not problems:
                self.keep(reference, kept)
            if self.ours:
                ours = results["ours"] = self.run(case, self.ours)
                problems += self.compared(name, case, expected, normal.normalised(json.loads(json.dumps(ours))), ours)
        except Exception as error:  # one case must not end the others
            problems.append(f"{type(error).__name__}: {error}")
        return {"problems": problems, "results": results}

    def compared(self, name, case, expected, ours, raw):
        problems = []
        found = list(normal.differences(expected, ours))
        entries = [
            (number, entry) for number, entry in enumerate(self.meant) if any(
                fnmatch.fnmatchcase(name, pattern) for pattern in
                (entry["case"] if isinstance(entry["case"], list) else [entry["case"]]))
        ]
        for path, theirs, own in found:
            covering = [(number, entry) for number, entry in entries if is_within(path, entry["path"])]
            if not covering:
                problems.append(f"{path}: {shown(theirs)} with Chaos Toolkit, {shown(own)} with tocsin")
            for number, entry in covering:
                self.used.add(number)
        for number, entry in entries:
            if number not in self.used:
                continue
            for path, value in entry.get("ours", {}).items():
                if not expectation.same(actual := expectation.at_path(ours, path), value):
                    problems.append(f"{path}: {shown(actual)} with tocsin instead of {shown(value)} (differences.yaml)")
        for path, seconds in (case.get("expect") or {}).get("lasts", {}).items():
            value = expectation.at_path(raw, path)
            if not isinstance(value, (int, float)) or value < seconds:
                problems.append(f"{path}: {shown(value)} with tocsin instead of at least {seconds} s")
        if problems and raw["journal"] is None and expected["journal"] is not None:
            problems.append("tocsin printed:\n" + raw["log"][-1500:])
        return problems

    def unused(self):
        return [entry for number, entry in enumerate(self.meant) if number not in self.used]

    def reference_result(self, case):
        """What Chaos Toolkit made of a case, and the file for it in the cache."""
        case = {key: value for key, value in case.items() if key != "expect"}
        digest = hashlib.sha256((self.state + json.dumps(case, sort_keys=True, default=str)).encode()).hexdigest()[:32]
        kept = CACHE / f"{digest}.json"
        return json.loads(kept.read_text()) if kept.exists() else self.run(case, self.reference), kept

    def keep(self, result, kept):
        """Keeps a result; only one that is as expected, since a machine may have been too slow for another."""
        if not kept.exists():
            # A name per writer: two test runs may do this at the same time.
            temporary = kept.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            temporary.write_text(json.dumps(result))
            temporary.replace(kept)

    def run(self, case, program):
        if not case.get("moto"):
            return programs.run(case, program)
        with self.moto.lock:
            if not self.moto.server:
                self.moto.start()
            return programs.run(case, program, self.moto)


def is_within(path, pattern):
    """Whether a path is the one of a meant difference, or below it; `*` is any text, nothing is everything."""
    if not pattern:
        return True
    pattern = pattern.replace("[", "[[]")
    return any(fnmatch.fnmatchcase(path, pattern + end) for end in ("", ".*", "[[]*"))


def shown(value):
    text = repr(value) if value is normal.ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 400 else text[:400] + "…"


if __name__ == "__main__":
    sys.exit(main())
