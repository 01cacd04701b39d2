import Basics
import JSON
import Testing
import Transport

@testable import Notifier

/// Notifications for the tests of the outputs.
enum Sample {
    static let time = Timestamp(microseconds: 1_795_232_520_000_000)

    static let alarm = Notification(
        title: "ALARM: cpu-high", text: "Threshold Crossed: 1 datapoint [91.5] was greater than the threshold (90.0).",
        severity: .critical, state: StateChange(from: "OK", to: "ALARM"),
        fields: [Field("Metric", "AWS/EC2 CPUUtilization"), Field("Dimensions", "InstanceId=i-1")],
        links: [
            Link("Alarm", "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#a:~(b)")
        ],
        time: time, source: .cloudWatchAlarm, dedupeKey: "alarm-1", incidentKey: "arn:cpu-high",
        account: "123456789012", region: "eu-central-1", resource: "arn:cpu-high", tags: ["team": "web"],
        message: [
            "AlarmName": "cpu-high", "AlarmDescription": "CPU über 90 %", "OldStateValue": "OK",
            "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed",
        ]
    )

    static let ok: Notification = {
        var ok = alarm
        (ok.title, ok.text, ok.severity) = ("OK: cpu-high", "Threshold Crossed: not greater any more.", .ok)
        (ok.state, ok.dedupeKey) = (StateChange(from: "ALARM", to: "OK"), "ok-1")
        ok.message = ["AlarmName": "cpu-high", "OldStateValue": "ALARM", "NewStateValue": "OK"]
        return ok
    }()

    static let plain = Notification(
        title: "Backup done", time: time, source: .text, dedupeKey: "plain-1", message: "Backup done")

    static let hostile = Notification(
        title: "a & b <!channel> @everyone",
        text: """
            @here <b>x</b> *y* _z_ `c` [click](https://evil.example)
            # big {{DATE(1)}} https://example.com/a_b_c?x=1&y=2
            """,
        severity: .warning, fields: [Field("*n*", "<@U1> & **v**")],
        links: [Link("a|b>", "https://example.com/?q=%22&r=(1)")], time: time, source: .text, dedupeKey: "hostile-1",
        message: "<!channel>"
    )

    /// A critical alarm of this name, which is its incident, too.
    static func lasting(_ name: String, at time: Timestamp, text: String = "") -> Notification {
        Notification(
            title: name, text: text, severity: .critical, state: StateChange(to: "ALARM"), time: time, source: .text,
            dedupeKey: name, incidentKey: name)
    }

    /// The alarm with a long text: emoji of several code points, characters that need escapes, line ends.
    static func long(_ count: Int = 40_000) -> Notification {
        let line = "Zeile & <x> 👩‍👩‍👧 ü \"q\" back\\slash 🔥 word\n"
        var notification = alarm
        notification.text = String(String(repeating: line, count: count / line.count + 1).prefix(count))
        return notification
    }

    static func options(
        thread: MessageReference? = nil, mentions: [Mention] = [], image: [UInt8]? = nil, key: String = "key-1"
    ) -> MessageOptions {
        MessageOptions(mentions: mentions, thread: thread, image: image, now: time, idempotencyKey: key)
    }
}

extension OutboundMessage {
    /// `POST https://… {"text":…}`.
    var line: String {
        guard case .http(let request) = call else { return "publish \(bodyText)" }
        return "\(request.method) \(request.url) \(bodyText)"
    }

    var request: HTTPRequest? {
        guard case .http(let request) = call else { return nil }
        return request
    }

    var json: JSONValue { (try? JSONValue(parsing: bodyText)) ?? .null }
}

extension HTTPResponse {
    /// A response with a text.
    init(_ status: Int, _ text: String = "", headers: HTTPHeaders = [:]) {
        self.init(status: status, headers: headers, body: Array(text.utf8))
    }
}

extension SendOutcome {
    /// A word, and the id or the seconds: `delivered`, `delivered 1.2`, `accepted`, `next`, `retry 30.0`,
    /// `unauthorized`, `refused`.
    var word: String {
        switch self {
        case .delivered(let reference, _): reference.map { "delivered \($0.id)" } ?? "delivered"
        case .accepted: "accepted"
        case .next: "next"
        case .retry(let after, _): after.map { "retry \($0 / .seconds(1))" } ?? "retry"
        case .unauthorized: "unauthorized"
        case .refused: "refused"
        }
    }

    var reason: String {
        switch self {
        case .delivered: ""
        case .accepted(let reason), .next(_, let reason), .retry(_, let reason), .unauthorized(let reason),
            .refused(let reason):
            reason
        }
    }
}
