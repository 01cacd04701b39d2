/// What the permissions of EventBridge can be limited to.
extension PolicyResources {
    static let events: [String: [Kind]] = [:]
}
