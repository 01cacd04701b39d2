"""Roles and managed policies."""
import json

DOCUMENT = json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})


def setup_iam(aws):
    iam = aws("iam")
    iam.create_role(RoleName="front", AssumeRolePolicyDocument="{}", Tags=[{"Key": "team", "Value": "a"}])
    names = {name: iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT)["Policy"]["Arn"]
             for name in ("read", "deny")}
    iam.attach_role_policy(RoleName="front", PolicyArn=names["read"])
    return names


def state(aws):
    iam = aws("iam")
    found = {}
    for role in iam.list_roles()["Roles"]:
        found[role["RoleName"]] = sorted(
            policy["PolicyArn"]
            for policy in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"])
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        document = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        found[policy["Arn"]] = document["PolicyVersion"]["Document"]
    return {"iam": found}
