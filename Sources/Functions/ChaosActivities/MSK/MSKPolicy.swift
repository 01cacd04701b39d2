/// What the permissions of MSK can be limited to.
extension PolicyResources {
    static let msk: [String: [Kind]] = [:]
}
