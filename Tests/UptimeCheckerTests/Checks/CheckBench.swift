import Basics
import JSON
import Synchronization
import TestSupport
import Transport

@testable import UptimeChecker

/// Runs checks with one checker on its own event loop, as a process does.
struct CheckBench: Sendable {
    let checker: Checker

    /// - Parameter trusting: a file of certification authorities instead of the machine's.
    @discardableResult
    static func run<R: Sendable>(
        trusting authorities: String? = nil, environment: [String: String] = [:],
        settings: CheckerSettings = CheckerSettings(), time: (@Sendable (EventLoop) -> TimeSource)? = nil,
        _ body: @Sendable (CheckBench) async throws -> R
    ) async throws -> R {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        var environment = environment
        if let authorities { environment["SSL_CERT_FILE"] = authorities }
        let checker = Checker(
            loop: loop, environment: environment, time: time?(loop) ?? .live(loop), settings: settings)
        return try await body(CheckBench(checker: checker))
    }

    /// Runs one check on the loop.
    func observe(_ endpoint: Endpoint, within limit: Duration = .seconds(30), needsDomain: Bool = false) async
        -> Observation
    {
        await withTaskExecutorPreference(checker.loop) {
            await checker.observe(endpoint, until: checker.time.now() + limit, needsDomain: needsDomain)
        }
    }
}

extension Endpoint {
    /// An endpoint with one condition and the configuration's defaults.
    static func of(
        _ target: CheckTarget, url: String = "", _ condition: String = "[CONNECTED] == true",
        _ change: (inout Endpoint) -> Void = { _ in }
    ) throws -> Endpoint {
        var endpoint = Endpoint(name: "test", url: url, target: target, conditions: [try Condition(condition)])
        if target.kind == .http, let url = target.url, endpoint.url.isEmpty { endpoint.url = url }
        change(&endpoint)
        return endpoint
    }
}

/// Targets made without the parser, so that tests can use hosts and URLs that it refuses.
extension CheckTarget {
    static func http(url: String) -> CheckTarget { CheckTarget(.http, webURL: url) }
    static func webSocket(url: String) -> CheckTarget { CheckTarget(.webSocket, webURL: url) }
    static func tcp(host: String, port: UInt16) -> CheckTarget { CheckTarget(.tcp, host: host, port: port) }
    static func udp(host: String, port: UInt16) -> CheckTarget { CheckTarget(.udp, host: host, port: port) }
    static func tls(host: String, port: UInt16) -> CheckTarget { CheckTarget(.tls, host: host, port: port) }
    static func startTLS(host: String, port: UInt16) -> CheckTarget { CheckTarget(.startTLS, host: host, port: port) }
    static func ssh(host: String, port: UInt16) -> CheckTarget { CheckTarget(.ssh, host: host, port: port) }
    static func icmp(host: String) -> CheckTarget { CheckTarget(.icmp, host: host, port: nil) }
    static func dns(host: String, port: UInt16, question: DNSQuestion) -> CheckTarget {
        CheckTarget(.dns, host: host, port: port, question: question)
    }
}
