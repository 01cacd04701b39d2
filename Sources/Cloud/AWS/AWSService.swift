internal import AWSModels

/// A service that an ``AWSClient`` can speak to: its name and its model.
public struct AWSService: Sendable {
    /// Short lower-case name for messages: `sns`.
    public let name: String
    private let lines: @Sendable () -> StaticString

    /// A service by the lines of its model, as `Tools/aws-models` generates them.
    public init(_ name: String, lines: @escaping @Sendable () -> StaticString) {
        self.name = name
        self.lines = lines
    }

    /// Reads the head of the model; the operations are read when they are first called.
    func model() throws(AWSError) -> ServiceModel { try ServiceModel(lines()) }

    // Computed, so that the linker drops the models of services that a program does not name.

    /// Amazon CloudWatch.
    public static var cloudWatch: AWSService { AWSService("cloudwatch") { CloudWatchModel.lines } }
    /// Amazon DynamoDB.
    public static var dynamoDB: AWSService { AWSService("dynamodb") { DynamoDBModel.lines } }
    /// AWS Key Management Service.
    public static var kms: AWSService { AWSService("kms") { KMSModel.lines } }
    /// AWS Resource Groups Tagging API.
    public static var resourceGroupsTagging: AWSService {
        AWSService("resourcegroupstaggingapi") { ResourceGroupsTaggingModel.lines }
    }
    /// Amazon S3.
    public static var s3: AWSService { AWSService("s3") { S3Model.lines } }
    /// AWS Secrets Manager.
    public static var secretsManager: AWSService { AWSService("secretsmanager") { SecretsManagerModel.lines } }
    /// Amazon SNS.
    public static var sns: AWSService { AWSService("sns") { SNSModel.lines } }
    /// Amazon SQS.
    public static var sqs: AWSService { AWSService("sqs") { SQSModel.lines } }
    /// AWS Systems Manager.
    public static var ssm: AWSService { AWSService("ssm") { SSMModel.lines } }
    /// AWS Security Token Service.
    public static var sts: AWSService { AWSService("sts") { STSModel.lines } }
}
