/// What the permissions of X-Ray can be limited to: what the probes need cannot be limited.
extension PolicyResources {
    static let xray: [String: [Kind]] = [:]
}
