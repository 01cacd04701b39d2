import Basics

/// The test of one service, which the real `sla-runner` runs again and again.
public struct SLATest: Sendable, Equatable {
    /// The name in metrics and in the table.
    public let service: String
    /// The command for `sh`; exit status 0 is a success.
    public let command: String
    /// Seconds between two runs.
    public var delay = 2
    /// The longest run, which is killed and a failure after that; nil for no limit.
    public var timeout: Duration?
    /// The groups that the service counts towards.
    public var groups: [String] = []
    /// The promised share of successful runs in per cent; nil for the runner's own.
    public var target: Double?

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

    /// Three example services; the first fails for five of every fifteen seconds.
    public static let examples = [
        SLATest(service: "payments", command: "sleep 0.3; echo checking; test $(($(date +%s) / 5 % 3)) -ne 0"),
        SLATest(service: "search", command: "sleep 1.2; echo found"),
        SLATest(service: "shop-frontend", command: "sleep 0.1; echo 200 OK"),
    ]

    /// Runs the test until the task is cancelled; then the runner has five seconds to publish its last result.
    /// - Parameters:
    ///   - runner: path of the program `sla-runner`.
    ///   - environment: the variables of the runner and the command, beside the settings of this test.
    ///   - onFailure: called with why a run has failed, for people; not again while the next ones fail alike.
    /// - Throws: `LocalCloudError` with the runner's last lines when it ends by itself.
    public func run(
        runner: String, in stack: LocalStack, environment: [String: String],
        onFailure: @escaping @Sendable (String) -> Void
    ) async throws {
        var settings = [
            "SLARUNNER_SERVICE": service, "SLARUNNER_COMMAND": command, "SLARUNNER_DELAY": String(delay),
            "SLARUNNER_SNSTOPICNAME": stack.resources.topicARN, "SLARUNNER_S3BUCKETNAME": stack.resources.bucket,
            "SLARUNNER_GROUPS": groups.isEmpty ? "examples" : groups.joined(separator: ","),
            "SLARUNNER_STOP_TIMEOUT": "3", "NO_COLOR": "1",
        ]
        if let timeout { settings["SLARUNNER_TIMEOUT"] = "\(max(1, timeout.components.seconds))" }
        if let target { settings["SLA_TARGET"] = "\(target)" }
        let variables = environment.merging(settings) { $1 }
        let child = ChildProcess(executable: runner, environment: variables, grace: .seconds(5))
        let failures = Locked(RunnerFailures())
        let log = try LogPipe { line in
            if let reason = failures.withLock({ $0.read(line) }) { onFailure(reason) }
        }
        try await child.runUntilCancelled(log: log, name: "sla-runner for \(service)")
    }
}

/// Finds in the output of `sla-runner` why a run has failed: its exit status, and the last line that the command wrote.
struct RunnerFailures: Sendable {
    /// What the runner itself prints before the first run, and before each.
    private static let headings = [
        "SLA Runner ", "COMMAND: ", "SNS TOPIC: ", "S3 BUCKET: ", "Beginning new loop...", "Executing: ",
    ]
    private static let result = "Test result: "
    private static let status = " with exit code "

    private var lastLine: String?
    private var lastReason: String?

    /// Reads the next line.
    /// - Returns: the reason of a failed run: `exit status 3: no such host`; nil for all other lines, and for a failure
    ///   like the one before.
    mutating func read(_ line: String) -> String? {
        guard line.hasPrefix(Self.result), let place = line.firstRange(of: Self.status) else {
            if !line.allSatisfy(\.isWhitespace), !Self.headings.contains(where: { line.hasPrefix($0) }) {
                lastLine = line
            }
            return nil
        }
        defer { lastLine = nil }
        guard !line[..<place.lowerBound].hasSuffix("SUCCESS") else {
            lastReason = nil
            return nil
        }
        let status = line[place.upperBound...].prefix { $0 != ";" }
        let end = status.hasPrefix("-") ? "ended by signal \(status.dropFirst())" : "exit status \(status)"
        let reason = "\(end): \(lastLine ?? "no output")"
        defer { lastReason = reason }
        return reason == lastReason ? nil : reason
    }
}
