import Basics

/// The variables of the processes that `tocsin up` starts: those of the local AWS, and of the user's only what they
/// need.
///
/// A profile, an endpoint or a function's setting that the user has exported for the real AWS would otherwise lead
/// calls out of this machine, or change the results.
public struct ChildEnvironment: Sendable {
    private let user: [String: String]
    private let localAWS: [String: String]

    /// How the way out of this machine is found: proxies and certification authorities.
    private static let network: Set<String> = [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
    /// What AWS's SDKs, Lambda and Tocsin's functions read.
    private static let reservedPrefixes = [
        "AWS_", "BOTO", "LAMBDA_", "_", "SLARUNNER_", "METRIC_", "UPTIME_", "NOTIFY_", "OUTPUT_", "SLACK_",
        "CLOUDWATCH_", "LOG_",
    ]
    private static let reserved: Set<String> = ["SLA_TARGET", "URLS_TO_MONITOR", "TIMEOUT", "PROXY"]
    /// Of these, what `sla-runner` reads.
    private static let runnersPrefixes = ["AWS_", "BOTO", "SLARUNNER_"]
    private static let runners: Set<String> = ["SLA_TARGET"]

    /// - Parameters:
    ///   - user: the environment of this process.
    ///   - moto: the local AWS.
    public init(user: [String: String], moto: Moto) {
        self.init(user: user, localAWS: moto.environment)
    }

    init(user: [String: String], localAWS: [String: String]) {
        self.user = user
        self.localAWS = localAWS
    }

    /// The environment of a function: nothing of the user's but proxies, certification authorities, and the variables
    /// that a configuration names as `$NAME` or `${NAME}`.
    /// - Parameter configuration: the text of a Gatus file.
    public func function(configuration: String = "") -> [String: String] {
        merged(
            user.filter { name, _ in
                Self.network.contains(name) || !Self.isReserved(name) && Self.isNamed(name, in: configuration)
            })
    }

    /// The user's variables that a configuration names, and that a function does not get because it reads them itself.
    public func withheld(from configuration: String) -> [String] {
        user.keys.filter { localAWS[$0] == nil && Self.isReserved($0) && Self.isNamed($0, in: configuration) }.sorted()
    }

    private static func isReserved(_ name: String) -> Bool {
        reserved.contains(name) || reservedPrefixes.contains { name.hasPrefix($0) }
    }

    private static func isNamed(_ name: String, in configuration: String) -> Bool {
        configuration.contains("$\(name)") || configuration.contains("${\(name)}")
    }

    /// The environment of `sla-runner` and the user's command: all of the user's but what the runner and AWS's SDKs
    /// read, so that the command, too, reaches the local AWS.
    public var command: [String: String] {
        merged(
            user.filter { name, _ in
                !Self.runners.contains(name) && !Self.runnersPrefixes.contains { name.hasPrefix($0) }
            })
    }

    /// With the local AWS's variables, which win; the user's exceptions from the proxy stay.
    private func merged(_ chosen: [String: String]) -> [String: String] {
        chosen.merging(localAWS) { $1 }.merging(exceptionsFromProxy) { $1 }
    }

    private var exceptionsFromProxy: [String: String] {
        let users = [user["no_proxy"], user["NO_PROXY"]].compactMap(\.self).first { !$0.isEmpty }
        guard let users, let local = localAWS["no_proxy"] else { return [:] }
        return ["no_proxy": "\(users),\(local)", "NO_PROXY": "\(users),\(local)"]
    }
}
