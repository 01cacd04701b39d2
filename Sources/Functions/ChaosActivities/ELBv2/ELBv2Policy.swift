/// What the permissions of Elastic Load Balancing can be limited to.
extension PolicyResources {
    static let elbv2: [String: [Kind]] = [:]
}
