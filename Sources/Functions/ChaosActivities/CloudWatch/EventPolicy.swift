/// What the permissions of EventBridge can be limited to.
extension PolicyResources {
    /// A rule of the default bus.
    private static let rule = Kind(targets: ["events:rule"], service: "events") { "rule/\($0)" }

    static let events: [String: [Kind]] = [
        "events:DescribeRule": [rule], "events:ListTagsForResource": [rule], "events:PutRule": [rule],
        "events:DeleteRule": [rule], "events:EnableRule": [rule], "events:DisableRule": [rule],
        "events:ListTargetsByRule": [rule], "events:PutTargets": [rule], "events:RemoveTargets": [rule],
    ]
}
