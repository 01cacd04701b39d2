/// What the permissions of EKS can be limited to.
extension PolicyResources {
    private static let cluster = Kind(targets: ["eks:cluster"], service: "eks") { "cluster/\($0)" }

    static let eks: [String: [Kind]] = ["eks:DescribeCluster": [cluster], "eks:DeleteCluster": [cluster]]
}
