import AWSModels

/// Every model, by botocore's name of the service: those that are shipped and those that only tests have.
enum TestModel: String, CaseIterable {
    case cloudWatch = "cloudwatch"
    case dynamoDB = "dynamodb"
    case ec2, kms, lambda, s3, sns, sqs, ssm, sts
    case lexRuntime = "lex-runtime"
    case secretsManager = "secretsmanager"
    case zooEC2 = "zoo-ec2"
    case zooJSON = "zoo-json"
    case zooQuery = "zoo-query"
    case zooRestJSON = "zoo-rest-json"
    case zooRestXML = "zoo-rest-xml"

    var lines: StaticString {
        switch self {
        case .cloudWatch: CloudWatchModel.lines
        case .dynamoDB: DynamoDBModel.lines
        case .ec2: EC2Model.lines
        case .kms: KMSModel.lines
        case .lambda: LambdaModel.lines
        case .lexRuntime: LexRuntimeModel.lines
        case .s3: S3Model.lines
        case .secretsManager: SecretsManagerModel.lines
        case .sns: SNSModel.lines
        case .sqs: SQSModel.lines
        case .ssm: SSMModel.lines
        case .sts: STSModel.lines
        case .zooEC2: ZooEC2Model.lines
        case .zooJSON: ZooJSONModel.lines
        case .zooQuery: ZooQueryModel.lines
        case .zooRestJSON: ZooRestJSONModel.lines
        case .zooRestXML: ZooRestXMLModel.lines
        }
    }
}
