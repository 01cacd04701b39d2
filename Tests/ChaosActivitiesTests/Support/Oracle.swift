import Basics
import Foundation
import JSON
import TestSupport

/// chaosaws on a moto server of its own, in one Python process; see oracle/main.py.
///
/// The state of moto is one for all, so its tests run one after the other: they are in ``MotoTests``.
final class Oracle: Sendable {
    /// The one of these tests; started by the first that asks.
    static let shared = Result { try Oracle() }

    /// Where moto listens.
    let url: String
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private let unread = Locked(Data())
    /// The setup whose state is there, and the names of its resources; nil when something has changed it.
    private let prepared = Locked<(setup: String, names: [String: String])?>(nil)

    private init() throws {
        process.executableURL = URL(fileURLWithPath: Workspace.python)
        process.arguments = [Workspace.root.appending(path: "Tests/ChaosActivitiesTests/oracle/main.py").path]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        url = try Self.line(output, unread)["url"]?.stringValue ?? ""
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Sets up a state, unless it is there unchanged.
    ///
    /// - Returns: the ids of its resources by name.
    func prepare(_ setup: String) throws -> [String: String] {
        if setup.isEmpty { return [:] }
        if let prepared = prepared.withLock({ $0 }), prepared.setup == setup { return prepared.names }
        let names = try ask(["command": "prepare", "setup": .string(setup)])["names"]?.objectValue ?? [:]
        let texts = Dictionary(uniqueKeysWithValues: names.map { ($0.key, $0.value.stringValue ?? "") })
        prepared.withLock { $0 = (setup, texts) }
        return texts
    }

    /// Lets the next test have a state of its own: this one is changed.
    func discardState() { prepared.withLock { $0 = nil } }

    /// What a test compares of the state of AWS.
    func state() throws -> JSONValue { try ask(["command": "state"]) }

    /// Begins a script: the answers of some operations, by `service:Operation`, which moto does not give.
    ///
    /// A reply is an output as boto3 has it, or `{"error", "message", "status"}`; the last one is for all further
    /// calls.
    /// - Returns: where the scripted AWS listens. What the script does not have moto answers.
    ///   moto's own address without a script.
    @discardableResult
    func script(_ replies: JSONObject, filledWith names: [String: String] = [:]) throws -> String {
        let answer = try ask(["command": "scripting", "replies": JSONValue.object(replies).filled(names)])
        return replies.isEmpty ? url : answer["url"]?.stringValue ?? ""
    }

    /// What was sent to the script's operations so far.
    func scriptedRequests() throws -> JSONValue { try ask(["command": "scripted_requests"]) }

    /// Calls boto3, to change the state between two steps of a test.
    @discardableResult
    func call(_ service: String, _ operation: String, _ arguments: JSONValue) throws -> JSONValue {
        discardState()
        return try ask([
            "command": "call", "service": .string(service), "operation": .string(operation), "arguments": arguments,
        ])
    }

    /// Asks oracle/main.py.
    func ask(_ request: JSONValue) throws -> JSONValue {
        try input.fileHandleForWriting.write(contentsOf: request.serialized() + [0x0A])
        let answer = try Self.line(output, unread)
        if let failure = answer["failure"]?.stringValue { throw OracleError(description: failure) }
        return answer
    }

    private static func line(_ output: Pipe, _ unread: Locked<Data>) throws -> JSONValue {
        try unread.withLock { unread in
            while true {
                if let end = unread.firstIndex(of: 0x0A) {
                    let line = [UInt8](unread[..<end])
                    unread = Data(unread[(end + 1)...])
                    return try JSONValue(parsing: line)
                }
                let piece = output.fileHandleForReading.availableData
                guard !piece.isEmpty else {
                    throw OracleError(description: "oracle/main.py ended: run ./build.sh setup")
                }
                unread += piece
            }
        }
    }
}

struct OracleError: Error, CustomStringConvertible {
    let description: String
}
