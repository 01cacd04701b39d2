/// What the permissions of ElastiCache can be limited to.
extension PolicyResources {
    static let elastiCache: [String: [Kind]] = [:]
}
