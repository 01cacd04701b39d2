import Basics
import ConfigurationSources
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Services with answers of their own: each is throttled, fails, refuses and accepts, over a real connection.
@Suite struct HTTPServiceTests {
    /// How a service answers, by its own documentation or source.
    struct Service: Sendable, CustomTestStringConvertible {
        let kind: String
        let secrets: [String: String]
        var options: JSONObject = [:]
        /// Whether the URL is a secret and not `server`.
        var hasURL = false
        let target: String
        let accepted: Reply
        /// Status 200, but not delivered.
        let refused: Reply?
        let throttled: Reply

        var testDescription: String { kind }

        func definition(at url: String) -> OutputDefinition {
            var secrets = secrets.mapValues { SecretReference.plain($0) }
            var options = options
            if hasURL { secrets["url"] = .plain(url + target) } else { options["server"] = .string(url) }
            return OutputDefinition(name: kind, kind: kind, secrets: secrets, options: options)
        }
    }

    private static func json(_ status: Int, _ body: String, wait: Int? = nil) -> Reply {
        let headers = [("Content-Type", "application/json")] + (wait.map { [("Retry-After", "\($0)")] } ?? [])
        return .http(status, headers: headers, body: body)
    }

    static let services = [
        Service(
            kind: "ntfy", secrets: ["token": "tk"], options: ["topic": "alerts"], target: "/",
            accepted: json(200, #"{"id":"a","event":"message","topic":"alerts"}"#), refused: nil,
            throttled: json(429, #"{"code":42901,"http":429,"error":"limit reached: too many requests"}"#, wait: 7)),
        Service(
            kind: "opsgenie", secrets: ["key": "k"], target: "/v2/alerts",
            accepted: json(202, #"{"result":"Request will be processed","requestId":"r"}"#), refused: nil,
            throttled: json(429, #"{"message":"You are making too many requests!","requestId":"r"}"#, wait: 7)),
        Service(
            kind: "zulip", secrets: ["key": "k"], options: ["email": "b@z.example", "channel": "alerts"],
            target: "/api/v1/messages", accepted: json(200, #"{"result":"success","msg":"","id":1}"#),
            refused: json(200, #"{"result":"error","msg":"Nonexistent channel","code":"BAD_REQUEST"}"#),
            throttled: json(429, #"{"result":"error","msg":"x","code":"RATE_LIMIT_HIT","retry-after":7}"#)),
        Service(
            kind: "rocket-chat", secrets: [:], hasURL: true, target: "/hooks/1/s3cr3t",
            accepted: json(200, #"{"success":true}"#), refused: json(200, #"{"success":false,"error":"invalid"}"#),
            throttled: json(
                429, #"{"success":false,"error":"You must wait 7 seconds before trying this endpoint again."}"#)),
    ]

    private let clock = TestClock(Sample.time)

    private func deliver(
        _ service: Service, _ replies: [Reply]
    ) async throws -> (outcomes: [OutputDelivery.Outcome], requests: [ServerRequest]) {
        let server = try ScriptedServer(replies: replies)
        defer { server.stop() }
        let delivery = OutputDelivery(definition: service.definition(at: server.url), delivery: try .test(clock))
        let outcomes = await delivery.deliver(
            [PendingNotification(notification: Sample.alarm)], until: clock.now + .seconds(30))
        return (outcomes, server.requests)
    }

    @Test(arguments: services) func aThrottledMessageWaitsAsLongAsTheServiceAsks(_ service: Service) async throws {
        let (outcomes, requests) = try await deliver(service, [service.throttled, service.accepted])
        #expect(outcomes == [.sent])
        #expect(clock.sleeps == [.seconds(7)])
        #expect(requests.map(\.target) == [service.target, service.target])
        #expect(requests.first?.text == requests.last?.text)
    }

    @Test(arguments: services) func aServiceThatFailsIsAskedAgain(_ service: Service) async throws {
        let page = Reply.http(200, headers: [("Content-Type", "text/html")], body: "<html>sign in</html>")
        let (outcomes, requests) = try await deliver(service, [.http(503), page, .reset, service.accepted])
        #expect(outcomes == [.sent])
        #expect(requests.count == 4)
    }

    @Test(arguments: services) func anErrorWithStatus200IsNoDelivery(_ service: Service) async throws {
        guard let refused = service.refused else { return }
        let (outcomes, requests) = try await deliver(service, [refused, service.accepted])
        #expect(requests.count == 1)
        guard let reason = outcomes.first?.failure else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(reason.contains("answered 200"))
        #expect(!reason.contains("s3cr3t"))
    }

    @Test(arguments: services) func aWrongKeyIsNotTriedTwice(_ service: Service) async throws {
        let (outcomes, requests) = try await deliver(service, [.http(401, body: "{}"), service.accepted])
        #expect(requests.count == 1)
        #expect(outcomes != [.sent])
    }
}
