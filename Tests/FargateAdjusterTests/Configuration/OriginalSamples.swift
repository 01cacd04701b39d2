import Basics
import FargateAdjuster
import Foundation
import JSON
import TestSupport

/// What servo-fargate said to configurations: recorded by running its code with a stand-in for boto3.
struct OriginalSample: Sendable, CustomStringConvertible {
    let name: String
    let row: JSONValue

    /// Whether `OPTUNE_ECS_USE_RANGES` was set.
    var usesRanges: Bool { row["ranges"]?.boolValue ?? false }
    var yaml: String { row["yaml"]?.stringValue ?? "" }
    /// The text of the exception; nil when there was none.
    var error: String? { row["error"]?.stringValue }
    /// Python's class of the exception.
    var errorClass: String? { row["class"]?.stringValue }
    /// Whether the original refused it in words of its own, and did not fall over it.
    var isRefused: Bool { errorClass == "AssertionError" || errorClass == "Exception" }
    var description: String { (usesRanges ? "ranges: " : "") + name }

    /// Reads the configuration with our reader.
    func configuration() throws(AdjusterError) -> AdjusterConfiguration {
        try AdjusterConfiguration(
            parsing: Array(yaml.utf8), file: "config.yaml",
            environment: Environment(usesRanges ? ["OPTUNE_ECS_USE_RANGES": "true"] : [:]))
    }

    /// The samples of a file.
    static func all(_ file: String) -> [OriginalSample] {
        let path = Workspace.root.appending(path: "Tests/FargateAdjusterTests/Samples/\(file)")
        guard let bytes = try? Data(contentsOf: path), let json = try? JSONValue(parsing: Array(bytes)) else {
            return []
        }
        return (json.arrayValue ?? []).map { OriginalSample(name: $0["name"]?.stringValue ?? "", row: $0) }
    }
}
