import Basics
import Configuration
import ConfigurationSources
import JSON
import YAML

/// Which notifications go where.
struct Rules: Sendable {
    /// What becomes of the notifications that match.
    enum Action: Sendable, Hashable {
        /// They go nowhere.
        case drop
        /// They go to these outputs, which call these people.
        case send(to: [String], mentions: [Mention])
    }

    struct Route: Sendable, Hashable {
        var match = Match()
        /// Where it begins in the file.
        var line: Int?
        /// What it changes, for itself and the routes after it.
        var changes = Changes()
        /// Nil for a route that only changes something.
        var action: Action?
        /// Whether the routes after this one are looked at too.
        var goesOn = false
        /// Whether the senders may use Slack's markup.
        var isTrusted = false
        /// How alarms wait for one another; nil to send each at once.
        var grouping: Grouping?
        /// When nothing is sent by it.
        var windows: [MuteWindow] = []
    }

    /// One place where a notification goes.
    struct Destination: Sendable {
        let output: String
        var mentions: [Mention]
        /// With what the rules before this place have set.
        let notification: Notification
        /// Whether the sender may use Slack's markup there.
        var isTrusted = false
        /// The route that has led there.
        var place: RoutePlace
    }

    /// By their names; in the order of the file where one matters.
    var outputs: [OutputDefinition]
    var routes: [Route] = []
    /// What becomes of a notification that no route has kept.
    var fallback: Action
    /// When nothing is sent, whatever the route.
    var windows: [MuteWindow] = []
    var inhibitions: [Inhibition] = []

    /// Where the end of an alarm goes: wherever its beginning went, and where it matches by itself.
    /// - Parameter forms: what was said of it while it fired; empty where that is not known.
    func destinations(of end: Notification, after forms: [Incident.Form]) -> [Destination] {
        guard !forms.isEmpty else { return destinations(of: end) }
        var all: [Destination] = []
        for form in forms {
            for destination in destinations(of: end, as: form) {
                if let known = all.firstIndex(where: { $0.output == destination.output }) {
                    all[known].mentions += destination.mentions.filter { !all[known].mentions.contains($0) }
                } else {
                    all.append(destination)
                }
            }
        }
        return all
    }

    /// Where a notification goes, each output once; nowhere when a rule drops it.
    /// - Parameters:
    ///   - form: what was said before; a route takes the notification if it matches with this, too.
    ///   - visit: is told of each route that is looked at, of the notification as it comes there, and whether it
    ///     matches; at last, where no route has ended the way, of `default` as nil.
    func destinations(
        of notification: Notification, as form: Incident.Form? = nil,
        visit: (Route?, Notification, Bool) -> Void = { _, _, _ in }
    ) -> [Destination] {
        var notification = notification
        var before = form?.applied(to: notification)
        var destinations: [Destination] = []
        for (index, route) in routes.enumerated() {
            let isMatch = route.match.holds(for: notification) || before.map(route.match.holds) ?? false
            visit(route, notification, isMatch)
            guard isMatch else { continue }
            route.changes.apply(to: &notification)
            if var changed = before {
                route.changes.apply(to: &changed)
                before = changed
            }
            guard let action = route.action else { continue }
            let place = RoutePlace(name: "routes[\(index)]", grouping: route.grouping, windows: route.windows)
            Self.add(action, notification, place, isTrusted: route.isTrusted, to: &destinations)
            if !route.goesOn { return destinations }
        }
        visit(nil, notification, true)
        Self.add(fallback, notification, RoutePlace(), to: &destinations)
        return destinations
    }

    private static func add(
        _ action: Action, _ notification: Notification, _ place: RoutePlace, isTrusted: Bool = false,
        to destinations: inout [Destination]
    ) {
        guard case .send(let outputs, let mentions) = action else { return }
        for output in outputs {
            if let known = destinations.firstIndex(where: { $0.output == output }) {
                if isTrusted { destinations[known].isTrusted = true }
                destinations[known].mentions += mentions.filter { !destinations[known].mentions.contains($0) }
            } else {
                destinations.append(
                    Destination(
                        output: output, mentions: mentions, notification: notification, isTrusted: isTrusted,
                        place: place))
            }
        }
    }
}

/// What `set` of a route changes in a notification.
struct Changes: Sendable, Hashable {
    var severity: Severity?
    /// `{title}` in it stands for the title as it was.
    var title: String?
    var tags: [String: String] = [:]

    func apply(to notification: inout Notification) {
        // The end of a fault stays its end: outputs resolve the incident by it.
        if let severity, notification.severity != .ok { notification.severity = severity }
        if let title { notification.title = title.replacingBytes("{title}", with: notification.title) }
        notification.tags.merge(tags) { $1 }
    }
}

extension Changes {
    /// Reads `set`.
    fileprivate init(_ section: ConfigurationSection) {
        if section.has("severity") { severity = section.choice("severity", default: .info) }
        title = section.text("title")
        for (name, value) in section.pairs("tags") { tags[name] = value }
        section.close()
        if severity == nil, title == nil, tags.isEmpty {
            section.diagnostics.fault(
                line: section.line, path: section.path, "expected at least one of severity, title and tags")
        }
    }
}

