/// One service's test, run over and over by the real `sla-runner`.
public struct SLATest: Sendable, Equatable {
    /// The service's name.
    public let service: String
    /// What `sh` runs; exit status 0 is a success.
    public let command: String
    /// Seconds between two runs.
    public var delay = 2

    /// A test of a service.
    public init(service: String, command: String) {
        self.service = service
        self.command = command
    }

    /// Reads `NAME=COMMAND`; nil when either is missing.
    public init?(text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, !parts[1].allSatisfy(\.isWhitespace) else { return nil }
        self.init(service: String(parts[0]), command: String(parts[1]))
    }

    /// Three services to look at; one of them fails for five of every fifteen seconds.
    public static let examples = [
        SLATest(service: "payments", command: "sleep 0.3; echo checking; test $(($(date +%s) / 5 % 3)) -ne 0"),
        SLATest(service: "search", command: "sleep 1.2; echo found"),
        SLATest(service: "shop-frontend", command: "sleep 0.1; echo 200 OK"),
    ]

    /// Runs the test until the task is cancelled; then the runner may finish and publish what it is at.
    /// - Parameters:
    ///   - runner: path of the program `sla-runner`.
    ///   - environment: what the command gets to see besides the runner's own variables.
    /// - Throws: `LocalCloudError` with its last lines when the runner ends by itself.
    public func run(runner: String, in stack: LocalStack, environment: [String: String]) async throws {
        let settings = [
            "SLARUNNER_SERVICE": service, "SLARUNNER_COMMAND": command, "SLARUNNER_DELAY": String(delay),
            "SLARUNNER_SNSTOPICNAME": stack.resources.topicARN, "SLARUNNER_S3BUCKETNAME": stack.resources.bucket,
            "SLARUNNER_GROUPS": "examples", "SLARUNNER_STOP_TIMEOUT": "3",
        ]
        let variables = environment.merging(stack.moto.environment) { $1 }.merging(settings) { $1 }
        let child = ChildProcess(executable: runner, environment: variables, grace: .seconds(5))
        try await child.runUntilCancelled(log: try LogPipe { _ in }, name: "sla-runner for \(service)")
    }
}
