"""The zoo: a service that has every trait, which no real service has, in each of the protocols; see zoo.json."""

import json
import pathlib

PREFIX = "zoo-"


def load(service):
    """The zoo in one protocol, as botocore's own service-2.json would have it."""
    protocol = service.removeprefix(PREFIX)
    zoo = json.loads((pathlib.Path(__file__).resolve().parent / "zoo.json").read_text())
    rest, documents = zoo.pop("rest"), zoo.pop("json")
    if protocol.startswith("rest"):
        zoo["operations"] |= rest
    if protocol.endswith("json"):
        zoo["operations"] |= documents
    zoo["metadata"] |= {"protocol": protocol, "protocols": [protocol]}
    return zoo
