import Foundation
import TestSupport
import Testing

@testable import AWS

/// What a script of `Tools/aws-oracle` prints, line by line.
func oracle(_ script: String, _ arguments: String...) throws -> [String] { try oracle(script, arguments) }

func oracle(_ script: String, _ arguments: [String]) throws -> [String] {
    let path = Workspace.root.appending(path: "Tools/aws-oracle/" + script).path
    let result = try Command.run(Workspace.python, [path] + arguments)
    guard result.status == 0 else { throw OracleFailure(errors: result.errors) }
    return result.output.split(separator: "\n").map(String.init)
}

struct OracleFailure: Error { let errors: String }

extension TestModel {
    /// The services that programs can name, and that botocore has.
    static let shipped = allCases.filter { !$0.rawValue.hasPrefix("zoo-") }

    private static let models = Result {
        try Dictionary(
            uniqueKeysWithValues: allCases.map { service in
                (service, try ServiceModel(service.lines, customizations: service.customizations))
            })
    }

    /// The model, read once for all tests.
    func model() throws -> ServiceModel { try #require(try Self.models.get()[self]) }
}
