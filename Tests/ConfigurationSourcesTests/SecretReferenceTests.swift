import Configuration
import ConfigurationSources
import Testing

@Suite struct SecretReferenceTests {
    @Test(arguments: [
        ("https://hooks.example/a#b", SecretReference.plain("https://hooks.example/a#b")), ("", .plain("")),
        ("kms", .plain("kms")), ("kms:AQI=", .encrypted(base64: "AQI=", context: [:])),
        ("kms:AQI=#LambdaFunctionName=n", .encrypted(base64: "AQI=", context: ["LambdaFunctionName": "n"])),
        ("ssm:/a/b", .parameter("/a/b")), ("ssm:a#b", .parameter("a#b")),
        ("arn:aws:ssm:eu-central-1:1:parameter/a", .parameter("arn:aws:ssm:eu-central-1:1:parameter/a")),
        ("secretsmanager:a/b", .managed(id: "a/b", key: nil)), ("secretsmanager:a#k", .managed(id: "a", key: "k")),
        (
            "arn:aws-cn:secretsmanager:cn-north-1:1:secret:a-Xy12Ab#k",
            .managed(id: "arn:aws-cn:secretsmanager:cn-north-1:1:secret:a-Xy12Ab", key: "k")
        ),
        ("arn:aws:sns:eu-central-1:1:topic", .plain("arn:aws:sns:eu-central-1:1:topic")),
    ])
    func forms(text: String, reference: SecretReference) {
        #expect(SecretReference(text) == reference)
    }

    @Test(arguments: ["s3cr3t", "kms:s3cr3t", "kms:s3cr3t#a=b"])
    func descriptionsHoldNoSecret(text: String) {
        #expect(!"\(SecretReference(text))".contains("s3cr3t"))
    }
}
