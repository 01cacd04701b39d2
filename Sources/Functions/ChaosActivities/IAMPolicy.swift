import AWS
public import Experiments
public import JSON

extension ChaosActivities {
    /// The IAM policy that runs and undoes activities on these targets, and allows nothing else.
    ///
    /// Resources are ARNs where the service can limit an action to some; reads that cannot be limited have `*`. For an
    /// activity without targets, as in Terraform, they are all resources of the kind. A role that is assumed by
    /// `aws_assume_role_arn` is not in it.
    /// - Parameters:
    ///   - account: the number of the account; any account by default.
    ///   - partition: `aws`, `aws-cn` and so on; nil for that of the targets' regions.
    /// - Returns: the policy as a JSON document, the same for the same input.
    public static func policy(
        for activities: [(activity: NativeActivity, targets: [NativeActivity.Target])], account: String = "*",
        partition: String? = nil
    ) -> JSONValue {
        var resources: [String: Set<String>] = [:]
        for (activity, targets) in activities {
            for call in activity.calls + (activity.undo?.calls ?? []) {
                let arns = PolicyResources.all[call.action].map { kinds in
                    kinds.flatMap { $0.arns(targets, account: account, partition: partition) }
                }
                resources[call.action, default: []].formUnion(arns ?? ["*"])
            }
        }
        var statements: [(actions: [String], resources: [String])] = []
        for (action, arns) in resources.sorted(by: { $0.key < $1.key }) {
            let arns = arns.contains("*") ? ["*"] : arns.sorted()
            if let index = statements.firstIndex(where: { $0.resources == arns }) {
                statements[index].actions.append(action)
            } else {
                statements.append(([action], arns))
            }
        }
        return [
            "Version": "2012-10-17",
            "Statement": .array(
                statements.map { statement in
                    [
                        "Effect": "Allow", "Action": JSONValue(texts: statement.actions),
                        "Resource": statement.resources == ["*"] ? "*" : JSONValue(texts: statement.resources),
                    ]
                }),
        ]
    }
}

/// The resources to which the permission of an IAM action can be limited.
///
/// Source: "Actions, resources, and condition keys" of each service in AWS's service authorization reference. An action
/// that is not in the table has no such resources.
private enum PolicyResources {
    /// A kind of resource, and its ARN after the account.
    struct Kind: Sendable {
        /// The kinds of targets that are such resources, or whose ids contain their names.
        let targets: Set<String>
        let service: String
        /// The resource of a target's id, and of `*`.
        let resource: @Sendable (_ id: String) -> String

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
            return "arn:\(partition):\(service):\(isKnown ? region : "*"):\(account):\(resource(id))"
        }
    }

    private static let instance = Kind(targets: ["ec2:instance"], service: "ec2") { "instance/\($0)" }
    private static let spotRequest = Kind(targets: ["ec2:spot-instances-request"], service: "ec2") {
        "spot-instances-request/\($0)"
    }
    private static let managedInstance = Kind(targets: ["ssm:managed-instance"], service: "ssm") {
        "managed-instance/\($0)"
    }
    /// Documents of AWS have no account, and no target names a document.
    private static let document = Kind(targets: ["ssm:document"], service: "ssm") { "document/\($0)" }
    private static let group = Kind(targets: ["autoscaling:autoScalingGroup"], service: "autoscaling") {
        "autoScalingGroup:*:autoScalingGroupName/\($0)"
    }
    private static let cluster = Kind(targets: ["ecs:service", "ecs:task"], service: "ecs") { id in
        "cluster/\(id.prefix { $0 != "/" })"
    }
    private static let service = Kind(targets: ["ecs:service"], service: "ecs") { id in
        "service/\(id == "*" ? "*/*" : id)"
    }
    private static let task = Kind(targets: ["ecs:task"], service: "ecs") { id in "task/\(id == "*" ? "*/*" : id)" }
    private static let function = Kind(targets: ["lambda:function"], service: "lambda") { "function:\($0)" }
    private static let functionVersion = Kind(targets: ["lambda:function"], service: "lambda") { "function:\($0):*" }
    private static let alarm = Kind(targets: ["cloudwatch:alarm"], service: "cloudwatch") { "alarm:\($0)" }

    static let all: [String: [Kind]] = [
        "ec2:StopInstances": [instance], "ec2:StartInstances": [instance], "ec2:TerminateInstances": [instance],
        "ec2:RebootInstances": [instance], "ec2:CancelSpotInstanceRequests": [spotRequest],
        "autoscaling:SuspendProcesses": [group], "autoscaling:ResumeProcesses": [group],
        "ecs:DescribeClusters": [cluster], "ecs:UpdateService": [service], "ecs:DescribeServices": [service],
        "ecs:StopTask": [task],
        "ecs:DescribeTasks": [task],
        "lambda:PutFunctionConcurrency": [function], "lambda:DeleteFunctionConcurrency": [function],
        "lambda:GetFunctionConcurrency": [function], "lambda:GetFunctionConfiguration": [function, functionVersion],
        "lambda:ListTags": [function], "lambda:InvokeFunction": [function, functionVersion],
        "cloudwatch:DescribeAlarms": [alarm], "ssm:SendCommand": [document, instance, managedInstance],
    ]
}
