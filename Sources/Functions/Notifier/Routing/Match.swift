import Basics
import RegularExpressions

/// The conditions of a route; all have to hold, none hold for everything.
struct Match: Sendable, Hashable {
    /// A text of a notification that conditions look at, by its key in the rules file.
    enum Property: String, Sendable, CaseIterable {
        case state, account, region, resource, source, title

        func text(of notification: Notification) -> String? {
            switch self {
            case .state: notification.state?.to
            case .account: notification.account
            case .region: notification.region
            case .resource: notification.resource
            case .source: notification.source.rawValue
            case .title: notification.title
            }
        }
    }

    /// Any of these.
    var severities: Set<Severity> = []
    /// This one or a greater one.
    var atLeast = Severity.ok
    /// Any of the patterns for each property.
    var properties: [Property: [Pattern]] = [:]
    /// Any of the patterns for each tag.
    var tags: [String: [Pattern]] = [:]

    func holds(for notification: Notification) -> Bool {
        (severities.isEmpty || severities.contains(notification.severity)) && notification.severity >= atLeast
            && properties.allSatisfy { property, patterns in Self.any(patterns, property.text(of: notification)) }
            && tags.allSatisfy { name, patterns in Self.any(patterns, notification.tags[name]) }
    }

    /// What is not there matches nothing.
    private static func any(_ patterns: [Pattern], _ text: String?) -> Bool {
        text.map { text in patterns.contains { $0.matches(text) } } ?? false
    }
}

/// What a text of a notification is compared with.
enum Pattern: Sendable, Hashable {
    /// The whole text, letter by letter.
    case exact(String)
    /// `*` and `?`; the whole text.
    case glob(Glob)
    /// `/…/`: found anywhere in the text.
    case expression(RegularExpression)

    /// Reads a pattern.
    /// - Throws: for a wrong regular expression.
    init(_ text: String) throws(RegularExpressionError) {
        if text.count > 1, text.hasPrefix("/"), text.hasSuffix("/") {
            self = .expression(try RegularExpression(String(text.dropFirst().dropLast())))
        } else if text.contains("*") || text.contains("?") {
            self = .glob(Glob(text))
        } else {
            self = .exact(text)
        }
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .exact(let pattern): pattern == text
        case .glob(let pattern): pattern.matches(text)
        case .expression(let pattern): pattern.matches(text)
        }
    }
}
