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
    private let file: FileDescriptor?
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
        file = try? FileDescriptor.open(
            options.logFile, .writeOnly, options: [.create, .append],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        if file == nil { printError("Warning: the log file \(options.logFile) cannot be written") }
    }

    /// Writes a message.
    /// - Parameter onTerminal: whether it goes to standard error, too.
    func write(_ level: RunEvent.MessageLevel, _ text: String, onTerminal: Bool = true) {
        let time = Timestamp.now().iso8601(fractionDigits: 0).dropLast().replacing("T", with: " ")
        let name = level.rawValue.uppercased()
        let line = "[\(time) \(name)] \(text.printableLines)".replacing("\n", with: "\n    ")
        if let file, level.order >= (RunEvent.MessageLevel(rawValue: fileLevel.rawValue)?.order ?? 0) {
            _ = try? file.writeAll((line + "\n").utf8)
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

    /// Writes what an event tells a person.
    func write(_ event: RunEvent, onTerminal: Bool) {
        for (level, text) in event.messages { write(level, text, onTerminal: onTerminal) }
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
