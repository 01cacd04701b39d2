"""What moto's CloudFormation lacks: aliases of Lambda functions. What moves them, CodeDeploy, is left out."""

from moto.awslambda.models import LambdaAlias, lambda_backends
from moto.core.common_models import CloudFormationModel


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
