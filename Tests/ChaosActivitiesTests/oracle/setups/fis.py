"""Templates and experiments of FIS."""
import os
import types

import chaosaws.fis.actions
import requests

# The id of a thread names the scenario's role; here it looks like the native activity's, and nobody waits.
chaosaws.fis.actions.threading = types.SimpleNamespace(get_ident=lambda: "00000000-0000-4000-8000-000000000000")
chaosaws.fis.actions.time = types.SimpleNamespace(sleep=lambda _: None)

MARKER = "tocsin:invocation"


def setup_fis(aws):
    """Experiments stand still."""
    return setup(aws, looks=1000)


def setup_moving_fis(aws):
    """An experiment goes on at every second look."""
    return setup(aws, looks=2)


def setup(aws, looks):
    requests.post(aws.url + "/moto-api/state-manager/set-transition", json={
        "model_name": "fis::experiment", "transition": {"progression": "manual", "times": looks}})
    # AWS's own policies are loaded with the first call after a reset.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    requests.post(aws.url + "/moto-api/reset")
    aws("iam").list_roles()
    del os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"]
    requests.post(aws.url + "/moto-api/seed?a=42")
    fis = aws("fis")

    def template(name):
        return fis.create_experiment_template(
            clientToken=name, description=name, stopConditions=[{"source": "none"}],
            roleArn="arn:aws:iam::123456789012:role/fis", tags={"team": "shop"},
            targets={"Web": {
                "resourceType": "aws:ec2:instance", "selectionMode": "ALL",
                "resourceArns": ["arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0"]}},
            actions={"stop": {"actionId": "aws:ec2:stop-instances", "targets": {"Instances": "Web"}}},
        )["experimentTemplate"]["id"]

    def start(template, **tags):
        return fis.start_experiment(experimentTemplateId=template, tags=tags)["experiment"]["id"]

    stop, other = template("stop"), template("other")
    names = {"stop": stop, "other": other, "web": start(stop, team="shop", tier="web"),
             "db": start(other, team="shop", tier="db"), "bare": start(other)}
    aws("eks").create_cluster(
        name="shop", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={}, tags={"team": "shop"})
    return names


def without_marker(tags):
    return {name: value for name, value in tags.items() if name != MARKER}


def state(aws):
    fis, iam = aws("fis"), aws("iam")
    found = {"templates": [], "experiments": [], "roles": {}, "policies": {}}
    for summary in fis.list_experiment_templates()["experimentTemplates"]:
        template = fis.get_experiment_template(id=summary["id"])["experimentTemplate"]
        kept = {name: value for name, value in template.items() if name not in ("id", "arn")}
        found["templates"].append({**kept, "tags": without_marker(template["tags"])})
    if not found["templates"]:
        return {}
    for experiment in fis.list_experiments()["experiments"]:
        if experiment["state"]["status"] not in ("stopping", "stopped", "completed"):
            found["experiments"].append({
                "state": experiment["state"]["status"], "tags": without_marker(experiment.get("tags", {}))})
    for role in iam.list_roles()["Roles"]:
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        found["roles"][role["RoleName"]] = [
            role["AssumeRolePolicyDocument"], [policy["PolicyName"] for policy in attached]]
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
        found["policies"][policy["PolicyName"]] = version["Document"]
    return {"fis": found}
