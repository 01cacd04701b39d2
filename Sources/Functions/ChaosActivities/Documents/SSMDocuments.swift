public import JSON

/// A document of Systems Manager: a fault on a host, or in the containers of a host.
public struct SSMDocument: Sendable {
    /// The name that activities send.
    public let name: String
    /// Other spellings under which experiments name it; each is a document of its own with the same content.
    public let aliases: [String]
    /// What the fault does, in a sentence.
    public let summary: String
    /// By their names, as the document has them: type, default, description, allowed values and pattern.
    public let parameters: JSONObject
    /// What CreateDocument takes as content.
    public let content: JSONValue
}

/// The documents that activities send to hosts, made of the scripts in Tools/ssm-documents.
public enum SSMDocuments {
    /// All, by name.
    public static func all() throws(JSONError) -> [SSMDocument] {
        let table = try JSONValue(parsing: table)
        let scripts = table["scripts"] ?? [:]
        return (table["documents"]?.objectValue ?? [:]).map { name, entry in
            let summary = entry["description"]?.stringValue ?? ""
            let parameters = entry["parameters"]?.objectValue ?? [:]
            let parts = (entry["scripts"]?.arrayValue ?? []).map { scripts[$0.stringValue ?? ""] }
            let texts = ([entry["start"]] + parts + [entry["end"]]).map { $0?.stringValue ?? "" }
            let lines = texts.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
            let content: JSONObject = [
                "schemaVersion": "2.2", "description": .string(summary), "parameters": .object(parameters),
                "mainSteps": [
                    [
                        "action": "aws:runShellScript", "name": "fault",
                        "precondition": ["StringEquals": ["platformType", "Linux"]],
                        "inputs": [
                            "timeoutSeconds": table["timeout"] ?? .null,
                            "runCommand": .array(lines.map { .string(String($0)) }),
                        ],
                    ]
                ],
            ]
            return SSMDocument(
                name: name, aliases: (entry["aliases"]?.arrayValue ?? []).compactMap(\.stringValue), summary: summary,
                parameters: parameters, content: .object(content))
        }
    }
}
