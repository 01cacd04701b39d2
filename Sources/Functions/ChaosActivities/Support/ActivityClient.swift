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
    /// A client by chaosaws's rules for region and credentials.
    ///
    /// Nothing is sent before the first call.
    func client(_ service: AWSService) throws -> ActivityClient {
        let configuration = try awsConfiguration()
        return ActivityClient(
            try AWSClient(service, configuration: configuration), region: configuration.region, deadline: deadline)
    }

    /// Region, profile, keys and role, as chaosaws's `aws_client` takes them from configuration and secrets.
    ///
    /// The role is assumed with the credentials that would be used without it. The endpoint is that of the environment.
    func awsConfiguration() throws -> AWSConfiguration {
        var result = aws
        if let profile = configured("aws_profile_name") {
            var environment = aws.settings.environment
            environment["AWS_PROFILE"] = profile
            let settings = try AWSSettings(environment: environment)
            let fetcher = CredentialFetcher(http: aws.http, region: try region(), settings: settings, time: time)
            // A profile that is named counts before the keys in the environment.
            let credentials = CachedCredentials(time: time) {
                let (source, skipped) = try CredentialSource.resolve(settings, prefersProfile: true)
                return try await fetcher.fetch(source, skipped: skipped)
            }
            result = try AWSConfiguration(
                environment: environment, region: region(), http: aws.http, credentials: credentials, time: time)
        }
        result.region = try region()
        if let keys = try secretKeys() { result.credentials = keys }
        if let role = configured("aws_assume_role_arn") {
            let session = configured("aws_assume_role_session_name") ?? "ChaosToolkit"
            result = result.assuming(role, sessionName: session)
        }
        return result
    }

    /// The region of all calls: `aws_region` of the configuration, else of the environment.
    ///
    /// The region of a profile does not count, as in chaosaws.
    func region() throws(ExperimentError) -> String {
        let environment = aws.settings.environment
        let named = [configured("aws_region"), environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]]
        guard let region = named.lazy.compactMap(\.self).first(where: { !$0.isEmpty }) else {
            throw ExperimentError(
                python: "chaoslib.exceptions.InterruptExecution",
                "AWS requires a region to be set! Set aws_region in the configuration, or AWS_REGION or "
                    + "AWS_DEFAULT_REGION in the environment")
        }
        return region
    }

    private func configured(_ key: String) -> String? {
        configuration[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The access key among the secrets; nil when there is none.
    private func secretKeys() throws(ExperimentError) -> AWSCredentials? {
        func secret(_ key: String) -> String? { secrets[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
        guard let id = secret("aws_access_key_id") else { return nil }
        guard let key = secret("aws_secret_access_key") else {
            throw ExperimentError(
                .activityFailed, "the secrets have aws_access_key_id but no aws_secret_access_key: give both or neither"
            )
        }
        return AWSCredentials(accessKeyID: id, secretAccessKey: key, sessionToken: secret("aws_session_token"))
    }
}
