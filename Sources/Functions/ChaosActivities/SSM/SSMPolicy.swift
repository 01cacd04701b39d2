/// What the permissions of Systems Manager can be limited to.
extension PolicyResources {
    private static let managedInstance = Kind(targets: ["ssm:managed-instance"], service: "ssm") {
        "managed-instance/\($0)"
    }
    /// Documents of AWS have no account, and no target names a document.
    private static let document = Kind(targets: ["ssm:document"], service: "ssm") { "document/\($0)" }

    /// The only parameter that is read, by the probes of a load.
    private static let parameter = Kind(targets: [], service: "ssm") { _ in "parameter/query_token" }

    static let ssm: [String: [Kind]] = [
        "ssm:SendCommand": [document, instance, managedInstance], "ssm:GetParameter": [parameter],
    ]
}
