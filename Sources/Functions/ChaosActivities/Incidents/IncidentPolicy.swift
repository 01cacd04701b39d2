/// What the permissions of Incident Manager can be limited to.
extension PolicyResources {
    static let incidents: [String: [Kind]] = [:]
}
