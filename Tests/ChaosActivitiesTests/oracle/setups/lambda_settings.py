"""Functions with layers, variables and event sources, and a parameter of failure-lambda."""
import io
import zipfile

#: The files whose state is told, too.
BESIDE = ["functions"]


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        # With the time of now two archives would differ.
        content.writestr(zipfile.ZipInfo("main.py"), "def handler(event, context): return event")
    return file.getvalue()


def setup_lambda(aws):
    functions = aws("lambda")
    role = aws("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    names = {}
    for index in (1, 2):
        names[f"layer{index}"] = functions.publish_layer_version(
            LayerName=f"layer{index}", Content={"ZipFile": archive()})["LayerVersionArn"]
    for name, more in (
            ("front", {"Environment": {"Variables": {"FAILURE_INJECTION_PARAM": "failures"}}}),
            ("layered", {"Layers": [names["layer1"]], "Environment": {"Variables": {
                "URL": "https://shop", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/own", "CHAOSTOOLKIT_EXPERIMENT": "true"}}})):
        functions.create_function(
            FunctionName=name, Runtime="python3.11", Role=role, Handler="main.handler", Timeout=3, MemorySize=128,
            Code={"ZipFile": archive()}, Tags={"team": "shop"}, **more)
    queue = aws("sqs").create_queue(QueueName="orders")["QueueUrl"]
    names["queue"] = aws("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    names["mapping"] = functions.create_event_source_mapping(
        EventSourceArn=names["queue"], FunctionName="front", BatchSize=5, Enabled=True)["UUID"]
    aws("ssm").put_parameter(Name="failures", Type="String", Value='{"isEnabled": false, "failureMode": "latency"}')
    return names


def state(aws):
    found = {}
    for function in aws("lambda").list_functions()["Functions"]:
        found[function["FunctionName"]] = [
            function["Timeout"], function["MemorySize"], function.get("Environment"),
            [layer["Arn"] for layer in function.get("Layers", [])]]
    mappings = [
        {key: value for key, value in mapping.items() if key not in ("UUID", "EventSourceMappingArn", "LastModified")}
        for mapping in aws("lambda").list_event_source_mappings()["EventSourceMappings"]]
    parameters = aws("ssm").describe_parameters()["Parameters"]
    values = {parameter["Name"]: [
        parameter["Type"], aws("ssm").get_parameter(Name=parameter["Name"])["Parameter"]["Value"]]
        for parameter in parameters}
    return {"configurations": found, "mappings": mappings, "parameters": values}
