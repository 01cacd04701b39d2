"""The cases of the differential suite: experiment documents, the way they are run, and what has to come out.

Each file in `documents/` is one area. It has `cases` (a list) and, for YAML anchors, `shared`. A case has

    name         unique in its file
    experiment   the document; title, description and method are added when they are absent (not with `bare: true`)
    source       instead of `experiment`: the document's text, written as it is
    file         the document's file name (experiment.json); null when `location` says where it is
    location     what the program is given instead of the file name
    command      run (default) or validate
    options      the options of the command
    global       options before the command
    environment, files, settings (text or mapping), routes (see targets.py), stdin, journal (its path)
    signal       a signal, sent once the file `started` exists in the case's folder
    moto         calls made to a fresh moto before the run: [service, operation, {arguments}]
    moto_after   calls whose results belong to what the targets saw
    rows         {row: {key: value}}: one case per row, in which the text `@key@` stands for the value; `expect` and
                 `options` of a row are added to those of the case
    expect       what Chaos Toolkit does: see `expectation.py`

`@server@`, `@closed@` (an address where nobody listens), `@folder@`, `@home@` and `@moto@` are replaced in all texts.
"""
import copy
import pathlib

import yaml

# In C where PyYAML has it, which is ten times faster.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DOCUMENTS = pathlib.Path(__file__).parent / "documents"
KEYS = {
    "name", "experiment", "bare", "source", "file", "location", "command", "options", "global", "environment", "files",
    "settings", "routes", "stdin", "journal", "signal", "moto", "moto_after", "rows", "expect",
}


def load():
    """All cases, by their full name `area/name` or `area/name/row`."""
    cases = {}
    for path in sorted(DOCUMENTS.glob("*.yaml")):
        for case in yaml.load(path.read_text(), LOADER)["cases"]:
            for row, expanded in rows(case):
                name = "/".join([path.stem, str(case["name"])] + ([str(row)] if row is not None else []))
                if name in cases:
                    raise ValueError(f"two cases are called {name}")
                if unknown := set(expanded) - KEYS:
                    raise ValueError(f"{name}: unknown keys {sorted(unknown)}")
                cases[name] = with_defaults(expanded)
    return cases


def rows(case):
    """The case itself, or one per row."""
    if "rows" not in case:
        yield None, case
        return
    for row, values in case["rows"].items():
        expanded = copy.deepcopy({key: value for key, value in case.items() if key != "rows"})
        values = dict(values)
        expect, options = values.pop("expect", {}), values.pop("options", [])
        for key in ("environment", "files", "routes"):
            expanded[key] = {**expanded.get(key, {}), **values.pop(key, {})}
        expanded = replaced(expanded, {f"@{key}@": value for key, value in values.items()})
        expanded["expect"] = {**expanded.get("expect", {}), **expect}
        expanded["options"] = expanded.get("options", []) + options
        yield row, expanded


def replaced(value, texts):
    """The value with placeholders replaced; a text that is only a placeholder takes the replacement's type."""
    if isinstance(value, str):
        if value in texts:
            return texts[value]
        for placeholder, text in texts.items():
            if placeholder in value:
                value = value.replace(placeholder, str(text))
        return value
    if isinstance(value, list):
        return [replaced(item, texts) for item in value]
    if isinstance(value, dict):
        return {replaced(key, texts): replaced(item, texts) for key, item in value.items()}
    return value


def with_defaults(case):
    """The case with a whole document."""
    case = dict(case)
    if "experiment" in case and not case.get("bare"):
        case["experiment"] = {"title": "A title", "description": "A description", "method": [], **case["experiment"]}
    if "source" not in case and "experiment" not in case:
        case["experiment"] = {"title": "A title", "description": "A description", "method": []}
    case.setdefault("file", "experiment.json")
    case.setdefault("command", "run")
    case.setdefault("journal", "journal.json")
    return case
