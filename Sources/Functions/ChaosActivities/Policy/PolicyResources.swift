import AWS
import Experiments

/// The resources to which the permission of an IAM action can be limited.
///
/// Source: "Actions, resources, and condition keys" of each service in AWS's service authorization reference. An action
/// that is not in the table has no such resources.
enum PolicyResources {
    /// A kind of resource, and its ARN after the account.
    struct Kind: Sendable {
        /// The kinds of targets that are such resources, or whose ids contain their names.
        let targets: Set<String>
        let service: String
        /// What its ARNs have before the resource.
        var scope = Scope.region
        /// Whether a permission can be limited to resources with a tag: `aws:ResourceTag`.
        var hasTags = true
        /// The resource of a target's id, and of `*`.
        let resource: @Sendable (_ id: String) -> String

        /// The parts of an ARN between service and resource.
        enum Scope: Sendable {
            /// Region and account.
            case region
            /// Neither, as with S3 and Route 53.
            case global
            /// The account only, as with IAM.
            case account
            /// Region and any account, or none: documents of AWS's own have none.
            case anyAccount
        }

        /// The ARN of all such resources after the partition, with `{region}` and `{account}` where they stand.
        var pattern: String {
            let place =
                switch scope {
                case .region: "{region}:{account}"
                case .global: ":"
                case .account: ":{account}"
                case .anyAccount: "{region}:*"
                }
            return "\(service):\(place):\(resource("*"))"
        }

        func arns(_ targets: [NativeActivity.Target], account: String, partition: String?) -> [String] {
            let own = targets.filter { self.targets.contains($0.kind) }
            guard !own.isEmpty else {
                // Other targets tell at least the regions.
                let regions = Set(targets.map(\.region))
                return (regions.isEmpty ? ["*"] : regions.sorted()).map { arn("*", $0, account, partition) }
            }
            return own.map { arn($0.id, $0.region, account, partition) }
        }

        private func arn(_ id: String, _ region: String, _ account: String, _ partition: String?) -> String {
            let isKnown = !region.isEmpty && region != "*"
            let partition = partition ?? (isKnown ? AWSPartition.of(region).name : "aws")
            let place =
                switch scope {
                case .region: "\(isKnown ? region : "*"):\(account)"
                case .global: ":"
                case .account: ":\(account)"
                case .anyAccount: "\(isKnown ? region : "*"):*"
                }
            return "arn:\(partition):\(service):\(place):\(resource(id))"
        }
    }

    /// The kinds of each action, service by service: each table lies beside the activities of its service.
    static let all: [String: [Kind]] = [
        ec2, autoScaling, ecs, eks, elbv2, lambda, cloudWatch, events, iam, ssm, s3, route53, rds, elastiCache, msk,
        emr,
        xray, incidents, fis, serviceFaults, availabilityZones, resiliency,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
}
