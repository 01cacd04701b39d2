"""What moto's CloudFormation lacks: aliases of Lambda functions. What moves them, CodeDeploy, is left out."""

import contextlib

from moto.awslambda.models import LambdaAlias, lambda_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult

#: The functions whose next alias is refused.
refused: set[str] = set()


class Refused(Exception):
    """As when CodeDeploy cannot assume its role yet."""


@contextlib.contextmanager
def creation_fails_once(function: str):
    """The next stack with an alias of the function ends as AWS's does when a resource is refused: deleted or rolled back,
    by the stack's OnFailure. moto itself would answer with the error, and keep a stack that is half made."""
    create_stack = CloudFormationResponse.create_stack

    def create_or_undo(response):
        try:
            return create_stack(response)
        except Refused:
            backend = response.cloudformation_backend
            [stack] = [stack for stack in backend.stacks.values() if stack.name == response._get_param("StackName")]
            if response._get_param("OnFailure") == "DELETE":
                backend.delete_stack(stack.stack_id)
            else:
                stack.status = "ROLLBACK_COMPLETE"
            return ActionResult({"StackId": stack.stack_id})

    refused.add(function)
    CloudFormationResponse.create_stack = create_or_undo
    try:
        yield
        assert function not in refused, "no stack with the alias was made"
    finally:
        CloudFormationResponse.create_stack = create_stack
        refused.discard(function)


class StackAlias(CloudFormationModel):
    """An alias in a stack. moto finds the class by its base."""

    __module__ = "moto.awslambda"  # from which moto takes the service

    def __init__(self, alias: LambdaAlias, function: str):
        self.alias, self.function = alias, function

    @property
    def physical_resource_id(self) -> str:
        return self.alias.arn

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Lambda::Alias"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        properties = cloudformation_json["Properties"]
        if properties["FunctionName"] in refused:
            refused.remove(properties["FunctionName"])
            raise Refused
        alias = lambda_backends[account_id][region_name].create_alias(
            properties["Name"], properties["FunctionName"], properties["FunctionVersion"], properties.get("Description", ""), None
        )
        return cls(alias, properties["FunctionName"])

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        properties = cloudformation_json["Properties"]
        alias = lambda_backends[account_id][region_name].update_alias(
            properties["Name"], properties["FunctionName"], properties["FunctionVersion"], properties.get("Description", ""), None
        )
        return cls(alias, properties["FunctionName"])

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        _, _, _, _, _, _, function, name = resource_name.split(":")
        lambda_backends[account_id][region_name].delete_alias(name, function)
