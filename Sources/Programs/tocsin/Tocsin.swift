import ArgumentParser
import Basics
import Glibc
import LocalCloud
import SystemPackage
import TextTables
import Transport

@main
struct Tocsin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Watches services and rehearses their failures; here, all on this machine.",
        discussion: """
            Examples:
              tocsin up                          the whole system, live
              tocsin check endpoints.yaml        a Gatus file's endpoints, now
              tocsin alarms plan                 alarms for what runs in AWS, before they are made
              tocsin chaos run experiment.yaml   a Chaos Toolkit experiment
              tocsin fargate adjust web --cpu 1 --memory 2   another size, or back where it was
              tocsin incident open "Checkout is slow" --service shop/api   what people are told
              tocsin notify --event alarm.json   an alarm to chat
              tocsin silence add alarm=cpu-high --for 2h   no message of it for two hours
              tocsin report --output site        service levels of the last 90 days, as pages
              tocsin invoke metric-writer --event event.json
              tocsin aws sts get-caller-identity who the credentials belong to
            """,
        version: "tocsin \(TocsinVersion.current)",
        subcommands: [
            UpCommand.self, CheckCommand.self, AlarmsCommand.self, ChaosCommand.self, FargateCommand.self,
            IncidentCommand.self, NotifyCommand.self, SilenceCommand.self, ReportCommand.self, InvokeCommand.self,
            AWSCommand.self,
        ]
    )
}

extension Tocsin {
    /// Runs the command that the arguments name.
    ///
    /// Not asynchronous: the main thread of such a program ends by `pthread_exit`, for which the C library sorts the
    /// unwind tables of the whole binary, a fifth of what a short command takes of the processor.
    static func main() {
        Task.detached {
            await runCommand()
            Glibc.exit(EXIT_SUCCESS)
        }
        while true { pause() }
    }

    /// A wrong call ends with Chaos Toolkit's exit status where it is one of its commands.
    private static func runCommand() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let isUsage = exitCode(for: error) == .validationFailure
            guard isUsage, CommandLine.arguments.dropFirst().first == "chaos" else { exit(withError: error) }
            printError(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}

/// A length of time on the command line, up to 366 days: `30s`, `1m30s`, `PT1M30S`; a bare number counts seconds.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration
    var defaultValueDescription: String { duration.text.filter { $0 != " " } }
    var description: String { defaultValueDescription }

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Duration(text: argument, bareUnit: .seconds(1)), .zero < duration,
            duration <= .seconds(366 * 86_400)
        else { return nil }
        self.init(duration)
    }
}

/// Prints a line on standard output.
/// - Throws: `Errno` when it cannot be written, such as on a full disk; `print` would say nothing.
func printLine(_ line: String) throws { try FileDescriptor.standardOutput.writeAll((line + "\n").utf8) }

/// The value of `--watch`; a time that cannot be used is told by its name, where the parser would call it unexpected.
struct WatchInterval: ExpressibleByArgument, CustomStringConvertible {
    let text: String
    /// nil for a time out of range.
    let span: TimeSpan?
    var description: String { text }
    var defaultValueDescription: String { text }

    /// nil for what is no time: then it is the next argument.
    init?(argument: String) {
        guard Duration(text: argument, bareUnit: .seconds(1)) != nil else { return nil }
        (text, span) = (argument, TimeSpan(argument: argument))
    }

    init(_ span: TimeSpan) { (text, self.span) = (span.description, span) }
}

/// Prints a text of one or more lines on standard error.
///
/// Control characters are replaced: names in files and messages of servers must not command the terminal.
func printError(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll((text.printableLines + "\n").utf8)
}

/// Prints a fault in the user's input.
///
/// The exit status, 64, differs from that of a failed function.
func usageError(_ message: String) -> ExitCode {
    printError("Error: \(message)")
    return .validationFailure
}

/// Runs the body and cancels it on Ctrl-C, Ctrl-\, SIGTERM and SIGHUP, so that it ends what it has started.
///
/// A second signal ends the process at once; the kernel then kills its children.
/// - Parameter end: called at the first signal; true when it makes the body end in its own order, uncancelled.
/// - Throws: what the body throws, usually `CancellationError` after a signal.
func withStopSignals<Result: Sendable>(
    endedBy end: @escaping @Sendable () -> Bool = { false }, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let loop = try EventLoop.onOwnThread()
    defer { loop.stop() }
    let stop = try await loop.stopRequest(by: SIGINT, SIGQUIT, SIGTERM, SIGHUP)
    let work = Task { try await body() }
    let stopping = Task {
        await stop.wait()
        if !end() { work.cancel() }
    }
    defer { stopping.cancel() }
    return try await work.value
}
