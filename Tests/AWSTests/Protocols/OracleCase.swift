import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// One line of `Tools/aws-models/oracle.py`: what botocore makes of an input or a response.
struct OracleCase {
    let kind: String
    let operation: OperationModel
    let input: JSONValue
    let line: JSONValue

    var expected: JSONValue { line["expected"] ?? .null }

    /// All cases of one service, the same for the same seed.
    static func all(
        of service: String, _ model: ServiceModel, seed: Int, count: Int
    ) throws -> [OracleCase] {
        let script = Workspace.root.appending(path: "Tools/aws-models/oracle.py").path
        let result = try Command.run(Workspace.python, ["-B", script, service, String(seed), String(count)])
        try #require(result.status == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map { text in
            let line = try JSONValue(parsing: Array(text.utf8))
            return OracleCase(
                kind: try #require(line["kind"]?.stringValue),
                operation: try model.operation(try #require(line["operation"]?.stringValue)),
                input: try #require(line["input"]),
                line: line
            )
        }
    }

    /// The response that botocore parsed.
    func response() throws -> WireResponse {
        let response = try #require(line["response"])
        let headers = try #require(response["headers"]?.objectValue)
        return WireResponse(
            status: Int(try #require(response["status"]?.intValue)),
            headers: HTTPHeaders(headers.map { (name: $0.key, value: $0.value.stringValue ?? "") }),
            body: try #require(response["body"]?.stringValue.flatMap(Base64.decode))
        )
    }
}
