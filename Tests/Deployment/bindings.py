"""Holds Terraform's files against Pulumi's bindings, which are generated from the schema of a provider.

The wheel is read with zipfile and ast: neither Pulumi nor the provider has to be installed.
"""

import ast
import functools
import pathlib
import re
import zipfile

import hcl2

# What Terraform itself takes in every resource and data source.
META = {"count", "for_each", "depends_on", "lifecycle", "provider", "provisioner", "connection", "timeouts"}

DEPRECATED = "deprecated "


def _decorator(node: ast.expr) -> str:
    """The name of a decorator: deprecated of @_utilities.deprecated("…")."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


class Bindings:
    """The arguments of a provider's resources.

    renamed maps a name of Terraform's, "aws_lambda_function.function_name" or "alicloud_vpc", to Pulumi's: the name of
    the argument, or the path of the module.
    """

    def __init__(self, wheel: pathlib.Path, package: str, renamed: dict[str, str]):
        self.archive = zipfile.ZipFile(wheel)
        self.package, self.renamed = package, renamed
        self.used: set[str] = set()

    def faults(self, root: pathlib.Path, provider: str) -> list[str]:
        """Every resource, data source, argument and block under root that the provider does not know."""
        found = []
        for path in sorted(root.rglob("*.tf")):
            if ".terraform" in path.parts:
                continue
            content = hcl2.loads(path.read_text())
            for kind in ("resource", "data"):
                for block in content.get(kind, []):
                    for type_, named in block.items():
                        type_ = type_.strip('"')
                        if type_.startswith(provider + "_"):
                            for body in named.values():
                                found += [f"{path.relative_to(root)}: {fault}" for fault in self._check(kind, type_, body)]
        return found

    def _check(self, kind: str, type_: str, body: dict) -> list[str]:
        arguments = self._arguments(kind, type_)
        if arguments is None:
            return [f"{type_} is not known"]
        return self._compare(type_, body, arguments, self._module_of(kind, type_))

    def _compare(self, path: str, body: dict, arguments: dict[str, str], module: str) -> list[str]:
        faults = []
        for name, value in body.items():
            if name.startswith("__") or (name in META and path.count(".") == 0):
                continue
            if name == "dynamic":
                for block in value:
                    for inner, content in block.items():
                        if not inner.startswith("__"):
                            faults += self._compare(path, {inner.strip('"'): content["content"]}, arguments, module)
                continue
            known = self._known(path, name, arguments)
            if known is not None and arguments[known].startswith(DEPRECATED):
                faults.append(f"{path}: {name} is deprecated")
            if known is None:
                faults.append(f"{path} has no {name}, but {', '.join(sorted(arguments))}")
            elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
                nested = re.search(r"'(?:_inputs\.)?(\w+Args)'|_inputs\.(\w+Args)", arguments[known])
                fields = self._class(f"{module}/_inputs", nested[1] or nested[2]) if nested else None
                if fields is not None:
                    for item in value:
                        faults += self._compare(f"{path}.{name}", item, fields, module)
        return faults

    def _known(self, path: str, name: str, arguments: dict[str, str]) -> str | None:
        """Pulumi's name: the same, another one, or the plural of a block that may come more than once."""
        other = self.renamed.get(f"{path}.{name}")
        if other is not None:
            self.used.add(f"{path}.{name}")
        for candidate in (other, name, name + "s", name + "es", re.sub("y$", "ies", name)):
            if candidate in arguments:
                return candidate
        return None

    def _module_of(self, kind: str, type_: str) -> str:
        return self._path(kind, type_).rsplit("/", 1)[0]

    def _path(self, kind: str, type_: str) -> str:
        """aws_lambda_permission is lambda_/permission, the data source aws_iam_policy_document iam/get_policy_document."""
        if type_ in self.renamed:
            self.used.add(type_)
            return self.renamed[type_]
        words = type_.split("_")[1:]
        module, name = ("", words[0]) if len(words) == 1 else (words[0] + "/", "_".join(words[1:]))
        module = "lambda_/" if module == "lambda/" else module
        return f"{module}get_{name}" if kind == "data" else module + name

    def _arguments(self, kind: str, type_: str) -> dict[str, str] | None:
        path = self._path(kind, type_)
        tree = self._tree(path)
        if tree is None:
            return None
        if kind == "data":
            function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == path.rsplit("/")[-1])
            return {a.arg: ast.unparse(a.annotation) for a in function.args.args if a.annotation}
        name = next(n.name for n in tree.body if isinstance(n, ast.ClassDef) and n.name.endswith("Args"))
        return self._class(path, name)

    def _class(self, path: str, name: str) -> dict[str, str] | None:
        """The properties of a class and their types; DEPRECATED stands before that of a deprecated one."""
        tree = self._tree(path)
        for node in tree.body if tree else []:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return {
                    f.name: (DEPRECATED if "deprecated" in map(_decorator, f.decorator_list) else "") + ast.unparse(f.returns)
                    for f in node.body
                    if isinstance(f, ast.FunctionDef) and f.returns and not f.name.startswith("_")
                }
        return None

    @functools.cache
    def _tree(self, path: str) -> ast.Module | None:
        try:
            return ast.parse(self.archive.read(f"{self.package}/{path}.py"))
        except KeyError:
            return None
