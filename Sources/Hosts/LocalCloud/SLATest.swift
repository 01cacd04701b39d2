/// The test of one service, which the real `sla-runner` runs again and again.
public struct SLATest: Sendable, Equatable {
    /// The name in metrics and in the table.
    public let service: String
    /// The command for `sh`; exit status 0 is a success.
    public let command: String
    /// Seconds between two runs.
    public var delay = 2

    /// A test that runs every two seconds.
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

    /// Three example services; one of them fails for five of every fifteen seconds.
    public static let examples = [
        SLATest(service: "payments", command: "sleep 0.3; echo checking; test $(($(date +%s) / 5 % 3)) -ne 0"),
        SLATest(service: "search", command: "sleep 1.2; echo found"),
        SLATest(service: "shop-frontend", command: "sleep 0.1; echo 200 OK"),
    ]

    /// Runs the test until the task is cancelled; then the runner has five seconds to publish its last result.
    /// - Parameters:
    ///   - runner: path of the program `sla-runner`.
    ///   - environment: variables for the command, in addition to the runner's own.
    /// - Throws: `LocalCloudError` with the runner's last lines when it ends by itself.
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
