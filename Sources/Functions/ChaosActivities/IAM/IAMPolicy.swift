/// What the permissions of IAM can be limited to.
extension PolicyResources {
    static let iam: [String: [Kind]] = [:]
}
