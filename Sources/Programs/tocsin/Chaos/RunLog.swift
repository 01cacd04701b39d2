import Basics
import Experiments
import Glibc
import JSON
import LocalCloud
import SystemPackage
import TextTables

/// The messages of a run: in lines on standard error, and in a log file.
///
/// The lines have Chaos Toolkit's form: `[2026-11-28 03:42:00 INFO] Running experiment: …`.
final class RunLog: Sendable {
    private let isVerbose: Bool
    private let asJSON: Bool
    private let hasColour: Bool
    private let file: LineFile?
    private let fileLevel: ChaosOptions.LogLevel

    /// A log as the options say.
    init(_ options: ChaosOptions, environment: [String: String], writesFile: Bool = true) {
        isVerbose = options.verbose
        asJSON = options.logFormat == .json
        hasColour = TerminalTraits(of: STDERR_FILENO, environment: environment).hasColour
        fileLevel = options.logFileLevel
        guard writesFile, !options.noLogFile else {
            file = nil
            return
        }
        do { file = try LineFile(options.logFile, [.create, .append]) } catch {
            file = nil
            printError("Warning: the log file \(options.logFile) cannot be written: \(error)")
        }
    }

    /// Writes a message.
    /// - Parameter onTerminal: whether it goes to standard error, too.
    func write(_ level: RunEvent.MessageLevel, _ text: String, onTerminal: Bool = true) {
        let time = Timestamp.now().iso8601(fractionDigits: 0).dropLast().replacing("T", with: " ")
        let name = level.rawValue.uppercased()
        let line = "[\(time) \(name)] \(text.printableLines)".replacing("\n", with: "\n    ")
        if let file, level.order >= (RunEvent.MessageLevel(rawValue: fileLevel.rawValue)?.order ?? 0) {
            file.write(line)
        }
        guard onTerminal, isVerbose || level != .debug else { return }
        if asJSON {
            let json: JSONValue = [
                "asctime": .string(String(time)), "levelname": .string(name), "message": .string(text),
            ]
            printError("\(json)")
        } else if hasColour {
            let end = line.firstIndex(of: "]").map { line.index(after: $0) } ?? line.startIndex
            // Not through `printError`: it would take the colours away. The line is already printable.
            let coloured = "\u{1B}[\(level.colour)m\(line[..<end])\u{1B}[39m\(line[end...])\n"
            _ = try? FileDescriptor.standardError.writeAll(coloured.utf8)
        } else {
            printError(line)
        }
    }

    /// Why the log file is not complete; nil when it is.
    var fileFailure: String? { file?.failure }

    /// Writes what an event tells a person.
    func write(_ event: RunEvent, onTerminal: Bool) {
        for (level, text) in event.messages { write(level, text, onTerminal: onTerminal) }
    }
}

/// A file that takes lines as they come.
///
/// When one cannot be written those after it are left out, so that no line stands in it in parts.
final class LineFile: Sendable {
    let path: String
    private let descriptor: FileDescriptor
    private let state = Locked<String?>(nil)

    /// - Throws: `Errno` when it cannot be opened.
    init(_ path: String, _ options: FileDescriptor.OpenOptions) throws {
        self.path = path
        descriptor = try FileDescriptor.open(
            path, .writeOnly, options: options, permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }

    /// Why it is not complete; nil when it is.
    var failure: String? { state.withLock { $0 } }

    func write(_ line: String) {
        state.withLock { failure in
            guard failure == nil else { return }
            do { _ = try descriptor.writeAll((line + "\n").utf8) } catch { failure = "\(error)" }
        }
    }
}

extension RunEvent.MessageLevel {
    /// More important messages have a higher order.
    fileprivate var order: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        case .critical: 4
        }
    }

    fileprivate var colour: Int {
        switch self {
        case .debug: 36
        case .info: 32
        case .warning: 33
        case .error, .critical: 31
        }
    }
}
