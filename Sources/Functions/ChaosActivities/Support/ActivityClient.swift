import AWS
import AWSPaginators
import AWSWaiters
import Basics
import Experiments
import JSON
import Transport

/// A client of one AWS service for one invocation of an activity.
///
/// Its calls end at the invocation's deadline, and its errors can be told as boto3 tells them.
struct ActivityClient: Sendable {
    /// How long a wait for a state pauses between two calls.
    static let pause = Duration.seconds(5)

    private let client: AWSClient
    private let deadline: Timestamp
    /// The region of its calls.
    let region: String

    fileprivate init(_ client: AWSClient, region: String, deadline: Timestamp) {
        self.client = client
        self.region = region
        self.deadline = deadline
    }

    /// The operation's output.
    /// - Throws: `AWSFailure`, or `CancellationError`.
    func call(_ operation: String, _ input: JSONObject = [:]) async throws -> JSONValue {
        try await result(operation, input).output
    }

    /// What a method of boto3's client returns: the output with its `ResponseMetadata`.
    func response(_ operation: String, _ input: JSONObject = [:]) async throws -> JSONValue {
        try await result(operation, input).outputWithMetadata
    }

    /// The output with status, headers and raw payload.
    ///
    /// - Parameter body: the content, of an operation whose input streams.
    func result(
        _ operation: String, _ input: JSONObject = [:], body: HTTPBody = .none
    ) async throws -> AWSResult {
        try await telling { try await client.send(operation, .object(input), body: body, deadline: deadline) }
    }

    /// The items of all pages of an operation's first list.
    func items(_ operation: String, _ input: JSONObject = [:]) async throws -> [JSONValue] {
        try await telling { try await client.items(operation, .object(input), deadline: deadline) }
    }

    /// The output of all pages in one, as `build_full_result` of boto3's paginators gives it.
    func pages(_ operation: String, _ input: JSONObject = [:]) async throws -> JSONValue {
        try await telling { try await client.fullResult(operation, .object(input), deadline: deadline).output }
    }

    /// Waits for a state as boto3's waiters do, until the deadline.
    func wait(_ waiter: String, _ input: JSONObject) async throws {
        try await telling {
            _ = try await client.wait(
                waiter, .object(input), delay: Self.pause, maximumAttempts: .max, deadline: deadline)
        }
    }

    private func telling<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as AWSError {
            throw AWSFailure(error, isInModel: client.hasError(error.code))
        }
    }
}

extension NativeActivity.Invocation {
    /// Waits until the next look at what changes by itself, such as the state of a resource.
    ///
    /// - Parameter end: when the last look must be; the invocation's deadline ends all.
    /// - Returns: false, at once, when there is no time for another look.
    func pauseBeforeNextLook(
        _ pause: Duration = ActivityClient.pause, until end: Timestamp? = nil
    ) async throws -> Bool {
        guard time.now() + pause < min(end ?? deadline, deadline) else { return false }
        try await time.sleep(pause)
        return true
    }

    /// A client by chaosaws's rules for region and credentials.
    ///
    /// Nothing is sent before the first call.
    func client(_ service: AWSService) throws -> ActivityClient {
        let configuration = try awsConfiguration()
        return ActivityClient(
            try AWSClient(service, configuration: configuration), region: configuration.region, deadline: deadline)
    }
}
