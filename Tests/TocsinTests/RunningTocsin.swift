import Foundation
import TestSupport

/// A `tocsin` whose messages can be waited for while it runs.
final class RunningTocsin: @unchecked Sendable {
    private let process = Process()
    private let pipe = Pipe()
    private let ended = Gate()
    private(set) var text = ""

    init(_ arguments: [String], folder: URL, environment: [String: String]) throws {
        process.executableURL = URL(fileURLWithPath: BuiltTocsin.path)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = pipe
        process.terminationHandler = { [ended] _ in ended.open() }
        try process.run()
        // A defect must fail the test, not hang it.
        let number = process.processIdentifier
        DispatchQueue.global().asyncAfter(deadline: .now() + 120) { [weak self] in
            if self?.process.isRunning == true { kill(number, SIGKILL) }
        }
    }

    /// Reads messages until one contains a text.
    func wait(for part: String) throws {
        while !text.contains(part) {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { throw ServerError("it ended without \"\(part)\":\n\(text)") }
            text += String(decoding: data, as: UTF8.self)
        }
    }

    var isRunning: Bool { process.isRunning }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Reads the rest.
    /// - Returns: the exit status, or 128 + the signal that ended it.
    func end() -> Int32 {
        while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
        }
        ended.wait()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// Whether a message stands before another one.
    func tells(_ first: String, before second: String) -> Bool {
        guard let one = text.range(of: first), let other = text.range(of: second) else { return false }
        return one.lowerBound < other.lowerBound
    }
}
