import Basics
import Foundation
import JSON
import TestSupport

@testable import FargateAdjuster

/// What the original's driver answered, as `Tools/fargate-driver-samples/record.py` has recorded it.
enum DriverSamples {
    /// What a driver left behind.
    struct Answer: Sendable, Hashable {
        var status: Int
        var output: String
        var errors: String
    }

    /// Its answers to command lines.
    static let arguments: [(arguments: [String], answer: Answer)] = samples("arguments").map {
        (($0["arguments"]?.arrayValue ?? []).compactMap(\.stringValue), answer($0))
    }

    /// Its answers to standard inputs that it can do nothing with.
    static let inputs: [(input: String, answer: Answer)] = samples("inputs").map {
        ($0["input"]?.stringValue ?? "", answer($0))
    }

    static func samples(_ name: String) -> [JSONValue] {
        let file = Workspace.root.appending(path: "Tests/FargateAdjusterTests/Samples/driver.json")
        let json = (try? Data(contentsOf: file)).flatMap { try? JSONValue(parsing: Array($0)) }
        return json?[name]?.arrayValue ?? []
    }

    private static func answer(_ json: JSONValue) -> Answer {
        Answer(
            status: Int(json["status"]?.intValue ?? -1), output: json["output"]?.stringValue ?? "",
            errors: json["errors"]?.stringValue ?? "")
    }
}

/// The driver's output, kept in place of being written.
final class DriverTranscript: Sendable {
    private let state = Locked((output: [String](), errors: [String]()))

    /// The lines of standard output.
    var lines: [String] { state.withLock { $0.output } }
    /// The lines of standard error.
    var errors: [String] { state.withLock { $0.errors } }

    /// What the driver writes to.
    var output: DriverOutput {
        DriverOutput(
            output: { line, _ in self.state.withLock { $0.output.append(Self.text(line)) } },
            errors: { line in self.state.withLock { $0.errors.append(Self.text(line)) } })
    }

    private static func text(_ line: [UInt8]) -> String { String(decoding: line.dropLast(), as: UTF8.self) }
}

/// The built binary.
enum DriverProgram {
    /// Next to the test's own executable.
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "adjust").path

    /// Runs it to its end.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> DriverSamples.Answer {
        let result = try await blocking {
            try Command.run(path, arguments, input: input, environment: environment)
        }
        return DriverSamples.Answer(status: Int(result.status), output: result.output, errors: result.errors)
    }

    /// Does what blocks on a thread of its own: the pool has only as many threads as the machine has cores.
    static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}
