public import Basics
import Events
import JSON
import RegularExpressions

/// A condition on a notification, as Alertmanager writes it: `name=value`, `name!=value`, `name=~expression`,
/// `name!~expression`.
///
/// What a notification does not have counts as an empty text, as in Alertmanager: `region!=eu-west-1` holds for one
/// without a region. An expression has to match the whole text.
/// https://prometheus.io/docs/alerting/latest/configuration/#matcher
public struct Matcher: Sendable, Hashable, CustomStringConvertible {
    /// How the value is compared.
    enum Operation: String, Sendable, CaseIterable {
        // The longer ones first, as they are looked for.
        case matches = "=~"
        case doesNotMatch = "!~"
        case isNot = "!="
        case equals = "="
    }

    /// What is compared.
    let name: NotificationValue
    let operation: Operation
    let value: String
    /// Of `=~` and `!~`.
    private let expression: RegularExpression?

    /// Reads a condition; the value may stand in quotation marks, with `\"`, `\\` and `\n` in it.
    /// - Throws: `QuietError` with `wrongMatcher`.
    public init(_ text: String) throws(QuietError) {
        let bytes = Array(text.utf8)
        let place = bytes.firstIndex { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "!") }
        let operation = place.flatMap { place in
            Operation.allCases.first { bytes[place...].starts(with: $0.rawValue.utf8) }
        }
        guard let place, let operation else {
            throw QuietError(
                .wrongMatcher, "\(text): expected name=value, name!=value, name=~expression or name!~expression")
        }
        let name = try NotificationValue(String(decoding: bytes[..<place], as: UTF8.self).trimmed)
        let rest = String(decoding: bytes[(place + operation.rawValue.utf8.count)...], as: UTF8.self).trimmed
        try self.init(name, operation, try Self.unquoted(rest, of: text))
    }

    /// The condition that it is told of this alarm.
    public init(alarm: String) throws(QuietError) { try self.init(try NotificationValue("alarm"), .equals, alarm) }

    /// A condition on a value.
    init(_ name: NotificationValue, _ operation: Operation, _ value: String) throws(QuietError) {
        (self.name, self.operation, self.value) = (name, operation, value)
        switch operation {
        case .equals, .isNot:
            expression = nil
            if let known = name.knownTexts, !known.contains(value), !value.isEmpty {
                let advice = known.nearest(to: value).map { ", did you mean \($0)?" } ?? ""
                throw QuietError(.wrongMatcher, "\(name)\(operation.rawValue)\(value): there is no \(value)\(advice)")
            }
        case .matches, .doesNotMatch:
            do throws(RegularExpressionError) {
                expression = try RegularExpression("\\A(?:\(value))\\z")
            } catch {
                throw QuietError(
                    .wrongMatcher, "\(name)\(operation.rawValue)\(value): is no regular expression: \(error)",
                    underlying: error)
            }
        }
    }

    /// `name="value"`, which is read as the same condition again.
    public var description: String {
        let escaped = value.replacingBytes("\\", with: "\\\\").replacingBytes("\"", with: "\\\"")
            .replacingBytes("\n", with: "\\n")
        return "\(name)\(operation.rawValue)\"\(escaped)\""
    }

    /// Whether the condition holds.
    func holds(for notification: Notification) -> Bool {
        let texts = name.texts(of: notification)
        return holds(for: texts.isEmpty ? [""] : texts)
    }

    /// Whether it holds also for what is not there: such a condition alone would silence almost everything.
    var holdsForNothing: Bool { holds(for: [""]) }

    /// Whether it asks only that there is something which every notification has: `title!=""`, `source=~.+`.
    var holdsForEverything: Bool {
        guard name.isAlwaysThere else { return false }
        return operation == .isNot ? value.isEmpty : holds(for: ["\u{1}"]) && holds(for: ["tocsin"])
    }

    /// Whether it looks at nothing but the name of an alarm, and holds for this one.
    func holds(forAlarm alarm: String) -> Bool { name.isAlarm && holds(for: [alarm]) }

    private func holds(for texts: [String]) -> Bool {
        switch operation {
        case .equals: texts.contains(value)
        case .isNot: !texts.contains(value)
        case .matches: texts.contains { expression?.matches($0) == true }
        case .doesNotMatch: !texts.contains { expression?.matches($0) == true }
        }
    }

    /// The value without its quotation marks, as Alertmanager reads it.
    private static func unquoted(_ text: String, of matcher: String) throws(QuietError) -> String {
        var bytes = Array(text.utf8)[...]
        let isQuoted = bytes.first == UInt8(ascii: "\"")
        if isQuoted { bytes = bytes.dropFirst() }
        var value: [UInt8] = []
        while let byte = bytes.popFirst() {
            switch (byte, bytes.first) {
            case (UInt8(ascii: "\\"), UInt8(ascii: "n")): value.append(UInt8(ascii: "\n"))
            case (UInt8(ascii: "\\"), UInt8(ascii: "\"")?), (UInt8(ascii: "\\"), UInt8(ascii: "\\")?):
                value.append(bytes.first ?? byte)
            case (UInt8(ascii: "\""), _):
                guard isQuoted, bytes.isEmpty else { throw Self.loneQuotationMark(matcher) }
                return String(decoding: value, as: UTF8.self)
            default:
                value.append(byte)
                continue
            }
            bytes = bytes.dropFirst()
        }
        if isQuoted { throw Self.loneQuotationMark(matcher) }
        return String(decoding: value, as: UTF8.self)
    }

    private static func loneQuotationMark(_ text: String) -> QuietError {
        QuietError(.wrongMatcher, "\(text): a quotation mark in a value is written as \\\"")
    }
}

