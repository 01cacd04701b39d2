/// What the permissions of the services whose faults need no agent can be limited to.
extension PolicyResources {
    static let serviceFaults: [String: [Kind]] = [:]
}
