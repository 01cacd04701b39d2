/// What the permissions of EMR can be limited to.
extension PolicyResources {
    static let emr: [String: [Kind]] = [:]
}
