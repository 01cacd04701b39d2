import AWS
import Basics
import Experiments
import JSON

/// One call, as arguments describe it: `service`, `operation` and `parameters`.
struct AWSCallRequest {
    let service: AWSService
    let operation: OperationDescription
    let input: JSONObject
    private let actionPrefix: String

    /// - Parameters:
    ///   - fallback: the service where the description names none.
    ///   - what: what the description is, for messages: `undo`.
    ///   - isComplete: false while parameters have references, so that only their names can be checked.
    /// - Throws: with the nearest right word for a service, an operation or a parameter that does not exist; and when
    ///   the answer is a secret.
    init(
        of description: JSONObject, service fallback: AWSService? = nil, what: String = "",
        isComplete: Bool = true
    ) throws {
        let prefix = what.isEmpty ? "" : "\(what): "
        if let name = description["service"]?.stringValue {
            service = try Self.service(name, prefix)
        } else if let fallback {
            service = fallback
        } else {
            throw ExperimentError.failedActivity("\(prefix)service is missing: give a name such as ecs")
        }
        let known = try ServiceDescription(service)
        actionPrefix = known.actionPrefix
        guard let name = description["operation"]?.stringValue else {
            throw ExperimentError.failedActivity("\(prefix)operation is missing: give a name such as DescribeServices")
        }
        operation = try known.operation(Self.operation(name, of: known, service.name, prefix))
        input = description["parameters"]?.objectValue ?? [:]
        let members = operation.input.map(\.name)
        for parameter in input.keys where !members.contains(parameter) {
            // Spelled in another way it is the nearest word, too.
            let meant = members.first { Self.bare($0) == Self.bare(parameter) } ?? members.nearest(to: parameter)
            throw ExperimentError.failedActivity(
                "\(prefix)\(service.name) \(operation.name) has no parameter \(parameter)"
                    + (meant.map { ", did you mean \($0)?" } ?? ": it has \(members.joined(separator: ", "))"))
        }
        if let secret = CallEffect.secretAnswer(service.name, operation.name, input) {
            throw ExperimentError.failedActivity(
                "\(prefix)\(service.name) \(operation.name) answers with \(secret), which would be in the journal")
        }
        guard isComplete else { return }
        do { try operation.validate(.object(input)) } catch {
            throw ExperimentError.failedActivity("\(prefix)\(service.name) \(operation.name): \(error.message)")
        }
    }

    private static func service(_ name: String, _ prefix: String) throws(ExperimentError) -> AWSService {
        let services = AWSService.all.map(\.service)
        if let service = services.first(where: { $0.name == name.lowercased() }) { return service }
        let meant = services.map(\.name).nearest(to: name.lowercased())
        throw .failedActivity(
            "\(prefix)there is no service \(name)"
                + (meant.map { ", did you mean \($0)?" } ?? ": use boto3's names, such as ecs"))
    }

    private static func operation(
        _ name: String, of service: ServiceDescription, _ serviceName: String, _ prefix: String
    ) throws(ExperimentError) -> String {
        let names = service.operationNames
        if let operation = names.first(where: { bare($0) == bare(name) }) { return operation }
        if let operation = service.eventStreamNames.first(where: { bare($0) == bare(name) }) {
            throw .failedActivity("\(prefix)\(serviceName) \(operation) streams events, which is not supported")
        }
        let meant = names.map(bare).nearest(to: bare(name)).flatMap { near in names.first { bare($0) == near } }
        throw .failedActivity(
            "\(prefix)\(serviceName) has no operation \(name)" + (meant.map { ", did you mean \($0)?" } ?? ""))
    }

    /// What counts of a name: `DescribeServices`, `describe_services` and `describe-services` are one operation.
    private static func bare(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != "-" } }

    /// `ecs DescribeServices`.
    var name: String { "\(service.name) \(operation.name)" }

    var effect: CallEffect { CallEffect.of(service.name, operation.name, input) }

    /// The IAM action, and whether it only reads.
    var call: NativeActivity.Call {
        let action = Self.otherActions["\(service.name) \(operation.name)"] ?? "\(iamService):\(iamOperation)"
        return effect == .mayChange ? .change(action) : .read(action)
    }

    private var iamService: String { actionPrefix == "monitoring" ? "cloudwatch" : actionPrefix }

    /// The actions of API Gateway are methods.
    private var iamOperation: String {
        actionPrefix == "apigateway" ? operation.httpMethod ?? "*" : operation.name
    }

    /// Operations whose permission has another name.
    ///
    /// Source: AWS's service authorization reference.
    private static let otherActions = [
        "lambda Invoke": "lambda:InvokeFunction", "s3 ListBuckets": "s3:ListAllMyBuckets",
        "s3 ListObjects": "s3:ListBucket", "s3 ListObjectsV2": "s3:ListBucket", "s3 HeadBucket": "s3:ListBucket",
        "s3 HeadObject": "s3:GetObject", "s3 CopyObject": "s3:PutObject", "s3 DeleteObjects": "s3:DeleteObject",
        "s3 GetBucketReplication": "s3:GetReplicationConfiguration",
        "s3 PutBucketReplication": "s3:PutReplicationConfiguration",
        "s3 GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
        "s3 PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
        "s3 ListObjectVersions": "s3:ListBucketVersions",
        "s3 GetBucketEncryption": "s3:GetEncryptionConfiguration",
        "s3 PutBucketEncryption": "s3:PutEncryptionConfiguration",
        "s3 DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
        "s3 GetBucketNotificationConfiguration": "s3:GetBucketNotification",
        "s3 PutBucketNotificationConfiguration": "s3:PutBucketNotification",
        "s3 GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
        "s3 PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
        "s3 DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
        "s3 DeleteBucketReplication": "s3:PutReplicationConfiguration",
        "s3 DeleteBucketTagging": "s3:PutBucketTagging", "s3 CreateMultipartUpload": "s3:PutObject",
        "resourcegroupstaggingapi GetResources": "tag:GetResources",
    ]
}