extension Rules {
    /// Reads a rules file, YAML or JSON.
    ///
    ///     outputs:
    ///       ops: {kind: slack, url: "ssm:/alerts/slack"}
    ///     routes:
    ///       - match: {source: ec2, title: "*scheduled*"}
    ///         drop: true
    ///       - match: {detail-type: "Glue Job State Change", fields: {detail.jobName: "dev-*"}}
    ///         set: {severity: info, title: "Dev: {title}", tags: {team: data}}
    ///       - match: {at-least: warning, tags: {team: [shop, web]}}
    ///         to: ops
    ///         mention: "@here"
    ///     default: ops
    ///
    /// - Parameter environment: what `env:NAME` looks at.
    /// - Throws: `NotifierError` that names every fault with its line and path.
    init(parsing bytes: [UInt8], environment: [String: String]) throws(NotifierError) {
        let root: YAMLNode
        do { root = try YAMLNode(parsing: bytes) } catch {
            throw NotifierError(.wrongConfiguration, "the rules are neither YAML nor JSON: \(error)", underlying: error)
        }
        let diagnostics = Diagnostics()
        self.init(root, environment, diagnostics)
        do throws(ConfigurationError) { try diagnostics.check() } catch {
            throw NotifierError(.wrongConfiguration, "wrong rules: \(error)", underlying: error)
        }
    }

    private static let example = #"at least one output, such as "ops: {kind: slack, url: …}""#

    /// Reads what there is and notes what is wrong with it.
    private init(_ root: YAMLNode, _ environment: [String: String], _ diagnostics: Diagnostics) {
        (outputs, fallback) = ([], .drop)
        guard !root.isNull else {
            diagnostics.fault(line: 1, path: "outputs", "expected \(Self.example)")
            return
        }
        guard let file = ConfigurationSection(root, path: "", diagnostics: diagnostics) else { return }
        if let section = file.section("outputs") {
            outputs = section.keys.compactMap { OutputDefinition(name: $0, in: section, environment) }
        }
        if outputs.isEmpty, diagnostics.faults.isEmpty { file.fault("outputs", expected: Self.example) }
        let names = outputs.map(\.name)
        routes = file.list("routes", acceptsOne: true).compactMap { file.section(at: $0) }
            .map { Route($0, outputs: names) }
        // An alert is never lost for want of a rule: without a default, everybody hears what no route keeps.
        fallback = .send(to: names, mentions: [])
        if file.value("default")?.json == "drop" {
            fallback = .drop
        } else if file.has("default") {
            fallback = .send(to: file.outputs("default", names), mentions: [])
        }
        windows = MuteWindow.all(in: file, hasMatch: true)
        inhibitions = file.sections("inhibit").map { Inhibition($0) }
        file.close()
    }
}

extension Rules.Route {
    private static let keysOfSending = ["mention", "continue", "trusted", "mute"] + Grouping.keys

    /// Reads an entry of `routes`.
    fileprivate init(_ section: ConfigurationSection, outputs names: [String]) {
        line = section.line
        match = section.section("match").map { Match($0) } ?? Match()
        changes = section.section("set").map { Changes($0) } ?? Changes()
        goesOn = section.flag("continue", default: false)
        isTrusted = section.flag("trusted", default: false)
        grouping = Grouping(section)
        windows = MuteWindow.all(in: section, hasMatch: false)
        let outputs = section.outputs("to", names)
        let mentions = section.mentions("mention")
        if section.flag("drop", default: false) {
            for key in ["to", "set"] + Self.keysOfSending where section.has(key) {
                section.fault(key, "makes no sense beside drop")
            }
            (action, goesOn) = (.drop, false)
        } else if section.has("to") {
            action = .send(to: outputs, mentions: mentions)
        } else if section.has("set") {
            // Routes after it decide where the changed notification goes.
            for key in Self.keysOfSending where section.has(key) {
                section.fault(key, "makes no sense without to: a route that only sets something always goes on")
            }
        } else {
            section.diagnostics.fault(line: section.line, path: section.path, "says neither to nor set nor drop: true")
        }
        section.close()
    }
}

extension ConfigurationSection {
    /// Names of outputs, or one.
    fileprivate func outputs(_ key: String, _ names: [String]) -> [String] {
        texts(key, acceptsOne: true).compactMap { entry in
            if names.contains(entry.text) { return entry.text }
            fault(at: entry, expected: "one of the outputs: \(names.joined(separator: ", "))")
            return nil
        }
    }

    fileprivate func mentions(_ key: String) -> [Mention] {
        texts(key, acceptsOne: true).compactMap { entry in
            if let mention = Mention(entry.text) { return mention }
            fault(at: entry, expected: "somebody, such as @here, @channel or @U012AB3CD")
            return nil
        }
    }
}
