import JSON
import Testing
import Transport

@testable import Notifier

/// What each service's answers mean.
@Suite struct AnswerTests {
    struct Row: Sendable {
        let kind: String
        let status: Int
        let body: String
        let outcome: String
        var headers: HTTPHeaders = [:]

        init(_ kind: String, _ status: Int, _ body: String, _ outcome: String, _ headers: HTTPHeaders = [:]) {
            (self.kind, self.status, self.body, self.outcome, self.headers) = (kind, status, body, outcome, headers)
        }
    }

    static let slack = [
        Row("slack", 200, "ok", "delivered"), Row("slack", 200, #"{"ok":true}"#, "delivered"),
        Row("slack", 200, #"{"ok":false,"error":"x"}"#, "refused"), Row("slack", 200, "<html>proxy</html>", "retry"),
        Row("slack", 400, "invalid_blocks", "next"), Row("slack", 400, "invalid_blocks_format", "next"),
        Row("slack", 400, "invalid_attachments", "next"), Row("slack", 400, "user_not_found", "refused"),
        Row("slack", 403, "invalid_token", "unauthorized"), Row("slack", 404, "no_service", "unauthorized"),
        Row("slack", 410, "channel_is_archived", "unauthorized"), Row("slack", 500, "rollup_error", "retry"),
        Row("slack", 429, "", "retry 30.0", ["Retry-After": "30"]),
        Row("slack", 429, #"{"retry_after":1,"ok":false,"error":"rate_limited"}"#, "retry 1.0"),
        Row(
            "slack", 503, "", "retry 60.0",
            ["Retry-After": "Sat, 21 Nov 2026 03:43:00 GMT", "Date": "Sat, 21 Nov 2026 03:42:00 GMT"]),
        Row("slack", 503, "", "retry", ["Retry-After": "soon"]), Row("slack-form", 200, "ok", "delivered"),
        Row("slack-text", 500, "", "retry"),
        Row("slack-bot", 200, #"{"ok":true,"channel":"C9","ts":"1.2"}"#, "delivered 1.2"),
        Row("slack-bot", 200, #"{"ok":false,"error":"invalid_blocks"}"#, "next"),
        Row("slack-bot", 200, #"{"ok":false,"error":"thread_not_found"}"#, "next"),
        Row("slack-bot", 200, #"{"ok":false,"error":"not_in_channel"}"#, "refused"),
        Row("slack-bot", 200, #"{"ok":false,"error":"token_revoked"}"#, "unauthorized"),
        Row("slack-bot", 200, #"{"ok":false,"error":"internal_error"}"#, "retry"), Row("slack-bot", 200, "[]", "retry"),
        Row("slack-bot", 429, #"{"ok":false,"error":"ratelimited"}"#, "retry 7.0", ["Retry-After": "7"]),
    ]

    static let others = [
        Row("telegram", 200, #"{"ok":true,"result":{"message_id":5}}"#, "delivered 5"),
        Row("telegram", 429, #"{"ok":false,"parameters":{"retry_after":35}}"#, "retry 35.0"),
        Row("telegram", 400, #"{"ok":false,"description":"Bad Request: can't parse entities"}"#, "next"),
        Row("telegram", 400, #"{"ok":false,"parameters":{"migrate_to_chat_id":-1005}}"#, "next"),
        Row("telegram", 400, #"{"ok":false,"description":"Bad Request: chat not found"}"#, "refused"),
        Row("telegram", 400, #"{"ok":false,"description":"Bad Request: message is not modified: same"}"#, "delivered"),
        Row("telegram", 401, #"{"ok":false,"description":"Unauthorized"}"#, "unauthorized"),
        Row("telegram", 502, "<html>", "retry"), Row("telegram", 200, "<html>", "retry"),
        Row("teams", 202, "", "delivered"), Row("teams", 400, #"{"error":{"message":"x"}}"#, "next"),
        Row("teams", 401, "", "unauthorized"), Row("teams", 429, "", "retry"), Row("teams", 502, "", "retry"),
        Row("discord", 200, #"{"id":"11"}"#, "delivered 11"), Row("discord", 204, "", "delivered"),
        Row("discord", 400, #"{"code":50035,"message":"Invalid Form Body"}"#, "next"),
        Row("discord", 404, #"{"message":"Unknown Webhook"}"#, "unauthorized"),
        Row("discord", 429, #"{"retry_after":0.75,"global":false}"#, "retry 0.75"), Row("discord", 200, "x", "retry"),
        Row("dingtalk", 200, #"{"errcode":0,"errmsg":"ok"}"#, "delivered"),
        Row("dingtalk", 200, #"{"errcode":310000,"errmsg":"sign not match"}"#, "refused"),
        Row("dingtalk", 200, #"{"errcode":130101,"errmsg":"send too fast"}"#, "retry 60.0"),
        Row("dingtalk", 200, #"{"errcode":300001,"errmsg":"token is not exist"}"#, "unauthorized"),
        Row("dingtalk", 200, "{}", "retry"), Row("dingtalk", 500, "", "retry"),
        Row("feishu", 200, #"{"code":0,"msg":"success"}"#, "delivered"),
        Row("feishu", 200, #"{"StatusCode":0,"StatusMessage":"success"}"#, "delivered"),
        Row("feishu", 200, #"{"code":11232,"msg":"frequency limited"}"#, "retry 5.0"),
        Row("feishu", 400, #"{"code":9499,"msg":"Bad Request"}"#, "next"),
        Row("feishu", 200, #"{"code":19021,"msg":"sign match fail"}"#, "unauthorized"),
        Row("feishu", 200, #"{"code":19999}"#, "refused"), Row("feishu", 200, "", "retry"),
        Row("wecom", 200, #"{"errcode":0}"#, "delivered"), Row("wecom", 200, #"{"errcode":45009}"#, "retry 60.0"),
        Row("wecom", 200, #"{"errcode":93000}"#, "unauthorized"), Row("wecom", 200, #"{"errcode":40008}"#, "refused"),
        Row("matrix", 200, #"{"event_id":"$e"}"#, "delivered $e"), Row("matrix", 200, "{}", "retry"),
        Row("matrix", 429, #"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}"#, "retry 1.5"),
        Row("matrix", 401, #"{"errcode":"M_UNKNOWN_TOKEN"}"#, "unauthorized"),
        Row("matrix", 413, #"{"errcode":"M_TOO_LARGE"}"#, "refused"), Row("matrix", 504, "", "retry"),
        Row("mattermost", 200, "ok", "delivered"), Row("mattermost", 200, #"{"success":true}"#, "delivered"),
        Row("mattermost", 200, #"{"success":false,"error":"x"}"#, "refused"), Row("mattermost", 400, "", "next"),
        Row("google-chat", 200, #"{"name":"spaces/a/messages/b"}"#, "delivered"),
        Row("google-chat", 400, #"{"error":{"message":"x"}}"#, "next"), Row("google-chat", 429, "{}", "retry"),
        Row("google-chat", 403, "{}", "unauthorized"), Row("google-chat", 200, "", "retry"),
        Row("pagerduty", 202, #"{"status":"success","dedup_key":"k"}"#, "delivered"),
        Row("pagerduty", 400, #"{"status":"invalid event","errors":["x"]}"#, "refused"),
        Row("pagerduty", 429, "", "retry"), Row("pagerduty", 202, "", "retry"), Row("webhook", 204, "", "delivered"),
        Row("webhook", 302, "", "refused"), Row("webhook", 408, "", "retry"), Row("webhook", 422, "", "refused"),
        Row("webhook", 401, "", "unauthorized"), Row("amazon-q", 200, "", "delivered"),
    ]

    @Test(arguments: slack + others)
    func meaning(of row: Row) throws {
        let output = try SampleOutput[row.kind].make()
        let message = output.messages(for: Sample.alarm, Sample.options())[0]
        let outcome = output.outcome(of: HTTPResponse(row.status, row.body, headers: row.headers), to: message)
        #expect(outcome.word == row.outcome)
    }

    @Test(arguments: SampleOutput.all)
    func reasonsHoldNoSecret(_ sample: SampleOutput) throws {
        let output = try sample.make()
        let message = output.messages(for: Sample.alarm, Sample.options())[0]
        let echo = "no such token xoxb-1234567890-abcdefghijklmnopqrstuvwxyz \(message.line)"
        let bodies = [
            echo,
            JSONValue.object([
                "ok": false, "error": .string(echo), "description": .string(echo),
                "message": .string(echo), "errmsg": .string(echo), "errcode": 7,
            ]).description,
        ]
        for body in bodies {
            for status in [200, 400, 401, 429, 500] {
                let reason = output.outcome(of: HTTPResponse(status, body), to: message).reason
                #expect(!reason.contains("s3cr3t") && !reason.contains("xoxb"))
                #expect(reason.count < 300)
            }
        }
    }

    /// A form that is refused again must not come back for ever.
    @Test(arguments: SampleOutput.all)
    func theOtherFormIsTheLast(_ sample: SampleOutput) throws {
        let output = try sample.make()
        for body in [
            "invalid_blocks", #"{"ok":false,"error":"invalid_blocks"}"#, #"{"code":9499}"#,
            #"{"ok":false,"description":"Bad Request: can't parse entities"}"#,
        ] {
            var message = output.messages(for: Sample.alarm, Sample.options())[0]
            var steps = 0
            while case .next(let next, _) = output.outcome(of: HTTPResponse(400, body), to: message) {
                (message, steps) = (next, steps + 1)
                #expect(steps < 3)
                if steps > 3 { break }
            }
        }
    }
}
