import JSON
import Testing
import Transport

@testable import Notifier

/// One output of a kind with made-up secrets, and what the tests have to know of its service.
///
/// A new kind needs one entry in `all`. Every test of all kinds then covers it; `RECORD=1` writes its file in `Bodies`.
struct SampleOutput: Sendable, CustomTestStringConvertible {
    let kind: String
    /// The settings that are secrets.
    let secrets: [String]
    let options: JSONObject
    /// Whether long notifications become several messages.
    let splits: Bool
    let limit: MessageLimit?
    let responses: [Response]

    init(
        _ kind: String, secrets: [String], options: JSONObject = [:], splits: Bool = true, limit: MessageLimit? = nil,
        responses: [Response] = []
    ) {
        (self.kind, self.secrets, self.options, self.splits) = (kind, secrets, options, splits)
        (self.limit, self.responses) = (limit, responses)
    }

    /// A response of the service, and `SendOutcome.word` of what it means for an alarm's first message.
    struct Response: Sendable {
        let status: Int
        let body: String
        let outcome: String
        let headers: HTTPHeaders

        init(_ status: Int, _ body: String, _ outcome: String, _ headers: HTTPHeaders = [:]) {
            (self.status, self.body, self.outcome, self.headers) = (status, body, outcome, headers)
        }
    }

