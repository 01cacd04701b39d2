import ArgumentParser

struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Runs chaos experiments: Chaos Toolkit's files, with its options and exit statuses.",
        discussion: """
            The exit status of run is 0 when the experiment completed and the system did not deviate, 1 for \
            everything else, 2 when the call is wrong.

            Examples:
              tocsin chaos validate experiment.yaml
              tocsin chaos run experiment.yaml --journal-path journal.json
              tocsin chaos run experiment.json --var region=eu-west-1 --dry actions
            """,
        subcommands: [ChaosRunCommand.self, ChaosValidateCommand.self, ChaosRecoverCommand.self]
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
