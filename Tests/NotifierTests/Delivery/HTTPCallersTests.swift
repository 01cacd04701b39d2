import AWS
import Basics
import Configuration
import FunctionRuntime
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Who may post by HTTP.
@Suite struct HTTPCallersTests {
    private let clock = TestClock(Sample.time)

    private func notifier(_ server: ChatServer, _ variables: [String: String]) async throws -> Notifier {
        let environment = Environment(variables.merging(["SLACK_WEBHOOK_URL": server.url]) { $1 })
        return try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source, executor: Network.loop.get(), attemptTimeout: .seconds(3), aws: noAWS
        )
    }

    private static let lambda = ["AWS_LAMBDA_FUNCTION_NAME": "notifier"]
    private static let body = #"{"text":"hello"}"#

    /// A function URL's request, or a REST API's.
    private static func request(headers: JSONObject = [:], query: String? = nil, isREST: Bool = false) -> JSONValue {
        guard isREST else {
            return [
                "version": "2.0", "rawPath": "/", "rawQueryString": .string(query ?? ""), "headers": .object(headers),
                "requestContext": ["http": ["method": "POST"]], "body": .string(body), "isBase64Encoded": false,
            ]
        }
        let parameters = formFields(Array((query ?? "").utf8)).map { ($0.name, JSONValue.string($0.value)) }
        return [
            "httpMethod": "POST", "path": "/", "headers": .object(headers), "requestContext": ["stage": "prod"],
            "queryStringParameters": .object(JSONObject(parameters)),
            "body": .string(Base64.encode(Array(body.utf8))), "isBase64Encoded": true,
        ]
    }

    private func answer(_ notifier: Notifier, _ event: JSONValue) async throws -> JSONValue {
        try JSONValue(parsing: try await notifier.handle(event.serialized(), .test(clock)).text)
    }

    @Test("on Lambda an HTTP request is refused while no token is set, and told what to do")
    func refusesWithoutToken() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let notifier = try await notifier(server, Self.lambda)
        let answer = try await answer(notifier, Self.request(query: "token=guess"))
        #expect(answer["statusCode"] == 403)
        #expect(answer["headers"]?["Content-Type"] == "text/plain; charset=utf-8")
        #expect(answer["body"]?.stringValue?.contains("Set NOTIFY_TOKEN") == true)
        #expect(server.requests.isEmpty)
        // Who may publish to a topic is decided there.
        _ = try await notifier.handle(SampleEvents.topic(["a"]).serialized(), .test(clock))
        _ = try await notifier.handle(SampleEvents.queue(["b"]).serialized(), .test(clock))
        let event: JSONValue = ["id": "1", "source": "mine", "detail-type": "t", "detail": [:]]
        _ = try await notifier.handle(event.serialized(), .test(clock))
        #expect(server.accepted.count == 3)
    }

    @Test("elsewhere the trigger decides who may post, unless there is a token")
    func elsewhere() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        #expect(try await answer(try await notifier(server, [:]), Self.request())["statusCode"] == 200)
        let notifier = try await notifier(server, ["NOTIFY_TOKEN": "right"])
        #expect(try await answer(notifier, Self.request())["statusCode"] == 401)
        #expect(server.accepted.count == 1)
    }

    private static let signature =
        "sha256=" + Digest.hmac(key: Array("right".utf8), body).hex

    @Test(
        "an HTTP request needs the token",
        arguments: [
            (["authorization": "Bearer right"], "", 200), (["Authorization": "bearer right"], "", 200),
            (["X-Notify-Token": "right"], "", 200), ([:], "token=right", 200), ([:], "a=b&token=right", 200),
            (["x-hub-signature-256": .string(signature)], "", 200),
            (["X-Tocsin-Signature": .string(signature)], "", 200),
            ([:], "", 401), (["authorization": "Bearer wrong"], "", 401), (["authorization": "Basic right"], "", 401),
            (["authorization": "right"], "", 401), (["x-notify-token": "righ"], "", 401),
            (["x-notify-token": "right2"], "", 401), ([:], "token=", 401), ([:], "token=Right", 401),
            (["x-hub-signature-256": "sha256=0000"], "", 401), (["x-hub-signature-256": ""], "", 401),
        ] as [(JSONObject, String, Int64)], [true, false])
    func needsToken(_ row: (headers: JSONObject, query: String, status: Int64), isREST: Bool) async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let notifier = try await notifier(server, Self.lambda.merging(["NOTIFY_TOKEN": "right"]) { $1 })
        let event = Self.request(headers: row.headers, query: row.query, isREST: isREST)
        let answer = try await answer(notifier, event)
        #expect(answer["statusCode"]?.intValue == row.status)
        #expect(server.accepted.count == (row.status == 200 ? 1 : 0))
        #expect(answer.description.contains("right") == false)
    }

    @Test("a load balancer with multi-value headers hands over the token in a list", arguments: ["right", "wrong"])
    func tokenInList(token: String) async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let notifier = try await notifier(server, Self.lambda.merging(["NOTIFY_TOKEN": "right"]) { $1 })
        let event: JSONValue = [
            "httpMethod": "POST", "path": "/", "requestContext": ["elb": ["targetGroupArn": "arn"]],
            "multiValueHeaders": ["content-type": ["application/json"]],
            "multiValueQueryStringParameters": ["token": [.string(token)]], "body": .string(Self.body),
            "isBase64Encoded": false,
        ]
        #expect(try await answer(notifier, event)["statusCode"]?.intValue == (token == "right" ? 200 : 401))
    }

    @Test("a token that cannot be fetched lets nobody in")
    func unknownToken() async throws {
        let server = try ChatServer()
        let ssm = try ScriptedServer { _ in .http(400, body: #"{"__type":"ParameterNotFound"}"#) }
        defer {
            server.stop()
            ssm.stop()
        }
        let environment = Environment(["SLACK_WEBHOOK_URL": server.url, "NOTIFY_TOKEN": "ssm:/notify"])
        let time = clock.source(realSleep: { try await Task.sleep(for: $0) })
        let variables = awsVariables(at: ssm.url).merging(["AWS_MAX_ATTEMPTS": "1"]) { $1 }
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: time, executor: Network.loop.get()
        ) {
            try AWSConfiguration(environment: variables, http: Network.http.get(), time: time)
        }
        await #expect(throws: (any Error).self) { try await answer(notifier, Self.request(query: "token=")) }
        #expect(server.requests.isEmpty)
    }
}

