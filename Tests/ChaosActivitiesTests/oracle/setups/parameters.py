"""Parameters and documents of Systems Manager."""


def setup_parameters(aws):
    ssm = aws("ssm")
    ssm.put_parameter(Name="plain", Value="before", Type="String", Description="a switch")
    ssm.put_parameter(Name="/shop/secret", Value="hidden", Type="SecureString", Tags=[{"Key": "team", "Value": "shop"}])
    ssm.create_document(
        Name="there", DocumentType="Command", DocumentFormat="JSON",
        Content='{"schemaVersion": "2.2", "description": "d", "mainSteps": []}')
    return {}


def state(aws):
    ssm, found = aws("ssm"), {}
    for parameter in ssm.describe_parameters()["Parameters"]:
        name = parameter["Name"]
        known = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        found[name] = [known["Value"], known["Type"], parameter.get("Description", "")]
    documents = ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    return {"parameters": found, "documents": sorted(document["Name"] for document in documents)}
