/// What the permissions of FIS can be limited to.
extension PolicyResources {
    static let fis: [String: [Kind]] = [:]
}
