"""Lambda functions."""
import io
import zipfile


def setup_functions(aws):
    role = aws("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("main.py", "def handler(event, context): return event")
    for name in ("free", "limited"):
        aws("lambda").create_function(
            FunctionName=name, Runtime="python3.11", Role=role, Handler="main.handler",
            Code={"ZipFile": code.getvalue()}, Tags={"team": "shop"})
    aws("lambda").put_function_concurrency(FunctionName="limited", ReservedConcurrentExecutions=5)
    return {}


def state(aws):
    found = {}
    for function in aws("lambda").list_functions()["Functions"]:
        name = function["FunctionName"]
        found[name] = aws("lambda").get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    return {"functions": found}
