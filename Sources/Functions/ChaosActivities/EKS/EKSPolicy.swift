/// What the permissions of EKS can be limited to.
extension PolicyResources {
    static let eks: [String: [Kind]] = [:]
}
