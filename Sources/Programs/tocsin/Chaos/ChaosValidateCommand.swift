import ArgumentParser
import Basics
import Experiments
import JSON

struct ChaosValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Says everything that is wrong with the experiment at SOURCE.",
        discussion: """
            Each fault has its line and column, and what was probably meant. The exit status is 0 for a valid experiment. \
            With --strict it is 1 also for what would silently do something else than it says:

            \(StrictRule.text)
            Examples:
              tocsin chaos validate experiment.yaml
              tocsin chaos validate experiment.yaml --strict
              tocsin chaos validate template.json --json
            """)

    @Argument(help: "The experiment, or a template of AWS Fault Injection Service.")
    var source: String

    @Flag(name: .customLong("no-verify-tls"), help: "Do not verify the certificate of the experiment's server.")
    var noVerifyTLS = false

    @Flag(help: "Take Chaos Toolkit's surprises for errors.")
    var strict = false

    @Flag(help: "Print everything that is to be said as JSON: a list of findings.")
    var json = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession(verifiesTLS: !noVerifyTLS, logsToFile: true) { session, log in
            let findings: [Finding]
            do {
                let settings = try ExperimentSettings(file: chaos.options.settingsPath(session.environment))
                let experiment = try await session.load(source, settings)
                findings = session.findings(in: experiment, isStrict: strict)
            } catch let error as ExperimentError where json {
                findings = [Finding(.error, DocumentPath(), error.message)]
            }
            if json {
                try printLine(
                    String(decoding: JSONValue.array(findings.map(\.json)).serialized(.pretty), as: UTF8.self))
            } else {
                for finding in findings {
                    switch finding.severity {
                    case .error: log.write(.error, finding.text(source))
                    case .warning: log.write(.warning, finding.text(source))
                    case .note: log.write(.info, finding.text(source))
                    }
                }
            }
            if !findings.isValid { throw ExitCode.failure }
            if !json { log.write(.info, "experiment syntax and semantic look valid") }
        }
    }
}