/// Slack's own markup in messages: only trusted senders may use it.
@Suite struct TrustTests {
    private static let hostile =
        #"{"text":"<!channel> <https://evil.example|AWS console> <@U1>","blocks":[{"type":"section","text":"#
        + #"{"type":"mrkdwn","text":"*<!here>*"}}],"attachments":[{"title":"t","title_link":"https://evil.example/x"}]}"#

    private static func http(_ body: String, form: Bool = false) -> JSONValue {
        [
            "version": "v1", "rawPath": "/", "queryParameters": [:], "isBase64Encoded": false, "body": .string(body),
            "headers": ["content-type": .string(form ? "application/x-www-form-urlencoded" : "application/json")],
            "requestContext": ["http": ["method": "POST"]],
        ]
    }

    private func sent(
        _ event: JSONValue, kind: String = "slack", _ variables: [String: String] = [:], route: String = ""
    ) async throws -> String {
        let server = try ChatServer()
        defer { server.stop() }
        let clock = TestClock(Sample.time)
        let rules = """
            outputs: {ops: {kind: \(kind), url: "\(server.url)"}}
            routes: [\(route)]
            """
        let environment = Environment(variables.merging(["NOTIFY_CONFIG_TEXT": rules]) { $1 })
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source, executor: Network.loop.get(), attemptTimeout: .seconds(3), aws: noAWS
        )
        _ = try await notifier.handle(event.serialized(), .test(clock))
        return try #require(server.accepted.first?.text)
    }

    @Test("Slack-shaped input calls nobody and hides no link", arguments: ["slack", "slack-text", "mattermost"])
    func escaped(kind: String) async throws {
        let form = "payload=" + percentEncoded(Self.hostile)
        for event in [
            SampleEvents.topic([Self.hostile]), SampleEvents.queue([Self.hostile]), Self.http(Self.hostile),
            Self.http(form, form: true), try JSONValue(parsing: Self.hostile),
        ] {
            let text = try await sent(event, kind: kind)
            for markup in ["<!channel", "<!here", "<https", "<@"] { #expect(!text.contains(markup), "\(text)") }
            #expect(text.contains("evil.example"), "where a link leads is shown")
            #expect(!text.contains("\"title_link\":"))
        }
    }

    @Test("a route or a variable trusts a sender")
    func trusted() async throws {
        let topic = SampleEvents.topic([Self.hostile])
        let rule = "{match: {source: slack, account: 123456789012}, to: ops, trusted: true}"
        #expect(try await sent(topic, route: rule).contains("<!channel>"))
        let arn = "arn:aws:sns:eu-central-1:123456789012:results"
        for (event, trust) in [
            (topic, arn), (topic, "http, arn:aws:sns:*:123456789012:res*"), (topic, "*"),
            (Self.http(Self.hostile), "http"), (SampleEvents.queue([Self.hostile]), "queue"),
        ] {
            #expect(try await sent(event, ["NOTIFY_TRUSTED": trust]).contains("<!channel>"), "\(trust)")
        }
        #expect(try await !sent(topic, ["NOTIFY_TRUSTED": "http,queue,direct"]).contains("<!channel>"))
    }

    @Test("a message cannot name a trusted topic as its own")
    func aTopicInTheMessage() async throws {
        let arn = "arn:aws:sns:eu-central-1:123456789012:results"
        let inner = SampleEvents.notification(id: "sns-9", Self.hostile)
        for event in [Self.http(inner), SampleEvents.queue([inner])] {
            #expect(try await !sent(event, ["NOTIFY_TRUSTED": arn]).contains("<!channel>"))
        }
        var record = SampleEvents.topicRecord(id: "1", inner)
        if var object = record.objectValue, var sns = object["Sns"]?.objectValue {
            sns["TopicArn"] = "arn:aws:sns:eu-central-1:123456789012:open"
            object["Sns"] = .object(sns)
            record = .object(object)
        }
        #expect(try await !sent(["Records": [record]], ["NOTIFY_TRUSTED": arn]).contains("<!channel>"))
    }
}
