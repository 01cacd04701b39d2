import Basics

/// A ``ResourceMatch`` whose globs are read once for thousands of resources.
struct ResourceMatcher: Sendable {
    private let kinds: Set<ResourceKind>
    private let tags: [(key: String, values: [MatchPattern])]
    private let withoutTags: [(key: String, values: [MatchPattern])]
    private let names: [MatchPattern]
    private let accounts: [MatchPattern]
    private let regions: [MatchPattern]
    private let attributes: [(key: String, values: [MatchPattern])]

    init(_ match: ResourceMatch) {
        func patterns(_ texts: [String: [String]]) -> [(key: String, values: [MatchPattern])] {
            texts.sorted { $0.key < $1.key }.map { ($0.key, $0.value.map { MatchPattern($0) }) }
        }
        kinds = match.kinds
        tags = patterns(match.tags)
        withoutTags = patterns(match.withoutTags)
        names = match.names.map { MatchPattern($0) }
        accounts = match.accounts.map { MatchPattern($0) }
        regions = match.regions.map { MatchPattern($0) }
        attributes = patterns(match.attributes)
    }

    /// Whether everything that is given matches; without kinds, every kind does.
    func matches(_ resource: WatchedResource) -> Bool {
        guard kinds.isEmpty || kinds.contains(resource.kind), matches(resource.scope) else { return false }
        if !names.isEmpty, !names.matches(resource.name), !names.matches(resource.displayName) { return false }
        for (key, values) in tags {
            guard let value = resource.tags[key], values.matches(value) else { return false }
        }
        for (key, values) in withoutTags {
            if let value = resource.tags[key], values.matches(value) { return false }
        }
        for (key, values) in attributes {
            guard let value = resource.attributes[key], values.matches(value) else { return false }
        }
        return true
    }

    /// Whether accounts and regions match.
    func matches(_ scope: AlarmScope) -> Bool {
        (accounts.isEmpty || accounts.matches(scope.account)) && (regions.isEmpty || regions.matches(scope.region))
    }

    /// Whether only accounts and regions are asked for, so that alarms of no resource can match.
    var asksNothingOfResources: Bool {
        kinds.isEmpty && tags.isEmpty && withoutTags.isEmpty && names.isEmpty && attributes.isEmpty
    }
}

/// A glob; most have no `*` and are compared as they are.
enum MatchPattern: Sendable, Hashable {
    case anything
    case exactly(String)
    case glob(Glob)

    init(_ text: String) {
        if text == "*" {
            self = .anything
        } else if Self.isGlob(text) {
            self = .glob(Glob(text))
        } else {
            self = .exactly(text)
        }
    }

    /// Whether a text has `*` or `?`.
    static func isGlob(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .anything: true
        case .exactly(let exact): exact == text
        case .glob(let glob): glob.matches(text)
        }
    }
}

extension [MatchPattern] {
    /// Whether any of them matches.
    func matches(_ text: String) -> Bool { contains { $0.matches(text) } }
}
