import Basics
import Configuration
import Events
import JSON
import RegularExpressions

/// The conditions of a route; all have to hold, none hold for everything.
struct Match: Sendable, Hashable {
    /// A text of a notification that conditions look at, by its key in the rules file.
    enum Property: String, Sendable, CaseIterable {
        case state, account, region, resource, source, title
        case detailType = "detail-type"
        case awsSource = "aws-source"

        func text(of notification: Notification) -> String? {
            switch self {
            case .state: notification.state?.to
            case .account: notification.account
            case .region: notification.region
            case .resource: notification.resource
            case .source: notification.source.rawValue
            case .title: notification.title
            case .detailType: notification.event?.type
            case .awsSource: notification.event?.source
            }
        }
    }

    /// All of them have to hold; in the order in which people are told of them.
    var conditions: [Condition] = []

    func holds(for notification: Notification) -> Bool { conditions.allSatisfy { $0.holds(for: notification) } }
}

extension Match {
    /// One condition of a route.
    enum Condition: Sendable, Hashable {
        /// Any of these.
        case severity(Set<Severity>)
        /// This one or a greater one.
        case atLeast(Severity)
        /// Any of the patterns for a property.
        case property(Property, [TextPattern])
        /// Any of the patterns for a tag.
        case tag(String, [TextPattern])
        /// Any of the patterns for a member of the message, by its path such as `detail.containers[0].name`.
        case field(path: String, [TextPattern])

        func holds(for notification: Notification) -> Bool {
            switch self {
            case .severity(let severities): severities.contains(notification.severity)
            case .atLeast(let severity): notification.severity >= severity
            case .property(_, let patterns), .tag(_, let patterns), .field(_, let patterns):
                found(in: notification).contains { patterns.matches($0) }
            }
        }

        /// What the notification has where the condition looks; nothing where it has nothing.
        func found(in notification: Notification) -> [String] {
            switch self {
            case .severity, .atLeast: [notification.severity.rawValue]
            case .property(let property, _): property.text(of: notification).map { [$0] } ?? []
            case .tag(let name, _): notification.tags[name].map { [$0] } ?? []
            case .field(let path, _): notification.message.texts(atPath: path)
            }
        }

        /// Its key in the rules file.
        var key: String {
            switch self {
            case .severity: "severity"
            case .atLeast: "at-least"
            case .property(let property, _): property.rawValue
            case .tag(let name, _): "tags.\(name)"
            case .field(let path, _): "fields.\(path)"
            }
        }

        /// What it asks for, as the rules file says it.
        var wanted: [String] {
            switch self {
            case .severity(let severities): severities.sorted().map(\.rawValue)
            case .atLeast(let severity): [severity.rawValue]
            case .property(_, let patterns), .tag(_, let patterns), .field(_, let patterns): patterns.map(\.text)
            }
        }
    }

    /// Reads `match`.
    init(_ section: ConfigurationSection) {
        let severities: Set<Severity> = section.choices("severity", acceptsOne: true)
        if !severities.isEmpty { conditions.append(.severity(severities)) }
        if section.has("at-least") { conditions.append(.atLeast(section.choice("at-least", default: .ok))) }
        for property in Property.allCases where section.has(property.rawValue) {
            let known = property == .source ? Source.all.map(\.rawValue) : nil
            conditions.append(.property(property, section.patterns(property.rawValue, known: known)))
        }
        if let tags = section.section("tags") {
            for name in tags.keys { conditions.append(.tag(name, tags.patterns(name))) }
        }
        if let fields = section.section("fields") {
            for path in fields.keys {
                if path.split(separator: ".", omittingEmptySubsequences: false).contains("") {
                    fields.fault(path, "is no path of a member, such as detail.state or Trigger.Dimensions[0].value")
                }
                conditions.append(.field(path: path, fields.patterns(path)))
            }
        }
        section.close()
    }
}

extension JSONValue {
    /// The scalars at a path such as `detail.state`, `Trigger.Dimensions[0].value` or `labels.app.kubernetes.io/name`.
    ///
    /// A list without an index stands for each of its elements. A key may have points in it: the longest one counts.
    func texts(atPath path: String) -> [String] {
        // As in EventBridge's own paths, `$` stands for the whole message.
        let path = path.hasPrefix("$.") ? path.dropFirst(2) : path[...]
        return texts(path.split(separator: ".", omittingEmptySubsequences: false)[...])
    }

    private func texts(_ steps: ArraySlice<Substring>) -> [String] {
        if case .array(let elements) = self { return elements.flatMap { $0.texts(steps) } }
        guard !steps.isEmpty else { return text.map { [$0] } ?? [] }
        guard let object = objectValue else { return [] }
        for count in stride(from: steps.count, through: 1, by: -1) {
            let key = steps.prefix(count).joined(separator: ".")
            let rest = steps.dropFirst(count)
            if let value = object[key] { return value.texts(rest) }
            if let (name, index) = Self.indexed(key), let value = object[name] {
                return value[index]?.texts(rest) ?? []
            }
        }
        return []
    }

    /// `containers[2]` as `containers` and 2.
    private static func indexed(_ key: String) -> (name: String, index: Int)? {
        guard key.hasSuffix("]"), let open = key.lastIndex(of: "["),
            let index = Int(key[key.index(after: open)...].dropLast())
        else { return nil }
        return (String(key[..<open]), index)
    }
}

extension ConfigurationSection {
    /// A list of patterns, or one.
    /// - Parameter known: all texts that there are, where that is known: a slip of the pen is then a fault.
    func patterns(_ key: String, known: [String]? = nil) -> [TextPattern] {
        texts(key, acceptsOne: true).compactMap { entry in
            let pattern: TextPattern
            do throws(RegularExpressionError) { pattern = try TextPattern(entry.text) } catch {
                fault(at: entry, "is no regular expression: \(error)")
                return nil
            }
            if let known, pattern.isExact, !known.contains(entry.text) {
                let advice = known.nearest(to: entry.text).map { ", did you mean \($0)?" } ?? ""
                fault(at: entry, "there is no \(entry.text)\(advice)")
            }
            return pattern
        }
    }
}
