/// What the permissions of Systems Manager can be limited to.
extension PolicyResources {
    private static let managedInstance = Kind(targets: ["ssm:managed-instance"], service: "ssm") {
        "managed-instance/\($0)"
    }
    /// Documents of AWS have no account, and no target names a document.
    private static let document = Kind(targets: ["ssm:document"], service: "ssm", scope: .anyAccount, hasTags: false) {
        "document/\($0)"
    }

    static let ssm: [String: [Kind]] = ["ssm:SendCommand": [document, instance, managedInstance]]
}
