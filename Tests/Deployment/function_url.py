"""What moto's CloudFormation lacks: function URLs of Lambda."""

from moto.awslambda.models import lambda_backends
from moto.awslambda.policy import Policy
from moto.core.common_models import CloudFormationModel

everybody = Policy.principal_formatter


def principal(policy, text):
    """In the only form that provider 3.39 reads; Lambda says "*", which newer providers read, too."""
    formatted = everybody(policy, text)
    return {"AWS": formatted} if formatted == "*" else formatted


Policy.principal_formatter = principal


class StackUrl(CloudFormationModel):
    """A function URL in a stack. moto finds the class by its base."""

    __module__ = "moto.awslambda"  # from which moto takes the service

    def __init__(self, backend, function: str, url: str):
        self.backend, self.function, self.url = backend, function, url

    @property
    def physical_resource_id(self) -> str:
        return self.function

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Lambda::Url"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "FunctionUrl"

    def get_cfn_attribute(self, _) -> str:
        return f"{self.url}/"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        properties = cloudformation_json["Properties"]
        backend = lambda_backends[account_id][region_name]
        function = properties["TargetFunctionArn"]
        return cls(backend, function, backend.create_function_url_config(function, properties).url)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        backend = lambda_backends[account_id][region_name]
        function = cloudformation_json["Properties"]["TargetFunctionArn"]
        if any(known.function_name == function for known in backend.list_functions()):
            backend.delete_function_url_config(function)
