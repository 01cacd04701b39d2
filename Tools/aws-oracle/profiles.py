"""Prints the profiles, services and sign-in sessions that botocore reads from the files named by the environment, as JSON."""
import json

import botocore.session

config = botocore.session.Session().full_config


def flat(section):
    """Nested blocks as `block.key`."""
    result = {}
    for key, value in section.items():
        if isinstance(value, dict):
            result[key] = ""
            result.update({f"{key}.{name}": text for name, text in value.items()})
        else:
            result[key] = value
    return result


print(json.dumps({kind: {name: flat(section) for name, section in config.get(kind, {}).items()}
                  for kind in ["profiles", "services", "sso_sessions"]}))
