import Basics
import Transport

/// What somebody says about an external endpoint.
struct PushedResult: Sendable {
    var endpoint: ExternalEndpoint
    var succeeded: Bool
    /// `error`, as it was sent; of a success it is ignored.
    var error = ""
    /// `duration`.
    var duration: Duration?
}

/// Where the result of an external endpoint comes from.
enum ExternalSource: Sendable, Hashable {
    /// It was pushed.
    case pushed
    /// Nothing was pushed within the heartbeat's interval.
    case missing(within: Duration)
}

extension CheckResult {
    /// The result of a push that arrives now.
    init(_ pushed: PushedResult, at now: Timestamp) {
        self.init(of: pushed.endpoint, at: now)
        external = .pushed
        outcome = pushed.succeeded ? .up : .down
        if !pushed.succeeded { errors = [pushed.shownError] }
        if let duration = pushed.duration {
            measurements = Measurements(
                isConnected: true, ip: "", status: 0, responseTime: duration, timings: HTTPTimings())
        }
    }

    /// The result of a heartbeat that is missing.
    /// - Parameters:
    ///   - heardAt: when the newest result was pushed, or the first one was first waited for.
    init(missing endpoint: ExternalEndpoint, within interval: Duration, heardAt: Timestamp, at now: Timestamp) {
        self.init(of: endpoint, at: now)
        external = .missing(within: interval)
        errors = ["heartbeat: no update received within \(interval.text) (none since \(heardAt.iso8601))"]
    }

    private init(of endpoint: ExternalEndpoint, at now: Timestamp) {
        self.init(
            name: endpoint.name, group: endpoint.group, key: endpoint.key, url: nil, labels: [], outcome: .down,
            startedAt: now)
        attempts = 1
    }
}

extension PushedResult {
    /// How much of an error is kept: enough for a sentence, and a change fits into a message of SNS.
    private static let maximumErrorBytes = 1_000

    /// Why the endpoint fails, as results show it.
    var shownError: String { Self.shown(error, token: endpoint.token) }

    /// The sender's words in one line, without the token, which a script may have printed with its command.
    static func shown(_ error: String, token: String) -> String {
        let text = token.isEmpty ? error : error.replacingBytes(token, with: "***")
        var line = ""
        for scalar in text.unicodeScalars { line.unicodeScalars.append(scalar.isInvisible ? " " : scalar) }
        line = String(line.trimmingWhitespace)
        if line.isEmpty { return "it was pushed as failed, without an error" }
        guard line.utf8.count > maximumErrorBytes else { return line }
        while line.utf8.count > maximumErrorBytes - 3 { line.removeLast() }
        return line + "…"
    }
}
