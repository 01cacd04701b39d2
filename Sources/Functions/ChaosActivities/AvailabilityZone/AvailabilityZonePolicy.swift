/// What the permissions of the network of a zone can be limited to.
extension PolicyResources {
    static let availabilityZones: [String: [Kind]] = [:]
}
