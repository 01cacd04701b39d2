/// What the permissions of the services whose faults need no agent can be limited to.
extension PolicyResources {
    private static let listener = Kind(targets: ["elasticloadbalancing:listener"], service: "elasticloadbalancing") {
        "listener/\($0)"
    }
    // The rules of a listener have its name and one of their own.
    private static let rule = Kind(targets: ["elasticloadbalancing:listener"], service: "elasticloadbalancing") { id in
        "listener-rule/\(id == "*" ? "*" : "\(id)/*")"
    }
    private static let table = Kind(targets: ["dynamodb:table"], service: "dynamodb") { "table/\($0)" }
    private static let queue = Kind(targets: ["sqs:queue"], service: "sqs") { $0 }

    static let serviceFaults: [String: [Kind]] = [
        "elasticloadbalancing:CreateRule": [listener], "elasticloadbalancing:DeleteRule": [rule],
        "elasticloadbalancing:SetRulePriorities": [rule],
        "dynamodb:DescribeTable": [table], "dynamodb:ListTagsOfResource": [table], "dynamodb:UpdateTable": [table],
        "sqs:GetQueueUrl": [queue], "sqs:ListQueueTags": [queue], "sqs:GetQueueAttributes": [queue],
        "sqs:SetQueueAttributes": [queue],
    ]
}
