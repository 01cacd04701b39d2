import AWS
import Basics

/// An Amazon Resource Name: `arn:<partition>:<service>:<region>:<account>:<resource>`.
public struct ARN: Sendable, Hashable, CustomStringConvertible {
    /// Such as `aws` or `aws-cn`.
    public let partition: String
    /// The service's prefix, such as `elasticloadbalancing`.
    public let service: String
    /// Nil for resources of no region, such as those of IAM.
    public let region: String?
    /// Nil for resources of no account, such as S3 buckets.
    public let account: String?
    /// Everything after the account, such as `alarm:cpu: high`.
    public let resource: String

    /// Reads an ARN; nil for nil, and for a text that is not an ARN.
    public init?(_ text: String?) {
        guard let parts = text?.arnFields?.map({ String($0) }), parts.count == 6, !parts[1].isEmpty else { return nil }
        partition = parts[1]
        service = parts[2]
        region = parts[3].isEmpty ? nil : parts[3]
        account = parts[4].isEmpty ? nil : parts[4]
        resource = parts[5]
    }

    /// The ARN of a resource that has a region and an account.
    /// - Parameter partition: that of the region unless given.
    public init(service: String, region: String, account: String, resource: String, partition: String? = nil) {
        self.partition = partition ?? AWSPartition.of(region).name
        self.service = service
        self.region = region
        self.account = account
        self.resource = resource
    }

    /// The ARN as text.
    public var description: String {
        "arn:\(partition):\(service):\(region ?? ""):\(account ?? ""):\(resource)"
    }

    /// The resource's type, when it has one: `instance` of `instance/i-1`, `alarm` of `alarm:cpu`.
    public var resourceType: String? { typeEnd.map { String(resource[..<$0]) } }

    /// The resource without its type: `alarm:cpu` and `task/cluster/1234` are `cpu` and `cluster/1234`.
    public var name: String { typeEnd.map { String(resource[resource.index(after: $0)...]) } ?? resource }

    private var typeEnd: String.Index? { resource.firstIndex { $0 == ":" || $0 == "/" } }

    /// What follows the last `/` or `:` of an ARN or id: the short name of most resources.
    public static func lastPart(_ text: String?) -> String? {
        text?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map { String($0) }
    }
}
