/// What the permissions of EMR can be limited to.
extension PolicyResources {
    /// Fleets and groups belong to the permissions of their cluster: their ids are `cluster/fleet`.
    private static let cluster = Kind(
        targets: ["elasticmapreduce:cluster", "elasticmapreduce:instancefleet", "elasticmapreduce:instancegroup"],
        service: "elasticmapreduce"
    ) { id in "cluster/\(id.prefix { $0 != "/" })" }

    static let emr: [String: [Kind]] = [
        "elasticmapreduce:DescribeCluster": [cluster], "elasticmapreduce:ModifyCluster": [cluster],
        "elasticmapreduce:ModifyInstanceFleet": [cluster], "elasticmapreduce:ModifyInstanceGroups": [cluster],
        "elasticmapreduce:ListInstanceFleets": [cluster], "elasticmapreduce:ListInstanceGroups": [cluster],
        "elasticmapreduce:ListInstances": [cluster],
    ]
}
