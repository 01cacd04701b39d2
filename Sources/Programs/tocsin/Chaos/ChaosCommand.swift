import AWS
import ArgumentParser
import Basics
import Experiments
import Glibc
import StateStore
import SystemPackage
import Transport

struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Runs chaos experiments: Chaos Toolkit's files, with its options and exit statuses.",
        discussion: """
            The exit status of run is 0 when the experiment completed and the system did not deviate, 1 for \
            everything else, 2 when the call is wrong.

            Examples:
              tocsin chaos init                              a new experiment, by questions
              tocsin chaos validate experiment.yaml          everything that is wrong with it
              tocsin chaos plan experiment.yaml              what it would hit, with what undo
              tocsin chaos run experiment.yaml               runs it; the journal goes to journal.json
              tocsin chaos report journal.json -o run.html   a page on it
              tocsin chaos stop --all                        ends all runs of this machine, with their rollbacks
              tocsin chaos recover                           puts back what dead runs have left broken
            """,
        subcommands: [
            ChaosRunCommand.self, ChaosValidateCommand.self, ChaosPlanCommand.self, ChaosInitCommand.self,
            ChaosDiscoverCommand.self, ChaosConvertCommand.self, ChaosReportCommand.self, ChaosHoldCommand.self,
            ChaosResumeCommand.self, ChaosStopCommand.self, ChaosApproveCommand.self, ChaosRecoverCommand.self,
            ChaosDocumentsCommand.self, ChaosInfoCommand.self, ChaosSettingsCommand.self,
        ]
    )

    @OptionGroup var options: ChaosOptions
}

/// The options that stand before the subcommand, as Chaos Toolkit's.
struct ChaosOptions: ParsableArguments {
    @Flag(help: "Show debug messages, too.")
    var verbose = false

    @Flag(help: "Accepted for Chaos Toolkit's sake: no version is ever looked up.")
    var noVersionCheck = false

    @Option(help: ArgumentHelp("The folder to work in.", valueName: "path"))
    var changeDir: String?

    @Flag(help: "Write no log file.")
    var noLogFile = false

    @Option(help: ArgumentHelp("The log file.", valueName: "path"))
    var logFile = "chaostoolkit.log"

    @Option(help: ArgumentHelp("The least important messages in the log file.", valueName: "level"))
    var logFileLevel = LogLevel.debug

    @Option(help: ArgumentHelp("The form of messages on the terminal: string or json.", valueName: "form"))
    var logFormat = LogFormat.string

    @Option(help: ArgumentHelp("The settings.", valueName: "path"))
    var settings: String?

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case debug, info, warning, error, critical
    }

    enum LogFormat: String, ExpressibleByArgument, CaseIterable {
        case string, json
    }
}

extension ChaosCommand {
    /// Runs the body of a subcommand in the folder of `--change-dir`, on an event loop of its own.
    ///
    /// What is wrong is told in the log, and the exit status is 1.
    /// - Parameter logsToFile: whether messages go to the log file, too, as for the commands of Chaos Toolkit.
    func withSession<Result>(
        verifiesTLS: Bool = true, logsToFile: Bool = false, _ body: (ChaosSession, RunLog) async throws -> Result
    ) async throws -> Result {
        let environment = Environment.current().variables
        // As in Chaos Toolkit the log file is where the command was called.
        let log = RunLog(options, environment: environment, writesFile: logsToFile)
        if let folder = options.changeDir, chdir(folder) != 0 {
            printError("Error: the folder \(folder) cannot be entered: \(SystemError.last)")
            throw ExitCode(2)
        }
        let loop = try EventLoop.onOwnThread()
        defer {
            if let failure = log.fileFailure {
                printError("Warning: the log file \(options.logFile) is not complete: \(failure)")
            }
        }
        do {
            return try await withTaskExecutorPreference(loop) {
                try await body(ChaosSession(loop: loop, environment: environment, verifiesTLS: verifiesTLS), log)
            }
        } catch let error as ExitCode {
            throw error
        } catch let error as ExperimentError {
            log.write(.error, error.message)
        } catch let error as CleanExit {
            throw error
        } catch {
            log.write(.error, "\(error)")
        }
        throw ExitCode.failure
    }
}

/// Writes a file in one step, or standard output when there is no path.
func writeOutput(_ text: String, to path: String?) throws {
    guard let path, path != "-" else {
        try FileDescriptor.standardOutput.writeAll((text.hasSuffix("\n") ? text : text + "\n").utf8)
        return
    }
    do {
        try replaceFile(path, with: Array(text.utf8), draft: "\(path).\(getpid())", permissions: 0o644)
    } catch {
        printError("Error: \(path) cannot be written: \(error)")
        throw ExitCode.failure
    }
}
