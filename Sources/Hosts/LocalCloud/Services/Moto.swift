import Basics

/// moto (https://docs.getmoto.org), a local stand-in for AWS, running as a server on a free port of 127.0.0.1.
public struct Moto: Sendable {
    /// Its address, `http://127.0.0.1:40123`.
    public let endpoint: String

    /// The time moto may take to start: it imports the models of all its services.
    static let startLimit = Duration.seconds(60)

    /// What makes every AWS SDK talk to it, and to nothing else.
    public var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
        ]
    }

    /// Runs moto for as long as the body runs.
    /// - Parameter server: path of the program `moto_server`.
    /// - Throws: what the body throws; `LocalCloudError` when moto does not start, or ends before the body does.
    public static func run<Result: Sendable>(
        server: String, _ body: @escaping @Sendable (Moto) async throws -> Result
    ) async throws -> Result {
        let (lines, newLine) = AsyncStream.makeStream(of: String.self)
        let log = try LogPipe { newLine.yield($0) }
        let child = ChildProcess(
            executable: server, arguments: ["-H", "127.0.0.1", "-p", "0"],
            environment: ["PYTHONUNBUFFERED": "1", "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
        )
        return try await child.run(alongside: log, name: "moto") {
            let endpoint = try await withTimeLimit(startLimit) {
                let pattern = /Running on (http:\/\/127\.0\.0\.1:[0-9]+)/
                for await line in lines {
                    if let match = line.firstMatch(of: pattern) { return String(match.1) }
                }
                throw CancellationError()
            }
            guard let endpoint else {
                let last = log.tail().joined(separator: "\n  ")
                throw LocalCloudError(
                    .notReady, "moto did not start within \(startLimit.text). Its last lines:\n  \(last)")
            }
            return try await body(Moto(endpoint: endpoint))
        }
    }
}

/// The body's result, or nil when it takes longer than the limit; then it is cancelled.
func withTimeLimit<Result: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
