import AWS
import Basics
import Glibc
import JSON
import LocalCloud
import Synchronization
import Transport

/// A call that is ready to run.
struct AWSCall: Sendable {
    /// The largest answer that is taken into memory.
    private static let maximumResponseBytes = 1 << 30

    let service: AWSService
    let description: ServiceDescription
    let operation: OperationDescription
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
        /// How many results of the last page `--max-items` left out; nil when all pages were read.
        var itemsLeftOut: Int?
    }

    /// What would be called, for the question before it.
    var summary: String {
        var lines = ["\(service.name) \(operation.name)"]
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
            let client = try client(service, loop: loop)
            guard readsPages else { return try await one(client, deadline) }
            return try await pages(client, deadline)
        }
    }

    func client(_ service: AWSService, loop: EventLoop) throws -> AWSClient {
        let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: environment))
        let configuration = try AWSConfiguration(
            environment: environment, http: options.debug ? RequestLog(http: http) : http, time: .live(loop),
            executor: loop)
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
        let progress = PageProgress()
        @Sendable func read() async throws -> Answer {
            var whole = MergedPages(results: operation.pages?.results ?? [])
            for try await page in client.pages(operation.name, .object(input), deadline: deadline) {
                whole.add(page)
                progress.set(pages: whole.count, items: whole.itemCount)
                if let limit = options.maxItems, whole.itemCount >= limit {
                    let leftOut = whole.cut(to: limit)
                    return Answer(output: .object(whole.output), itemsLeftOut: leftOut)
                }
            }
            return Answer(output: .object(whole.output))
        }
        guard TerminalTraits(of: STDERR_FILENO, environment: environment).size != nil else { return try await read() }
        return try await withProgress({ progress.text }, on: showProgressLine, of: read)
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

/// How far the reading of pages has come.
private final class PageProgress: Sendable {
    private let counts = Mutex((pages: 0, items: 0))

    func set(pages: Int, items: Int) { counts.withLock { $0 = (pages, items) } }

    var text: String {
        let (pages, items) = counts.withLock { $0 }
        return "\(counted(pages, "page")), \(counted(items, "result")) …"
    }
}
