"""Gets credentials with botocore for each environment of a JSON list on standard input; prints a JSON list.

An entry of the output is {"credentials": {...}} or {"error": "..."}. The files are those of the environment's HOME,
also the AWS CLI's caches, which the AWS CLI gives botocore in the same way. MFA codes are 123456.
"""
import json
import os
import sys

import botocore.credentials
import botocore.session
import botocore.tokens
from botocore.utils import JSONFileCache


def get(environment):
    os.environ.clear()
    os.environ.update(environment)
    aws = os.path.join(environment["HOME"], ".aws")
    sso = os.path.join(aws, "sso", "cache")
    botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = sso
    botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = sso
    session = botocore.session.Session(profile=environment.get("ORACLE_PROFILE"))
    roles = session.get_component("credential_provider").get_provider("assume-role")
    roles.cache = JSONFileCache(os.path.join(aws, "cli", "cache"))
    roles._prompter = lambda prompt: "123456"
    credentials = session.get_credentials()
    if credentials is None:
        return None
    frozen = credentials.get_frozen_credentials()
    return {"accessKeyID": frozen.access_key, "secretAccessKey": frozen.secret_key, "sessionToken": frozen.token}


def result(environment):
    try:
        return {"credentials": get(environment)}
    except Exception as error:  # whatever botocore raises is its answer
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps([result(environment) for environment in json.load(sys.stdin)]))
