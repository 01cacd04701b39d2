import Basics
import DurableExecution
import Foundation
import JSON
import TestSupport
import Testing

/// What was really done, in order, by all executions of a test.
final class Effects: Sendable {
    private let state = Locked<[String]>([])

    var all: [String] { state.withLock { $0 } }

    func add(_ text: String) { state.withLock { $0.append(text) } }
}

/// An error of the tests; `Boom` is its type where it is remembered.
struct Boom: Error, CustomStringConvertible {
    var description = "it went wrong"

    init(_ description: String = "it went wrong") { self.description = description }
}

extension DurableRun.Outcome {
    var result: JSONValue? { if case .completed(let result) = self { result } else { nil } }
}

/// A place for runs: each call opens the same one, as another process would.
struct Place: Sendable, CustomTestStringConvertible {
    let name: String
    let open: @Sendable (_ folder: URL) -> DurableRun

    var testDescription: String { name }

    static let file = Place(name: "file") { DurableRun.file($0.appending(path: "run.jsonl").path) }

    /// The same value each time is the same run.
    static var memory: Place {
        let run = DurableRun.memory
        return Place(name: "memory") { _ in run }
    }
}
