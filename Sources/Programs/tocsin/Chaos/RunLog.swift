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
    init(_ options: ChaosOptions, environment: [String: String]) {
        isVerbose = options.verbose
        asJSON = options.logFormat == .json
        hasColour = TerminalTraits(of: STDERR_FILENO, environment: environment).hasColour
        fileLevel = options.logFileLevel
        guard !options.noLogFile else {
            file = nil
            return
        }
        file = try? FileDescriptor.open(
            options.logFile, .writeOnly, options: [.create, .append],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        if file == nil { printError("Warning: the log file \(options.logFile) cannot be written") }
    }

    /// Writes a message.
    func write(_ level: RunEvent.MessageLevel, _ text: String) {
        let time = Timestamp.now().iso8601(fractionDigits: 0).dropLast().replacing("T", with: " ")
        let name = level.rawValue.uppercased()
        let line = "[\(time) \(name)] \(text.printableLines)".replacing("\n", with: "\n    ")
        if let file, level.order >= (RunEvent.MessageLevel(rawValue: fileLevel.rawValue)?.order ?? 0) {
            _ = try? file.writeAll((line + "\n").utf8)
        }
        guard isVerbose || level != .debug else { return }
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
    func write(_ event: RunEvent) {
        switch event {
        case .started(let title): write(.info, "Running experiment: \(title)")
        case .hypothesisStarted(.during, let frequency):
            write(.info, "Executing the steady-state hypothesis continuously every \((frequency ?? .zero).text)")
        case .hypothesisStarted(let phase, _): write(.info, "Steady state hypothesis \(phase.rawValue) the method")
        case .hypothesisCompleted(_, nil, let state):
            if state?["steady_state_met"] == true { write(.info, "Steady state hypothesis is met!") }
        case .hypothesisCompleted: break
        case .methodStarted: write(.info, "Playing your experiment's method now...")
        case .methodCompleted: break
        case .rollbacksStarted: write(.info, "Let's rollback...")
        case .rollbacksCompleted: break
        case .pauseStarted(_, let duration, let isBefore, let isSkipped):
            let when = isBefore ? "before next" : "after"
            write(.info, "Pausing \(when) activity for \(duration.text)\(isSkipped ? " (skipped)" : "")...")
        case .activityStarted(let activity, _):
            let kind = activity.kind == .action ? "Action" : "Probe"
            write(.info, "\(kind): \(activity.name)\(activity.isBackground ? " [in background]" : "")")
        case .activityCompleted(let activity, _, let record): writeEnd(of: activity, record)
        case .interrupted(let reason): write(.warning, "The experiment is interrupted: \(reason.text)")
        case .message(let level, let text): write(level, text)
        case .finished(let journal):
            let deviated = journal["deviated"] == true
            let status = deviated ? "deviated" : journal["status"]?.stringValue ?? ""
            write(.info, "Experiment ended with status: \(status)")
            if deviated { write(.info, "The steady-state has deviated, a weakness may have been discovered") }
        }
    }

    private func writeEnd(of activity: Activity, _ record: JSONObject) {
        let output = "\(record["output"] ?? .null)"
        switch record["status"] {
        case "succeeded": write(.debug, "  => succeeded with \(output)")
        case "failed":
            let message = record["exception"]?[0]?.stringValue?.trimmingWhitespace ?? ""
            write(.error, "  => failed: \(message)")
        default: write(.error, "  => \(activity.name) did not end")
        }
        let status = record["output"]?["status"]?.intValue ?? 0
        if activity.tolerance == nil, activity.provider["type"] == "http", status > 399 {
            write(.warning, "This HTTP call was answered with status \(status). Was that expected?")
        } else if activity.tolerance == nil, activity.provider["type"] == "process", status > 0 {
            write(.warning, "This process ended with \(status). Was that expected?")
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