    static subscript(kind: String) -> SampleOutput {
        get throws { try #require(all.first { $0.kind == kind }) }
    }

    /// The kinds that split long notifications.
    static let splitting = all.filter(\.splits)

    static let secretValues = [
        "url": "https://chat.example/hook?key=s3cr3t", "token": "tok-s3cr3t", "secret": "sec-s3cr3t",
        "key": "key-s3cr3t", "authorization": "Basic s3cr3t",
    ]

    /// The output; `other` replaces options of the sample.
    func make(_ other: JSONObject = [:]) throws -> ChatOutput {
        try OutputDefinition(name: "ops", kind: kind, options: options.merging(other))
            .makeOutput(secrets: Self.secretValues.filter { secrets.contains($0.key) })
    }

    var testDescription: String { kind }
}

extension SampleOutput {
    static let all: [SampleOutput] = [
        SampleOutput(
            "slack", secrets: ["url"], options: ["channel": "#ops", "username": "Tocsin", "emoji": "bell"],
            limit: .text(40_000) { $0["text"] },
            responses: [
                .init(200, "ok", "delivered"),
                .init(200, #"{"ok":true}"#, "delivered"),
                .init(200, #"{"ok":false,"error":"x"}"#, "refused"),
                .init(200, "<html>proxy</html>", "retry"),
                .init(200, #"{"success":true}"#, "delivered"),
                .init(200, #"{"success":false,"error":"x"}"#, "refused"),
                .init(200, "accepted", "accepted"),
                .init(200, #"{"id":"m1"}"#, "accepted"),
                .init(200, "<response>taken</response>", "accepted"),
                .init(200, "<!DOCTYPE html>\n<HTML lang=en>", "retry"),
                .init(201, "", "accepted"),
                .init(200, "channel_not_found", "refused"),
                .init(200, "invalid_blocks", "next"),
                .init(200, "no_service", "unauthorized"),
                .init(200, "rate_limited", "retry"),
                .init(400, "invalid_blocks", "next"),
                .init(400, "invalid_blocks_format", "next"),
                .init(400, "invalid_attachments", "next"),
                .init(400, "user_not_found", "refused"),
                .init(403, "invalid_token", "unauthorized"),
                .init(404, "no_service", "unauthorized"),
                .init(410, "channel_is_archived", "unauthorized"),
                .init(500, "rollup_error", "retry"),
                .init(429, "", "retry 30.0", ["Retry-After": "30"]),
                .init(429, #"{"retry_after":1,"ok":false,"error":"rate_limited"}"#, "retry 1.0"),
                .init(
                    503, "", "retry 60.0",
                    ["Retry-After": "Sat, 21 Nov 2026 03:43:00 GMT", "Date": "Sat, 21 Nov 2026 03:42:00 GMT"]),
                .init(503, "", "retry", ["Retry-After": "soon"]),
            ]),
        SampleOutput(
            "slack-bot", secrets: ["token"], options: ["channel": "C1"], limit: .text(40_000) { $0["text"] },
            responses: [
                .init(200, #"{"ok":true,"channel":"C9","ts":"1.2"}"#, "delivered 1.2"),
                .init(200, #"{"ok":false,"error":"invalid_blocks"}"#, "next"),
                .init(200, #"{"ok":false,"error":"thread_not_found"}"#, "next"),
                .init(200, #"{"ok":false,"error":"not_in_channel"}"#, "refused"),
                .init(200, #"{"ok":false,"error":"token_revoked"}"#, "unauthorized"),
                .init(200, #"{"ok":false,"error":"internal_error"}"#, "retry"),
                .init(200, "[]", "retry"),
                .init(429, #"{"ok":false,"error":"ratelimited"}"#, "retry 7.0", ["Retry-After": "7"]),
            ]),
        SampleOutput(
            "slack-form", secrets: ["url"], options: ["channel": "#ops", "username": "AWS", "emoji": ":aws:"],
            splits: false,
            responses: [
                .init(200, "ok", "delivered")
            ]),
        SampleOutput(
            "slack-text", secrets: ["url"], splits: false, limit: .text(40_000) { $0["text"] },
            responses: [
                .init(500, "", "retry")
            ]),
        SampleOutput(
            "telegram", secrets: ["token"], options: ["chat": "-100", "topic": 7], limit: .text(4_096) { $0["text"] },
            responses: [
                .init(200, #"{"ok":true,"result":{"message_id":5}}"#, "delivered 5"),
                .init(429, #"{"ok":false,"parameters":{"retry_after":35}}"#, "retry 35.0"),
                .init(400, #"{"ok":false,"description":"Bad Request: can't parse entities"}"#, "next"),
                .init(400, #"{"ok":false,"parameters":{"migrate_to_chat_id":-1005}}"#, "next"),
                .init(400, #"{"ok":false,"description":"Bad Request: chat not found"}"#, "refused"),
                .init(400, #"{"ok":false,"description":"Bad Request: message is not modified: same"}"#, "delivered"),
                .init(401, #"{"ok":false,"description":"Unauthorized"}"#, "unauthorized"),
                .init(502, "<html>", "retry"),
                .init(200, "<html>", "retry"),
            ]),
        SampleOutput(
            "teams", secrets: ["url"], limit: .bytes(28 * 1_024),
            responses: [
                .init(202, "", "delivered"),
                .init(400, #"{"error":{"message":"x"}}"#, "next"),
                .init(401, "", "unauthorized"),
                .init(429, "", "retry"),
                .init(502, "", "retry"),
            ]),
        SampleOutput(
            "discord", secrets: ["url"], options: ["thread-id": "42"], limit: .discord,
            responses: [
                .init(200, #"{"id":"11"}"#, "delivered 11"),
                .init(204, "", "delivered"),
                .init(400, #"{"code":50035,"message":"Invalid Form Body"}"#, "next"),
                .init(404, #"{"message":"Unknown Webhook"}"#, "unauthorized"),
                .init(429, #"{"retry_after":0.75,"global":false}"#, "retry 0.75"),
                .init(200, "x", "retry"),
            ]),
        SampleOutput(
            "dingtalk", secrets: ["url", "secret"], limit: .bytes(20_000),
            responses: [
                .init(200, #"{"errcode":0,"errmsg":"ok"}"#, "delivered"),
                .init(200, #"{"errcode":310000,"errmsg":"sign not match"}"#, "refused"),
                .init(200, #"{"errcode":130101,"errmsg":"send too fast"}"#, "retry 60.0"),
                .init(200, #"{"errcode":300001,"errmsg":"token is not exist"}"#, "unauthorized"),
                .init(200, "{}", "retry"),
                .init(500, "", "retry"),
            ]),
        SampleOutput(
            "feishu", secrets: ["url", "secret"], limit: .bytes(20 * 1_024),
            responses: [
                .init(200, #"{"code":0,"msg":"success"}"#, "delivered"),
                .init(200, #"{"StatusCode":0,"StatusMessage":"success"}"#, "delivered"),
                .init(200, #"{"code":11232,"msg":"frequency limited"}"#, "retry 5.0"),
                .init(400, #"{"code":9499,"msg":"Bad Request"}"#, "next"),
                .init(200, #"{"code":19021,"msg":"sign match fail"}"#, "unauthorized"),
                .init(200, #"{"code":19999}"#, "refused"),
                .init(200, "", "retry"),
            ]),
        SampleOutput(
            "wecom", secrets: ["url"], limit: .utf8(4_096) { $0["markdown"]?["content"] },
            responses: [
                .init(200, #"{"errcode":0}"#, "delivered"),
                .init(200, #"{"errcode":45009}"#, "retry 60.0"),
                .init(200, #"{"errcode":93000}"#, "unauthorized"),
                .init(200, #"{"errcode":40008}"#, "refused"),
            ]),
        SampleOutput(
            "matrix", secrets: ["token"], options: ["room": "!r:example.org"], limit: .bytes(65_536),
            responses: [
                .init(200, #"{"event_id":"$e"}"#, "delivered $e"),
                .init(200, "{}", "retry"),
                .init(429, #"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}"#, "retry 1.5"),
                .init(401, #"{"errcode":"M_UNKNOWN_TOKEN"}"#, "unauthorized"),
                .init(413, #"{"errcode":"M_TOO_LARGE"}"#, "refused"),
                .init(504, "", "retry"),
            ]),
        SampleOutput(
            "mattermost", secrets: ["url"],
            limit: .text(16_383) {
                .string(($0["text"]?.stringValue ?? "") + ($0["attachments"]?[0]?["text"]?.stringValue ?? ""))
            },
            responses: [
                .init(200, "ok", "delivered"),
                .init(200, #"{"success":true}"#, "delivered"),
                .init(200, #"{"success":false,"error":"x"}"#, "refused"),
                .init(200, #"{"status_code":400,"message":"x"}"#, "refused"),
                .init(200, "<html>proxy</html>", "retry"),
                .init(200, "accepted", "accepted"),
                .init(204, "", "accepted"),
                .init(400, "", "next"),
            ]),
        SampleOutput(
            "google-chat", secrets: ["url"], limit: .bytes(32_000),
            responses: [
                .init(200, #"{"name":"spaces/a/messages/b"}"#, "delivered"),
                .init(
                    200, #"{"name":"spaces/a/messages/b","thread":{"name":"spaces/a/threads/c"}}"#,
                    "delivered spaces/a/threads/c"),
                .init(400, #"{"error":{"message":"x"}}"#, "next"),
                .init(429, "{}", "retry"),
                .init(403, "{}", "unauthorized"),
                .init(200, "", "retry"),
            ]),
        SampleOutput(
            "pagerduty", secrets: ["key"], splits: false, limit: .bytes(512 * 1_024),
            responses: [
                .init(202, #"{"status":"success","dedup_key":"k"}"#, "delivered"),
                .init(400, #"{"status":"invalid event","errors":["x"]}"#, "refused"),
                .init(429, "", "retry"),
                .init(202, "", "retry"),
            ]),
        SampleOutput(
            "webhook", secrets: ["url", "secret", "authorization"], splits: false,
            responses: [
                .init(204, "", "delivered"),
                .init(302, "", "refused"),
                .init(408, "", "retry"),
                .init(422, "", "refused"),
                .init(401, "", "unauthorized"),
            ]),
        SampleOutput(
            "amazon-q", secrets: [], options: ["topic": "arn:aws:sns:eu-central-1:1:q"], limit: .bytes(256 * 1_024),
            responses: [
                .init(200, "", "delivered")
            ]),
        SampleOutput(
            "rocket-chat", secrets: ["url"], options: ["channel": "#ops", "username": "Tocsin", "emoji": "bell"],
            limit: .text(5_000) {
                .string(($0["text"]?.stringValue ?? "") + ($0["attachments"]?[0]?["text"]?.stringValue ?? ""))
            },
            responses: [
                .init(200, #"{"success":true}"#, "delivered"),
                .init(200, #"{"success":true,"responses":[]}"#, "delivered"),
                .init(200, #"{"success":false,"error":"unknown-error"}"#, "refused"),
                .init(200, "<html>proxy</html>", "retry"),
                .init(200, "", "accepted"),
                .init(400, #"{"success":false,"error":"invalid-channel"}"#, "next"),
                .init(401, #"{"status":"error","message":"You must be logged in to do this."}"#, "unauthorized"),
                .init(
                    429,
                    #"{"success":false,"error":"Error, too many requests. Please slow down. "#
                        + #"You must wait 20 seconds before trying this endpoint again."}"#, "retry 20.0"),
                .init(429, #"{"success":false,"error":"You must wait"}"#, "retry"),
                .init(503, #"{"success":false,"error":"Service Unavailable"}"#, "retry"),
            ]),
        SampleOutput(
            "zulip", secrets: ["key"],
            options: ["server": "https://z.example", "email": "bot@z.example", "channel": "alerts"],
            limit: .all(.text(10_000) { $0["content"] }, .text(60) { $0["topic"] }),
            responses: [
                .init(200, #"{"id":42,"msg":"","result":"success"}"#, "delivered 42"),
                .init(200, #"{"msg":"","result":"success"}"#, "delivered"),
                .init(200, #"{"msg":"x","result":"error","code":"BAD_REQUEST"}"#, "refused"),
                .init(200, "<html>", "retry"),
                .init(400, #"{"result":"error","msg":"No channel","code":"STREAM_DOES_NOT_EXIST"}"#, "refused"),
                .init(401, #"{"result":"error","msg":"Invalid API key","code":"INVALID_API_KEY"}"#, "unauthorized"),
                .init(
                    429, #"{"result":"error","msg":"x","code":"RATE_LIMIT_HIT","retry-after":28.7}"#, "retry 28.7",
                    ["Retry-After": "29"]),
                .init(429, "", "retry 29.0", ["Retry-After": "29"]),
                .init(502, "", "retry"),
            ]),
        SampleOutput(
            "ntfy", secrets: ["token"], options: ["topic": "alerts", "tags": ["prod"]],
            limit: .all(.bytes(8_192), .utf8(4_096) { $0["message"] }),
            responses: [
                .init(200, #"{"id":"sPs71M8A2T","time":1,"event":"message","topic":"alerts"}"#, "delivered"),
                .init(200, "<html>", "retry"),
                .init(200, "{}", "retry"),
                .init(400, #"{"code":40009,"http":400,"error":"invalid request: topic invalid"}"#, "refused"),
                .init(401, #"{"code":40101,"http":401,"error":"unauthorized"}"#, "unauthorized"),
                .init(403, #"{"code":40301,"http":403,"error":"forbidden"}"#, "unauthorized"),
                .init(413, #"{"code":41303,"http":413,"error":"JSON body too large"}"#, "refused"),
                .init(429, #"{"code":42901,"http":429,"error":"limit reached: too many requests"}"#, "retry"),
                .init(500, #"{"code":50001,"http":500,"error":"internal server error"}"#, "retry"),
            ]),
        SampleOutput(
            "opsgenie", secrets: ["key"],
            options: ["responders": ["team:ops", "user:ann@example.org"], "tags": "prod, web"], splits: false,
            limit: .all(
                .text(130) { $0["message"] }, .text(512) { $0["alias"] }, .text(15_000) { $0["description"] },
                .text(25_000) { $0["note"] }, .text(8_000) { .string(Self.text(ofMembers: $0["details"])) }),
            responses: [
                .init(202, #"{"result":"Request will be processed","took":0.1,"requestId":"r-1"}"#, "delivered"),
                .init(202, "{}", "retry"),
                .init(403, #"{"message":"Key format is not valid!","took":0.1,"requestId":"r-2"}"#, "unauthorized"),
                .init(422, #"{"message":"message can not be empty","requestId":"r-3"}"#, "refused"),
                .init(429, #"{"message":"too many requests","requestId":"r"}"#, "retry 3.0", ["Retry-After": "3"]),
                .init(503, "", "retry"),
            ]),
        SampleOutput(
            "email", secrets: [],
            options: ["from": "Tocsin Ü <tocsin@example.org>", "to": ["ops@example.org", "cto@example.org"]],
            splits: false,
            limit: .all(
                .bytes(10 << 20), .text(200) { $0["Content"]?["Simple"]?["Subject"]?["Data"] }),
            responses: [.init(200, "", "delivered")]),
        SampleOutput(
            "sns", secrets: [], options: ["topic": "arn:aws:sns:eu-central-1:123456789012:next.fifo"], splits: false,
            limit: .all(.utf8(256 * 1_024 - 2_000) { $0["Message"] }, .text(99) { $0["Subject"] }),
            responses: [.init(200, "", "delivered")]),
        SampleOutput(
            "eventbridge", secrets: [], options: ["bus": "alerts"], splits: false,
            limit: .utf8(256 * 1_024 - 5_000) { $0["Entries"]?[0]?["Detail"] },
            responses: [.init(200, "", "delivered")]),
    ]

    private static func text(ofMembers object: JSONValue?) -> String {
        (object?.objectValue ?? [:]).map { $0.key + ($0.value.stringValue ?? "") }.joined()
    }
}

/// A service's limit for the length of a message.
struct MessageLimit: Sendable {
    /// What exceeds the limit; `nil` when the message fits.
    let fault: @Sendable (OutboundMessage) -> String?

    /// For the whole body.
    static func bytes(_ limit: Int) -> MessageLimit {
        MessageLimit { over($0.bodyText.utf8.count, limit) }
    }

    /// For one text, in UTF-16 units.
    static func text(_ limit: Int, _ text: @escaping @Sendable (JSONValue) -> JSONValue?) -> MessageLimit {
        MessageLimit { over(length(text($0.json)), limit) }
    }

    /// For one text, in bytes.
    static func utf8(_ limit: Int, _ text: @escaping @Sendable (JSONValue) -> JSONValue?) -> MessageLimit {
        MessageLimit { over(text($0.json)?.stringValue?.utf8.count ?? 0, limit) }
    }

    /// All of these.
    static func all(_ limits: MessageLimit...) -> MessageLimit {
        MessageLimit { message in limits.lazy.compactMap { $0.fault(message) }.first }
    }

    /// For the content, and for the members of an embed one by one and together.
    static let discord = MessageLimit { message in
        over(length(message.json["content"]), 2_000) ?? message.json["embeds"]?[0].flatMap(embedFault)
    }

    private static func embedFault(_ embed: JSONValue) -> String? {
        let fields = embed["fields"]?.arrayValue ?? []
        var total = length(embed["title"]) + length(embed["description"]) + length(embed["footer"]?["text"])
        for field in fields {
            total += length(field["name"]) + length(field["value"])
            if length(field["name"]) > 256 || length(field["value"]) > 1_024 { return "field" }
            if length(field["name"]) == 0 || length(field["value"]) == 0 { return "empty field" }
        }
        if fields.count > 25 { return "fields" }
        if length(embed["title"]) > 256 { return "title" }
        if length(embed["description"]) > 4_096 { return "description" }
        return over(total, 6_000)
    }

    private static func over(_ length: Int, _ limit: Int) -> String? {
        length > limit ? "\(length) is more than \(limit)" : nil
    }

    private static func length(_ text: JSONValue?) -> Int { text?.stringValue?.utf16.count ?? 0 }
}
