/// What the permissions of Route 53 can be limited to.
extension PolicyResources {
    static let route53: [String: [Kind]] = [:]
}
