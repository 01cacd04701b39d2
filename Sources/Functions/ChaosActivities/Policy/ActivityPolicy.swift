import AWS
public import Experiments
public import JSON

extension ChaosActivities {
    /// The IAM policy that runs and undoes activities on these targets, and allows nothing else.
    ///
    /// Resources are ARNs where the service can limit an action to some; reads that cannot be limited have `*`. For an
    /// activity without targets, as in Terraform, they are all resources of the kind. Changes of targets that are given
    /// as ARNs are limited to these. A role that is assumed by `aws_assume_role_arn` is not in it.
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
            let calls = (activity.calls + (activity.undo?.calls ?? [])).filter { $0.system == .aws }
            let changes = Set(calls.filter { !$0.isRead }.map(\.action))
            let named = targets.compactMap(\.arn)
            for action in DependentPermissions.added(to: calls.map(\.action)) {
                if !named.isEmpty, changes.contains(action) {
                    resources[action, default: []].formUnion(named)
                    continue
                }
                let arns = PolicyResources.all[action].map { kinds in
                    kinds.flatMap { $0.arns(targets, account: account, partition: partition) }
                }
                resources[action, default: []].formUnion(arns ?? ["*"])
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
