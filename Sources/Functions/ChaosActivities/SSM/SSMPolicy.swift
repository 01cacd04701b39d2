/// What the permissions of Systems Manager can be limited to.
extension PolicyResources {
    private static let managedInstance = Kind(targets: ["ssm:managed-instance"], service: "ssm") {
        "managed-instance/\($0)"
    }
    /// Documents of AWS have no account, and no target names a document.
    private static let document = Kind(targets: ["ssm:document"], service: "ssm", scope: .anyAccount, hasTags: false) {
        "document/\($0)"
    }

    private static let parameter = Kind(targets: ["ssm:parameter"], service: "ssm") { id in
        // Of a name with folders the first slash is the one after the type.
        "parameter/\(id.hasPrefix("/") ? String(id.dropFirst()) : id)"
    }

    /// The only parameter that the probes of a load read.
    private static let queryToken = Kind(targets: [], service: "ssm") { _ in "parameter/query_token" }

    static let ssm: [String: [Kind]] = [
        "ssm:SendCommand": [document, instance, managedInstance], "ssm:CreateDocument": [document],
        "ssm:DescribeDocument": [document], "ssm:DeleteDocument": [document], "ssm:PutParameter": [parameter],
        "ssm:GetParameterHistory": [parameter], "ssm:DeleteParameter": [parameter],
        "ssm:ListTagsForResource": [document, parameter],
        "ssm:GetParameter": [parameter, queryToken],
    ]
}
