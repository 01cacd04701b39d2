import AWS
import AWSPaginators
import AWSUserCredentials
import AWSWaiters
import Basics
import Glibc
import JSON
import LocalCloud
import Transport

/// A call that is ready to run.
struct AWSCall: Sendable {
    /// The largest answer that is taken into memory.
    private static let maximumResponseBytes = 1 << 30

    let service: AWSService
    let description: ServiceDescription
    let operation: OperationDescription
    /// The waiter to wait for, which calls the operation; nil for a single call.
    let waiter: String?
    let input: JSONObject
    /// What goes out as the body, when an option named a file.
    let body: [UInt8]?
    let options: AWSCommand
    /// The variables, with those that the options stand for.
    let environment: [String: String]

    /// What was answered.
    struct Answer: Sendable {
        let output: JSONValue
        /// The raw body of an operation whose answer is binary.
        var body: [UInt8] = []
        /// Where to go on after `--max-items`; nil when all pages were read.
        var nextToken: String?
    }

    /// What would be called, for the question before it.
    var summary: String {
        var lines = ["\(service.name) \(operation.name)" + (waiter.map { ", until \($0)" } ?? "")]
        let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
        lines.append("  region      \(region ?? "the profile's")")
        if let profile = environment["AWS_PROFILE"] { lines.append("  profile     \(profile)") }
        if let url = options.endpointURL ?? environment["AWS_ENDPOINT_URL"] { lines.append("  endpoint    \(url)") }
        let json = String(decoding: JSONValue.object(input).hidingSecrets.serialized(.pretty), as: UTF8.self)
        lines.append("  parameters  " + json.replacing("\n", with: "\n  "))
        if let body { lines.append("  body        \(counted(body.count, "byte"))") }
        return lines.joined(separator: "\n")
    }

    /// Runs the call, and reads all pages of the answer.
    /// - Throws: `AWSError` or `CancellationError`.
    func answer() async throws -> Answer {
        let deadline = options.timeLimit.map { Timestamp.now() + $0.duration }
        let loop = try EventLoop.onOwnThread()
        return try await withTaskExecutorPreference(loop) {
            let client = try client(service, loop: loop, deadline: deadline)
            if let waiter { return try await wait(waiter, client, deadline) }
            guard readsPages else { return try await one(client, deadline) }
            return try await pages(client, deadline)
        }
    }

    /// - Parameter deadline: no longer are credentials waited for.
    func client(_ service: AWSService, loop: EventLoop, deadline: Timestamp? = nil) throws -> AWSClient {
        var configuration = try AWSConfiguration.ofUser(
            environment: environment, profile: options.profile, loop: loop, askForCode: askForCodeOnTerminal(loop))
        if options.debug { configuration.http = RequestLog(http: configuration.http) }
        if let deadline {
            configuration.credentials = TimedCredentials(
                base: configuration.credentials, deadline: deadline, time: configuration.time)
        }
        return try AWSClient(service, configuration: configuration)
    }

    private var readsPages: Bool {
        guard let pages = operation.pages, !options.noPaginate, !options.responseMetadata else { return false }
        return !pages.isOnePage(input)
    }

    private func one(_ client: AWSClient, _ deadline: Timestamp?) async throws -> Answer {
        let result = try await client.send(
            operation.name, .object(input), body: body.map { .bytes($0) } ?? .none, deadline: deadline,
            maximumResponseBytes: Self.maximumResponseBytes)
        return Answer(output: options.responseMetadata ? result.outputWithMetadata : result.output, body: result.body)
    }

    private func pages(_ client: AWSClient, _ deadline: Timestamp?) async throws -> Answer {
        try await showingProgress { progress in
            let read = Locked((count: 0, last: JSONValue.null))
            let result = try await client.fullResult(
                operation.name, .object(input), maximumItems: options.maxItems, startingToken: options.startingToken,
                deadline: deadline
            ) { page, items in
                let count = read.withLock {
                    $0 = ($0.count + 1, page)
                    return $0.count
                }
                progress.withLock { $0 = "\(counted(count, "page")), \(counted(items, "result")) …" }
            }
            // A result of one page is what boto3's client returns; joined pages are what its paginator returns.
            let (count, page) = read.withLock { $0 }
            let isOnePage = count == 1 && result.nextToken == nil && options.startingToken == nil
            return Answer(output: isOnePage ? page : result.output, nextToken: result.nextToken)
        }
    }

    private func wait(_ waiter: String, _ client: AWSClient, _ deadline: Timestamp?) async throws -> Answer {
        try await showingProgress { progress in
            let output = try await client.wait(waiter, .object(input), deadline: deadline) { found in
                let attempt = "attempt \(found.attempt) of \(found.maximumAttempts)"
                progress.withLock { $0 = "\(waiter): \(found.state), \(attempt), \(found.elapsed.text) …" }
            }
            return Answer(output: output)
        }
    }

    /// Runs a body that tells how far it has come, which is shown on a terminal after two seconds.
    private func showingProgress(
        _ body: @Sendable @escaping (_ progress: Locked<String>) async throws -> Answer
    ) async throws -> Answer {
        let progress = Locked("waiting for the first answer …")
        guard TerminalTraits(of: STDERR_FILENO, environment: environment).size != nil else {
            return try await body(progress)
        }
        let text: @Sendable () -> String = { progress.withLock { $0 } }
        return try await withProgress(text, on: showProgressLine) { try await body(progress) }
    }
}

extension OperationDescription.Pages {
    /// Whoever gives a page's token or size wants that page, as with the AWS CLI.
    func isOnePage(_ input: JSONObject) -> Bool {
        (tokens + [limit].compactMap(\.self)).contains { input[$0] != nil }
    }
}

extension JSONValue {
    /// An input as it may be shown: without the values of members whose names say that they are secrets.
    var hidingSecrets: JSONValue {
        switch self {
        case .array(let elements): return .array(elements.map(\.hidingSecrets))
        case .object(let members):
            // The value of a parameter of SSM.
            let isSecureString = members["Type"] == "SecureString"
            return .object(
                JSONObject(
                    members.map { name, value in
                        let isSecret = Self.isSecret(name) || isSecureString && name == "Value"
                        return (name, isSecret ? "(hidden)" : value.hidingSecrets)
                    }))
        default: return self
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        let isName = ["id", "arn", "name", "type"].contains { name.hasSuffix($0) }
        return !isName
            && ["password", "secret", "plaintext", "privatekey", "authtoken", "sessiontoken", "keymaterial"].contains {
                name.contains($0)
            }
    }
}
