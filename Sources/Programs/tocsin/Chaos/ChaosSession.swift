import AWS
import AWSUserCredentials
import Basics
import ChaosActivities
import ConfigurationSources
import Experiments
import Glibc
import JSON
import LocalCloud
import Transport

/// What the chaos commands work with on this machine.
struct ChaosSession: Sendable {
    let loop: EventLoop
    let environment: [String: String]
    let verifiesTLS: Bool
    let http: HTTPClient
    let state: ChaosState
    /// Decides what random choices take: nine digits, which a person can copy.
    var seed = UInt64.random(in: 0..<1_000_000_000)
    /// What `python` activities name; made once, because it is a table of all activities.
    let registry = ChaosActivities.registry

    init(loop: EventLoop, environment: [String: String], verifiesTLS: Bool) {
        self.loop = loop
        self.environment = environment
        self.verifiesTLS = verifiesTLS
        state = ChaosState(environment: environment)
        http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: environment))
    }

    /// Region, credentials and transport of this user.
    func aws() throws -> AWSConfiguration {
        // Activities tell by themselves when no region is set; many need none.
        let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        return try AWSConfiguration.ofUser(
            environment: environment, region: region, loop: loop, askForCode: askForCodeOnTerminal(loop))
    }

    /// Reads the document of an experiment from a file, a URL or S3, or from standard input for `-`.
    /// - Parameter settings: have the credentials for servers.
    func document(_ source: String, _ settings: ExperimentSettings = .init()) async throws -> SourceDocument {
        if source == "-" {
            return try SourceDocument(parsing: Files.readStandardInput(), format: .any, name: "standard input")
        }
        let loader = ExperimentLoader(
            environment: environment, http: http, remote: .awsFiles(aws),
            auths: settings.document["auths"]?.objectValue ?? [:], verifiesTLS: verifiesTLS)
        return try await loader.load(source)
    }

    /// Reads an experiment from a file, a URL or S3.
    func load(_ source: String, _ settings: ExperimentSettings = .init()) async throws -> Experiment {
        try Experiment(try await document(source, settings), registry: registry)
    }

    /// What is to be said about an experiment.
    /// - Parameter variables: what files with variables add to the environment.
    func findings(
        in experiment: Experiment, isStrict: Bool, variables: [String: String] = [:]
    ) -> [Finding] {
        let validation = ExperimentValidation(
            registry: registry, environment: environment.merging(variables) { $1 },
            controlModules: ControlDeclaration.knownModules, isStrict: isStrict)
        return experiment.source.map { validation.findings(in: $0) } ?? []
    }

    /// What runs the activities.
    var providers: Providers {
        Providers(
            loop: loop, http: http, registry: registry, aws: aws, environment: environment,
            time: .live(loop), seed: seed)
    }

    /// This machine.
    var place: RunEnvironment {
        let system = platform
        func text(_ key: String) -> String { system[key]?.stringValue ?? "" }
        return RunEnvironment(
            node: text("node"), platform: "\(text("system"))-\(text("release"))-\(text("machine"))", time: .live(loop))
    }

    /// What the kernel says of this machine, under the names of Python's `platform`.
    var platform: JSONObject {
        var names = utsname()
        uname(&names)
        func text<T>(_ field: T) -> JSONValue {
            withUnsafeBytes(of: field) { .string(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
        }
        return [
            "system": text(names.sysname), "node": text(names.nodename), "release": text(names.release),
            "version": text(names.version), "machine": text(names.machine),
        ]
    }

    /// Makes the first signal end the experiment, the second one its rollbacks, the third one this process.
    func forwardSignals(to interruption: Interruption, then rollbacks: Interruption) async throws -> Task<Void, Never> {
        // A terminal that goes away must not end the process before things are put back. Not SIG_IGN, which programs
        // that are started here would inherit.
        signal(SIGPIPE) { _ in }
        // Under nohup the terminal's end is ignored.
        var hangUp = sigaction()
        sigaction(SIGHUP, nil, &hangUp)
        let ignoresHangUp = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1
        let signals = try await loop.signals(
            SIGINT, SIGTERM, SIGUSR1, SIGUSR2, ignoresHangUp ? SIGTERM : SIGHUP)
        return Task {
            var count = 0
            while let number = try? await signals.next() {
                count += 1
                let kind: Interruption.Reason.Kind =
                    switch number {
                    case SIGINT: .interrupt
                    case SIGTERM, SIGHUP: .terminate
                    case SIGUSR1: .leave
                    default: .leaveAtOnce
                    }
                let name = number == SIGHUP ? "SIGHUP: the terminal is gone" : kind.rawValue
                let reason = Interruption.Reason(kind, "received \(name)")
                switch count {
                case 1: interruption.raise(reason)
                case 2: rollbacks.raise(reason)
                default: _exit(128 + number)
                }
            }
        }
    }
}