extension [Matcher] {
    /// Whether all conditions hold.
    func hold(for notification: Notification) -> Bool { allSatisfy { $0.holds(for: notification) } }
}

/// The name of something that a notification has: what matchers look at, and what groups and inhibitions compare.
public struct NotificationValue: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: Sendable, Hashable {
        case property(Match.Property)
        case severity
        case alarm
        case incident
        case tag(String)
        case field(String)
    }

    private let kind: Kind
    /// As it is written.
    public let description: String

    private static let properties = Match.Property.allCases.map(\.rawValue) + ["severity", "alarm", "incident"]

    /// Reads a name: `source`, `title`, `state`, `severity`, `alarm`, `incident`, `account`, `region`,
    /// `resource`, `detail-type`, `aws-source`, `tags.<name>` or `fields.<path>`.
    /// - Throws: `QuietError` with `wrongMatcher`.
    public init(_ name: String) throws(QuietError) {
        description = name
        if let property = Match.Property(rawValue: name) {
            kind = .property(property)
        } else if name == "severity" {
            kind = .severity
        } else if name == "alarm" {
            kind = .alarm
        } else if name == "incident" {
            kind = .incident
        } else if let tag = name.rest(after: "tags.") {
            kind = .tag(tag)
        } else if let path = name.rest(after: "fields.") {
            kind = .field(path)
        } else {
            let advice =
                Self.properties.nearest(to: name).map { "did you mean \($0)?" }
                ?? "expected \(Self.properties.joined(separator: ", ")), tags.<name> or fields.<path>"
            throw QuietError(.wrongMatcher, "\(name.isEmpty ? "the empty name" : name) is unknown, \(advice)")
        }
    }

    /// The texts of a notification under this name; none when it has no such value.
    func texts(of notification: Notification) -> [String] {
        switch kind {
        case .property(let property): property.text(of: notification).map { [$0] } ?? []
        case .severity: [notification.severity.rawValue]
        case .alarm: notification.alarmName.map { [$0] } ?? []
        case .incident: notification.incidentKey.map { [$0] } ?? []
        case .tag(let name): notification.tags[name].map { [$0] } ?? []
        case .field(let path): notification.message.texts(atPath: path)
        }
    }

    fileprivate var isAlarm: Bool { kind == .alarm }

    /// Whether every notification has it.
    fileprivate var isAlwaysThere: Bool {
        kind == .property(.title) || kind == .property(.source) || kind == .severity
    }

    /// The first text, empty when there is none: what groups and inhibitions compare.
    func text(of notification: Notification) -> String { texts(of: notification).first ?? "" }

    /// The first text as the log and the store may have it: a secret as `***-` and a few digits of its digest, so that
    /// what differs still differs.
    func shownText(of notification: Notification) -> String {
        let text = text(of: notification)
        guard case .field(let path) = kind else { return text }
        let shown = notification.shownMessage.texts(atPath: path).first ?? ""
        return shown == text ? text : "\(shown)-\(Digest.sha256Hex(text).prefix(4))"
    }

    /// All texts that there are under this name, where that is known.
    fileprivate var knownTexts: [String]? {
        switch kind {
        case .severity: Severity.allCases.map(\.rawValue)
        case .property(.source): Source.all.map(\.rawValue)
        default: nil
        }
    }
}

extension String {
    fileprivate func rest(after prefix: String) -> String? {
        guard hasPrefix(prefix), utf8.count > prefix.utf8.count else { return nil }
        return String(dropFirst(prefix.count))
    }
}

extension Notification {
    /// The name of the alarm or alert that it tells of: CloudWatch's, Alertmanager's or Grafana's.
    var alarmName: String? {
        switch source {
        case .cloudWatchAlarm:
            guard let resource else { return nil }
            // An alarm's ARN ends in `:alarm:` and its name, which may have colons.
            return resource.place(of: ":alarm:").map { String(resource[$0.upperBound...]) } ?? resource
        case .alertmanager, .grafana: return tags["alertname"]
        default: return nil
        }
    }
}

/// What is wrong with a silence, or with the place where silences and groups are kept.
public enum QuietErrorCode: String, ErrorCode {
    /// A matcher cannot be read.
    case wrongMatcher
    /// A silence would silence too much, or nothing.
    case wrongSilence
    /// There is no silence of this name.
    case noSuchSilence
    /// What is stored is not what was written here.
    case damaged
    /// Others wrote first at each attempt.
    case contended
    /// A group takes no more alarms.
    case full
    /// The place cannot be used, or not now.
    case unavailable
}

/// What is wrong with a silence or a group; the message says what to do.
public typealias QuietError = CodedError<QuietErrorCode>
