"""A provider for Terraform that knows the resources of Alibaba Cloud's and creates nothing.

Its schema is that of Pulumi's bindings, which are generated from the real provider's: Terraform itself says which
arguments, blocks and types of a root do not exist, plans it, and applies it to a state with made-up values.
Source of the protocol: HashiCorp, docs/plugin-protocol/tfplugin6.proto, and go-plugin's reattach configuration.
"""

import ast
import concurrent.futures
import itertools
import json
import os

import grpc
import msgpack

from bindings import Bindings

UNKNOWN = msgpack.ExtType(0, b"\0")


class Schemas(Bindings):
    """The schemas of resources and data sources, as the bindings have them.

    A `Sequence['XArgs']` of Pulumi's is a block, an `Output[Optional[…]]` what only the configuration sets, any other
    property of a resource what the provider computes.
    """

    def resource(self, type_: str) -> dict:
        path = self._path("resource", type_)
        tree = self._tree(path)
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        resource = next(node for node in tree.body if isinstance(node, ast.ClassDef) and _is_resource(node))
        block = self._block(type_, classes[resource.name + "Args"], self._module_of("resource", type_))
        for name, type_of in _properties(resource).items():
            attribute = block["attributes"].get(name)
            if attribute is None and name not in block["blocks"]:
                block["attributes"][name] = {"type": self._type(type_of, path), "computed": True}
            elif attribute is not None and not attribute.get("required") and "Optional" not in ast.unparse(type_of):
                attribute["computed"] = True
        block["attributes"]["id"] = {"type": "string", "computed": True}
        return block

    def data_source(self, type_: str) -> dict:
        path = self._path("data", type_)
        tree = self._tree(path)
        result = next(node for node in tree.body if isinstance(node, ast.ClassDef))
        function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
        arguments = {argument.arg for argument in function.args.args} - {"opts"}
        return {
            "blocks": {},
            "attributes": {
                name: {"type": self._type(type_of, path), "optional": name in arguments, "computed": True}
                for name, type_of in _properties(result).items()
            },
        }

    def _block(self, path: str, arguments: ast.ClassDef, module: str) -> dict:
        functions = [f for f in arguments.body if isinstance(f, ast.FunctionDef)]
        parameters = next(f.args for f in functions if f.name == "__init__")
        deprecated = {f.name for f in functions if "deprecated" in map(_name, f.decorator_list)}
        terraform = {new: old.rpartition(".")[2] for old, new in self.renamed.items() if old.rpartition(".")[0] == path}
        block = {"attributes": {}, "blocks": {}}
        for parameter, default in zip(parameters.kwonlyargs, parameters.kw_defaults):
            name = terraform.get(parameter.arg, parameter.arg)
            inner = _nested(parameter.annotation)
            if inner:
                tree = self._tree(f"{module}/_inputs")
                node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == inner)
                repeated = "Sequence" in ast.unparse(parameter.annotation)
                block["blocks"][name] = {
                    "block": self._block(f"{path}.{name}", node, module), "minimum": 1 if default is None else 0,
                    "maximum": 0 if repeated else 1,
                }
            else:
                required = default is None
                block["attributes"][name] = {
                    "type": self._type(parameter.annotation, path), "required": required, "optional": not required,
                    "deprecated": parameter.arg in deprecated,
                }
        return block

    def _type(self, node: ast.expr, path: str):
        """The type of an attribute in Terraform's JSON: "string", ["map", "string"], ["list", ["object", {…}]] …"""
        found = self._element(node, path)
        # A single object of Pulumi's is a list of Terraform's, with one element.
        return ["list", found] if found[0] == "object" else found

    def _element(self, node: ast.expr, path: str):
        match node:
            case ast.Subscript(value=value, slice=inner):
                match _name(value):
                    case "Input" | "Output" | "Optional":
                        return self._element(inner, path)
                    case "Sequence":
                        return ["list", self._element(inner, path)]
                    case "Mapping":
                        return ["map", "string"]
            case ast.Constant(value=str(text)):
                module = path.rpartition("/")[0]
                tree = self._tree(f"{module}/outputs" if module else "outputs")
                name = text.removeprefix("outputs.")
                node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
                return ["object", {key: self._type(value, path) for key, value in _properties(node).items()}]
        return {"bool": "bool", "int": "number", "float": "number"}.get(_name(node), "string")


def _name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=function):
            return _name(function)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _is_resource(node: ast.ClassDef) -> bool:
    return any(_name(base) == "CustomResource" for base in node.bases)


def _properties(node: ast.ClassDef) -> dict[str, ast.expr]:
    return {
        f.name: f.returns
        for f in node.body
        if isinstance(f, ast.FunctionDef) and f.returns and "property" in map(_name, f.decorator_list)
    }


