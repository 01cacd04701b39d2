import Foundation
import TestSupport

/// What a script of `Tools/aws-oracle` prints, line by line.
func oracle(_ script: String, _ arguments: String...) throws -> [String] {
    let path = Workspace.root.appending(path: "Tools/aws-oracle/" + script).path
    let result = try Command.run(Workspace.python, [path] + arguments)
    guard result.status == 0 else { throw OracleFailure(errors: result.errors) }
    return result.output.split(separator: "\n").map(String.init)
}

struct OracleFailure: Error { let errors: String }
