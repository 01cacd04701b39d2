"""Prints the variables and keys of all settings that botocore reads, one a line."""
from botocore import configprovider

rows = [("", row) for row in configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES.values()]
rows += [("s3.", row) for row in configprovider.DEFAULT_S3_CONFIG_VARS.values()]
rows += [("", row) for row in configprovider.DEFAULT_PROXIES_CONFIG_VARS.values()]
names = set()
for _, (keys, variables, _, _) in rows:
    for key in keys if isinstance(keys, list) else [keys]:
        names.add(".".join(key) if isinstance(key, tuple) else key)
    names.update(variables if isinstance(variables, list) else [variables])
print("\n".join(sorted(name for name in names if name)))
