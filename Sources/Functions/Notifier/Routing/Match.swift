import Configuration
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
    var properties: [Property: [TextPattern]] = [:]
    /// Any of the patterns for each tag.
    var tags: [String: [TextPattern]] = [:]

    func holds(for notification: Notification) -> Bool {
        (severities.isEmpty || severities.contains(notification.severity)) && notification.severity >= atLeast
            && properties.allSatisfy { property, patterns in patterns.matches(property.text(of: notification)) }
            && tags.allSatisfy { name, patterns in patterns.matches(notification.tags[name]) }
    }
}

extension Match {
    /// Reads `match`.
    init(_ section: ConfigurationSection) {
        severities = section.choices("severity", acceptsOne: true)
        atLeast = section.choice("at-least", default: .ok)
        for property in Property.allCases where section.has(property.rawValue) {
            properties[property] = section.patterns(property.rawValue)
        }
        if let tags = section.section("tags") {
            for name in tags.keys { self.tags[name] = tags.patterns(name) }
        }
        section.close()
    }
}

extension ConfigurationSection {
    /// A list of patterns, or one.
    func patterns(_ key: String) -> [TextPattern] {
        texts(key, acceptsOne: true).compactMap { entry in
            do throws(RegularExpressionError) { return try TextPattern(entry.text) } catch {
                fault(at: entry, "is no regular expression: \(error)")
                return nil
            }
        }
    }
}
