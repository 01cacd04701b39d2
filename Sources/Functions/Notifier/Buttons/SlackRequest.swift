import Basics
import Events
import JSON

/// A request that Slack sends when somebody presses a button, not yet trusted.
///
/// https://docs.slack.dev/authentication/verifying-requests-from-slack
struct SlackRequest: Sendable {
    /// Older or newer requests are refused, as Slack advises: who has recorded one could send it again.
    static let maximumAge = Duration.seconds(5 * 60)

    /// Why a request is not taken.
    enum Refusal: Sendable, Hashable {
        case wrongSignature
        case tooOld
        /// The same request has come before.
        case replay

        /// Plain text for the caller, and for the log.
        var text: String {
            switch self {
            case .wrongSignature:
                "Refused: the signature is not Slack's. Compare slack-signing-secret with Basic Information, Signing "
                    + "Secret, of the app at https://api.slack.com/apps."
            case .tooOld: "Refused: the request is more than five minutes old, or this machine's clock is wrong."
            case .replay: "Refused: this request has come before."
            }
        }

        var response: JSONValue {
            [
                "statusCode": self == .replay ? 409 : 401, "headers": ["Content-Type": "text/plain; charset=utf-8"],
                "body": .string(text + "\n"),
            ]
        }
    }

    private let timestamp: String
    private let signature: String
    private let body: String

    /// - Parameter event: the HTTP request as the platform hands it over.
    /// - Returns: nil for a request that does not claim to be Slack's.
    init?(_ event: JSONValue) {
        var headers: [String: String] = [:]
        for members in [event["headers"], event["multiValueHeaders"]] {
            for (name, value) in members?.objectValue ?? [:] { headers[name.lowercased()] = value.texts.first }
        }
        guard let timestamp = headers["x-slack-request-timestamp"], let signature = headers["x-slack-signature"]
        else { return nil }
        (self.timestamp, self.signature) = (timestamp, signature)
        let text = event["body"]?.stringValue ?? ""
        let bytes = event["isBase64Encoded"]?.text == "true" ? Base64.decode(text) : nil
        body = bytes.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Whether one of the secrets has signed it, not long ago.
    func refusal(secrets: [String], at now: Timestamp) -> Refusal? {
        let text = "v0:\(timestamp):\(body)"
        let isKnown = secrets.contains { secret in
            !secret.isEmpty && ("v0=" + Digest.hmac(key: Array(secret.utf8), text).hex).hasSameBytes(as: signature)
        }
        guard isKnown else { return .wrongSignature }
        // Only digits are signed by Slack, so nothing else comes here.
        guard let seconds = Int64(timestamp), 0...253_402_300_799 ~= seconds else { return .tooOld }
        let age = now - Timestamp(microseconds: seconds * 1_000_000)
        return age > Self.maximumAge || age < .zero - Self.maximumAge ? .tooOld : nil
    }

    /// Equal for the same request only.
    var id: String { String(Digest.sha256Hex(signature).prefix(24)) }

    /// What was pressed; nil for what is not a button of ours, such as one that opens a page.
    var press: ButtonPress? {
        guard let payload = formFields(Array(body.utf8)).first(where: { $0.name == "payload" })?.value,
            let json = try? JSONValue(parsing: payload), json["type"]?.stringValue == "block_actions"
        else { return nil }
        return ButtonPress(json, request: id)
    }
}

/// Somebody's press of a button.
struct ButtonPress: Sendable, Hashable {
    let action: AlarmAction
    /// The name under which the alarm is kept.
    let alarm: String
    let user: SlackUser
    /// The message that the button stands in.
    let channel: String, message: String
    /// Of the request that told of it.
    let request: String

    init(_ action: AlarmAction, of alarm: String, by user: SlackUser, channel: String, message: String, request: String)
    {
        (self.action, self.alarm, self.user) = (action, alarm, user)
        (self.channel, self.message, self.request) = (channel, message, request)
    }

    /// Reads an interaction payload
    /// (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload).
    fileprivate init?(_ payload: JSONValue, request: String) {
        let actions = payload["actions"]?.arrayValue ?? []
        let known = actions.compactMap { element -> (AlarmAction, String)? in
            guard let id = element["action_id"]?.stringValue, let action = AlarmAction(actionID: id),
                let value = element["value"]?.stringValue
            else { return nil }
            return (action, value)
        }.first
        let container = payload["container"]
        guard let known, let user = SlackUser(slack: payload["user"]),
            let channel = (container?["channel_id"] ?? payload["channel"]?["id"])?.stringValue,
            let message = (container?["message_ts"] ?? payload["message"]?["ts"])?.stringValue
        else { return nil }
        self.init(known.0, of: known.1, by: user, channel: channel, message: message, request: request)
    }
}

/// What a button does.
enum AlarmAction: String, Sendable, CaseIterable {
    case silence, acknowledge, graph

    /// How long a press silences.
    static let silenceTime = Duration.seconds(3_600)

    /// What Slack calls the button.
    var actionID: String { "tocsin-\(rawValue)" }

    init?(actionID: String) {
        guard let action = Self.allCases.first(where: { $0.actionID == actionID }) else { return nil }
        self = action
    }

    /// What stands on the button.
    var label: String {
        switch self {
        case .silence: "Silence 1 h"
        case .acknowledge: "Acknowledge"
        case .graph: "Show graph"
        }
    }
}

/// Who has pressed a button.
struct SlackUser: Sendable, Hashable {
    /// Such as `U012AB3CD`.
    let id: String
    /// The name that people see; outside of this program's own hands, so it is only ever shown as plain text.
    let name: String

    init(id: String, name: String) { (self.id, self.name) = (id, name) }

    init?(slack user: JSONValue?) {
        guard let id = user?["id"]?.stringValue, !id.isEmpty else { return nil }
        let name = [user?["name"]?.stringValue, user?["username"]?.stringValue].compactMap { $0?.nonBlank }.first
        self.init(id: id, name: String((name ?? id).prefix(80)))
    }
}
