/// What the permissions of Managed Streaming for Kafka can be limited to.
extension PolicyResources {
    private static let cluster = Kind(targets: ["kafka:cluster"], service: "kafka") { id in
        "cluster/\(id == "*" ? "*/*" : id)"
    }
    /// The id of a broker is `cluster/uuid/number`.
    private static let clusterOfBroker = Kind(targets: ["kafka:broker"], service: "kafka") { id in
        id == "*" ? "cluster/*/*" : "cluster/\(id.split(separator: "/").prefix(2).joined(separator: "/"))"
    }

    static let msk: [String: [Kind]] = [
        "kafka:RebootBroker": [clusterOfBroker], "kafka:DeleteCluster": [cluster],
    ]
}
