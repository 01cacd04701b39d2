import ArgumentParser
import Glibc
import LocalCloud
import Synchronization
import SystemPackage
import TextTables

/// Runs a body; from the third second on its progress is shown five times a second, and cleared at the end.
/// - Parameters:
///   - text: how far the body has come.
///   - show: shows a text in the place of the one before; nil clears it.
func withProgress<Result: Sendable>(
    _ text: @Sendable @escaping () -> String, on show: @Sendable @escaping (String?) -> Void,
    of body: @Sendable @escaping () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try? await Task.sleep(for: .seconds(2))
            guard !Task.isCancelled else { return nil }
            while !Task.isCancelled {
                show(text())
                try? await Task.sleep(for: .milliseconds(200))
            }
            show(nil)
            return nil
        }
        let result = try await group.next() ?? nil
        group.cancelAll()
        _ = try await group.next()
        guard let result else { throw CancellationError() }
        return result
    }
}

/// Writes a line of progress to standard error, over the one before; nil clears it.
func showProgressLine(_ text: String?) {
    _ = try? FileDescriptor.standardError.writeAll("\r\(text ?? "")\u{1B}[K".utf8)
}

/// Runs a body that tells how far it has come: from the third second on that is shown, where standard error is a
/// terminal.
func withProgressLine<Result: Sendable>(
    environment: [String: String],
    _ body: @escaping @Sendable (_ progress: @escaping @Sendable (String) -> Void) async throws -> Result
) async throws -> Result {
    guard TerminalTraits(of: STDERR_FILENO, environment: environment).size != nil else {
        return try await body { _ in }
    }
    let state = ProgressText()
    return try await withProgress {
        state.text.withLock { $0 }
    } on: { text in
        // A line that wraps could not be written over.
        let columns = TerminalTraits(of: STDERR_FILENO, environment: environment).size?.columns ?? 80
        showProgressLine(text?.printable.cut(to: columns - 1))
    } of: {
        try await body { text in state.text.withLock { $0 = text } }
    }
}

private final class ProgressText: Sendable {
    let text = Mutex("Starting …")
}

/// Runs a body, and redraws a view twice a second meanwhile.
func whileRedrawn<Result: Sendable>(
    _ draw: @escaping @Sendable () -> Void, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                draw()
            }
            return nil
        }
        defer { group.cancelAll() }
        while let result = try await group.next() { if let result { return result } }
        throw CancellationError()
    }
}

/// Prints lines as wide as the terminal, with colours where it has them.
func printLines(
    environment: [String: String], _ lines: (_ width: Int, _ colour: Bool) -> [String]
) throws {
    let traits = TerminalTraits(of: STDOUT_FILENO, environment: environment)
    try printLine(lines(traits.size?.columns ?? 100, traits.hasColour).joined(separator: "\n"))
}

/// Asks a question that `y` answers with yes.
///
/// - Throws: `ExitCode` for another answer, and where nobody can be asked.
func confirm(_ question: String) throws {
    guard isatty(STDIN_FILENO) == 1 else {
        throw usageError("standard input is no terminal, so nobody can be asked: give --yes to go ahead")
    }
    _ = try? FileDescriptor.standardError.writeAll("\(question) [y/N] ".utf8)
    let answer = readLine()?.lowercased()
    guard answer == "y" || answer == "yes" else {
        printError("Nothing was changed.")
        throw ExitCode.failure
    }
}