def _nested(annotation: ast.expr) -> str | None:
    names = [n.value for n in ast.walk(annotation) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return names[0] if names and names[0].endswith("Args") else None


# --- Protocol buffers, as far as they are needed ----------------------------------------------------------------------


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode(*fields: tuple[int, bytes | str | int]) -> bytes:
    """A message of numbers and of bytes, texts or messages."""
    out = b""
    for field, value in fields:
        if isinstance(value, int):
            out += _varint(field << 3) + _varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += _varint(field << 3 | 2) + _varint(len(value)) + value
    return out


def decode(message: bytes) -> dict[int, bytes | int]:
    """The fields of a message; of one that comes more than once, the last."""
    fields, position = {}, 0

    def varint() -> int:
        nonlocal position
        number = 0
        for shift in itertools.count(0, 7):
            byte = message[position]
            position += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number

    while position < len(message):
        key = varint()
        if key & 7 == 0:
            fields[key >> 3] = varint()
        else:
            length = varint()
            fields[key >> 3] = message[position : position + length]
            position += length
    return fields


def _value(dynamic: bytes):
    return msgpack.unpackb(decode(dynamic)[1], strict_map_key=False)


def _dynamic(value) -> bytes:
    return encode((1, msgpack.packb(value)))


def _encoded_block(block: dict) -> bytes:
    fields = []
    for name, attribute in sorted(block["attributes"].items()):
        flags = [(4, "required"), (5, "optional"), (6, "computed")]
        flags = [(field, 1) for field, key in flags if attribute.get(key)]
        fields.append((2, encode((1, name), (2, json.dumps(attribute["type"])), *flags)))
    for name, inner in sorted(block["blocks"].items()):
        limits = [(4, inner["minimum"]), (5, inner["maximum"])]
        fields.append((3, encode((1, name), (2, _encoded_block(inner["block"])), (3, 2), *limits)))
    return encode(*fields)


def _schema(block: dict) -> bytes:
    return encode((2, _encoded_block(block)))


# --- The provider -----------------------------------------------------------------------------------------------------


class Provider(grpc.GenericRpcHandler):
    """Serves the protocol on 127.0.0.1 until it is closed; environment tells Terraform where."""

    def __init__(self, source: str, resources: dict[str, dict], data_sources: dict[str, dict]):
        self.resources, self.data_sources = resources, data_sources
        self.numbers = itertools.count(1)
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=[self])
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        attachment = {
            "Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True,
            "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
        }
        self.environment = {"TF_REATTACH_PROVIDERS": json.dumps({source: attachment})}

    def close(self) -> None:
        self.server.stop(None).wait()

    def service(self, details):
        method = details.method.rsplit("/", 1)[1]
        if not details.method.startswith("/tfplugin6.Provider/") or not hasattr(self, method):
            return None
        return grpc.unary_unary_rpc_method_handler(lambda request, _: getattr(self, method)(decode(request)))

    def GetProviderSchema(self, _) -> bytes:
        provider = {"attributes": {"region": {"type": "string", "optional": True}}, "blocks": {}}
        return encode(
            (1, _schema(provider)),
            *((2, encode((1, name), (2, _schema(block)))) for name, block in self.resources.items()),
            *((3, encode((1, name), (2, _schema(block)))) for name, block in self.data_sources.items()),
        )

    def ValidateProviderConfig(self, _) -> bytes:
        return b""

    ValidateDataResourceConfig = ConfigureProvider = StopProvider = ValidateProviderConfig

    def ValidateResourceConfig(self, request) -> bytes:
        """Warns of what is deprecated, as providers do."""
        warnings = _deprecated(self.resources[request[1].decode()], _value(request[2]))
        return encode(*((1, encode((1, 2), (2, f"{name} is deprecated"))) for name in warnings))

    def UpgradeResourceState(self, request) -> bytes:
        return encode((1, _dynamic(json.loads(decode(request[3])[1]))))

    def ReadResource(self, request) -> bytes:
        return encode((1, request[2]))

    def PlanResourceChange(self, request) -> bytes:
        prior, planned = _value(request[2]), _value(request[3])
        if planned is not None:
            for name, attribute in self.resources[request[1].decode()]["attributes"].items():
                if attribute.get("computed") and planned[name] is None:
                    planned[name] = prior[name] if prior else UNKNOWN
        return encode((1, _dynamic(planned)))

    def ApplyResourceChange(self, request) -> bytes:
        planned, type_ = _value(request[3]), request[1].decode()
        if planned is not None:
            _invent(self.resources[type_], planned, UNKNOWN, f"{type_.partition('_')[2]}-{next(self.numbers)}")
        return encode((1, _dynamic(planned)))

    def ReadDataSource(self, request) -> bytes:
        state, type_ = _value(request[2]), request[1].decode()
        _invent(self.data_sources[type_], state, None, type_.partition("_")[2])
        return encode((1, _dynamic(state)))


def _deprecated(block: dict, configuration: dict) -> list[str]:
    found = [n for n, a in block["attributes"].items() if a.get("deprecated") and configuration[n] is not None]
    for name, inner in block["blocks"].items():
        bodies = configuration[name]
        # Blocks of a `dynamic` are not known before the plan.
        for body in [] if bodies == UNKNOWN else bodies:
            found += _deprecated(inner["block"], body)
    return found


def _invent(block: dict, state: dict, missing, text: str) -> None:
    for name, attribute in block["attributes"].items():
        if state[name] == missing:
            state[name] = _invented(attribute["type"], f"{text}-{name}")


def _invented(type_, text: str):
    match type_:
        case "string":
            return text
        case "number":
            return 1
        case "bool":
            return False
        case ["map", _]:
            return {}
        case ["object", fields]:
            return {name: _invented(inner, f"{text}-{name}") for name, inner in fields.items()}
        case [_, inner]:
            return [_invented(inner, text)]
