/// What the permissions of X-Ray can be limited to.
extension PolicyResources {
    static let xray: [String: [Kind]] = [:]
}
