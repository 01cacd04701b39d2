import ArgumentParser
import Basics
import Experiments
import Transport

struct ChaosValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Says everything that is wrong with the experiment at SOURCE.")

    @Argument(help: "The experiment.")
    var source: String

    @Flag(name: .customLong("no-verify-tls"), help: "Do not verify the certificate of the experiment's server.")
    var noVerifyTLS = false

    @Flag(help: "Take Chaos Toolkit's surprises for errors.")
    var strict = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        let environment = Environment.current().variables
        let log = RunLog(chaos.options, environment: environment)
        let loop = try EventLoop.onOwnThread()
        let session = ChaosSession(loop: loop, environment: environment, verifiesTLS: !noVerifyTLS)
        let experiment: Experiment
        do {
            experiment = try await withTaskExecutorPreference(loop) {
                try await session.load(source)
            }
        } catch let error as ExperimentError {
            log.write(.error, error.message)
            throw ExitCode.failure
        }
        let findings = session.findings(in: experiment, isStrict: strict)
        for finding in findings {
            log.write(finding.severity == .error ? .error : .warning, finding.text(source))
        }
        if !findings.isValid { throw ExitCode.failure }
        log.write(.info, "experiment syntax and semantic look valid")
    }
}
