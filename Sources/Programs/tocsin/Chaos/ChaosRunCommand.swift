public import ArgumentParser
import Basics
public import Experiments

struct ChaosRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the experiment at SOURCE, and writes its journal.",
        discussion: """
            SOURCE is a file, - for standard input, an http(s):// URL or s3://bucket/key, JSON or YAML. Ctrl-C ends the experiment and plays \
            its rollbacks; a second one ends the rollbacks.

            Examples:
              tocsin chaos run experiment.yaml
              tocsin chaos run experiment.yaml --hypothesis-strategy continuously --hypothesis-frequency 5 --fail-fast
              tocsin chaos run experiment.yaml --guard guard.yaml --stop-on checkout-errors --report run.html
              tocsin chaos run experiment.yaml --output agent --dry actions
              tocsin chaos run experiment.yaml --var url=http://127.0.0.1:8080 --rollback-strategy always
            """
    )

    @Argument(help: "The experiment.")
    var source: String

    @Option(help: ArgumentHelp("Where the journal goes.", valueName: "path"))
    var journalPath = "./journal.json"

    @Option(help: ArgumentHelp("Leave out probes, actions, activities (both) or pauses (pause).", valueName: "what"))
    var dry: RunOptions.Dry?

    @Flag(help: "Run without validating first.")
    var noValidation = false

    @Flag(name: .customLong("no-verify-tls"), help: "Do not verify the certificate of the experiment's server.")
    var noVerifyTLS = false

    @Option(help: ArgumentHelp("When rollbacks are played: default, always, never, deviated.", valueName: "strategy"))
    var rollbackStrategy: RunOptions.RollbackStrategy?

    @OptionGroup var values: ValueOptions

    @Option(help: ArgumentHelp("Controls in a JSON or YAML file.", valueName: "path"))
    var controlFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "When the hypothesis is checked: default, before-method-only, after-method-only, during-method-only, "
                + "continuously.", valueName: "strategy"))
    var hypothesisStrategy: HypothesisStrategyWord?

    @Option(help: ArgumentHelp("Seconds between two checks during the method.", valueName: "seconds"))
    var hypothesisFrequency = 1.0

    @Flag(help: "Let the first deviation during the method end it.")
    var failFast = false

    @Option(
        help: ArgumentHelp(
            "When changes that no rollback puts back are undone: interrupted, always, never.", valueName: "when"))
    var restore = RestorePolicy.interrupted

    @Option(help: ArgumentHelp("Makes the random choices that `plan` showed with this seed.", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Write what happens to this file, a line of JSON for each event.", valueName: "path"))
    var eventsFile: String?

    @Option(help: "On standard output: text (nothing), or agent: one JSON document on the run for programs.")
    var output = Output.text

    @Option(
        help: ArgumentHelp(
            "Write a report, too: a page, Markdown, JUnit or JSON by its name (.html, .md, .xml, .json).",
            valueName: "path"))
    var report: String?

    @OptionGroup(title: "Safety") var limits: SafetyOptions

    @Flag(help: "Show lines on a terminal, too, instead of the live view.")
    var plain = false

    @Flag(help: "Do what is sane where Chaos Toolkit surprises; `tocsin chaos validate --strict` lists it.")
    var strict = false

    @ParentCommand var chaos: ChaosCommand

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, agent
    }

    func validate() throws {
        if let report, ReportFormat(ofFile: report) == nil {
            throw ValidationError("--report: the name must end in .html, .md, .xml or .json, not \(report)")
        }
        guard hypothesisFrequency >= 0, hypothesisFrequency.isFinite else {
            throw ValidationError("--hypothesis-frequency: expected a number of seconds")
        }
    }

    func run() async throws {
        try await chaos.withSession(verifiesTLS: !noVerifyTLS, logsToFile: true) { session, log in
            var session = session
            if let seed { session.seed = seed }
            try await ChaosRun(command: self, session: session, log: log).run()
        }
    }

    /// How it is run: the settings' strategies, then the document's, then those of the command line.
    func options(for experiment: Experiment, _ settings: ExperimentSettings) throws(ExperimentError) -> RunOptions {
        var options = RunOptions()
        options.dry = dry
        options.isStrict = strict
        options.failsFast = failFast
        options.hypothesisFrequency = .nanoseconds(Int64(max(0, min(hypothesisFrequency, 1e6)) * 1e9))
        try options.takeStrategies(
            of: experiment, settings: settings, hypothesis: hypothesisStrategy?.strategy, rollbacks: rollbackStrategy)
        // Who names the strategy gets Chaos Toolkit's.
        if rollbackStrategy != nil { options.rollsBackWhenInterrupted = false }
        return options
    }
}

extension RunOptions.Dry: ExpressibleByArgument {}

extension RunOptions.RollbackStrategy: ExpressibleByArgument {}

extension RestorePolicy: ExpressibleByArgument {}

/// A hypothesis strategy as Chaos Toolkit's command line takes it: without `skip`, with an old misspelling.
struct HypothesisStrategyWord: ExpressibleByArgument {
    let strategy: RunOptions.HypothesisStrategy

    init?(argument: String) {
        guard let strategy = RunOptions.HypothesisStrategy(word: argument), strategy != .skip else { return nil }
        self.strategy = strategy
    }

    static var allValueStrings: [String] {
        RunOptions.HypothesisStrategy.allCases.map(\.rawValue).filter { $0 != "skip" }
    }
}
