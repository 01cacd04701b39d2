/// What the permissions of RDS can be limited to.
extension PolicyResources {
    static let rds: [String: [Kind]] = [:]
}
