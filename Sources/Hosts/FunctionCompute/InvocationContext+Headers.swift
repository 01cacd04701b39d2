import Basics
import FunctionRuntime
import JSON
import Logging
import NIOHTTP1

extension InvocationContext {
    /// Reads Function Compute's headers, and its environment where a header is missing.
    ///
    /// An empty header counts as missing. Credentials change between requests, so none are kept. A request without an
    /// id, as local tools send, gets a random one: two such requests must not look like a repeated one.
    /// - Parameter longest: a limit of the caller's, below the function's own timeout.
    init(
        _ headers: HTTPHeaders, environment: Environment, now: Timestamp, longest: Duration? = nil, logger: Logger
    ) {
        var platform: [String: String] = [:]
        for (name, value) in headers where !value.isEmpty {
            let name = name.lowercased()
            if name.hasPrefix("x-fc-") { platform[name] = value }
        }
        let keyID = platform.removeValue(forKey: "x-fc-access-key-id")
        let secret = platform.removeValue(forKey: "x-fc-access-key-secret")
        let token = platform.removeValue(forKey: "x-fc-security-token")
        let seconds = (platform["x-fc-function-timeout"] ?? environment["FC_TIMEOUT"]).flatMap { Int64($0) }
        let timeout = Duration.seconds(seconds.map { min(max($0, 1), Self.longest) } ?? Self.longest)
        self.init(
            requestID: platform["x-fc-request-id"] ?? "local-\(UInt64.random(in: 0...UInt64.max))",
            deadline: now + min(timeout, longest ?? timeout),
            functionARN: Self.functionARN(platform, environment),
            traceID: platform["x-fc-tracing-opentracing-span-context"],
            platformHeaders: platform,
            credentials: keyID.flatMap { keyID in
                secret.map { PlatformCredentials(accessKeyID: keyID, accessKeySecret: $0, securityToken: token) }
            },
            logger: logger
        )
    }

    /// The longest timeout of an invocation in seconds: a day.
    private static let longest: Int64 = 86_400

    /// `acs:fc:<region>:<account>:functions/<name>`, with `/<qualifier>` if the caller used one; empty when the
    /// platform gives no function name.
    private static func functionARN(_ platform: [String: String], _ environment: Environment) -> String {
        guard let name = platform["x-fc-function-name"] ?? environment["FC_FUNCTION_NAME"] else { return "" }
        let region = platform["x-fc-region"] ?? environment["FC_REGION"] ?? ""
        let account = platform["x-fc-account-id"] ?? environment["FC_ACCOUNT_ID"] ?? ""
        let service = platform["x-fc-service-name"].map { "services/\($0)/" } ?? ""
        let qualifier = platform["x-fc-qualifier"].map { "/\($0)" } ?? ""
        return "acs:fc:\(region):\(account):\(service)functions/\(name)\(qualifier)"
    }
}
