import Basics
import JSON
import YAML

/// The notifier's rules that do what a Gatus file says about alerts.
struct GatusRules {
    /// An output and where it comes from.
    private struct Output {
        let name: String
        let definition: JSONObject
        let identity: String
        let line: Int
        let usesEndpoint: Bool
    }

    /// Where the changes of some endpoints go.
    private struct Route {
        let group: String?
        var names: [String]
        var lines: [Int]
        /// `down` or `up`; nil for both.
        let state: String?
        /// Nothing for changes that are dropped.
        let outputs: [String]
        let description: String
        /// How often an outage that lasts is told again; nil for once.
        let repeats: String?
        let hasTags: Bool

        /// Whether another one differs in the endpoints' names only.
        func isLike(_ other: Route) -> Bool {
            group == other.group && state == other.state && outputs == other.outputs && repeats == other.repeats
                && description == other.description && !hasTags && !other.hasTags
        }
    }

    /// In the order of lines.
    private(set) var findings: [GatusAlerting.Finding] = []
    private(set) var variables: [GatusSettings.Variable] = []
    private var outputs: [Output] = []
    private var routes: [Route] = []
    private var thresholds: (failures: Int, successes: Int)?

    /// Whether there is an output, without which rules say nothing.
    var isEmpty: Bool { outputs.isEmpty }

    init(_ file: GatusAlerting) {
        findings = file.findings
        for provider in file.providers { makeOutputs(of: provider, in: file) }
        for endpoint in file.endpoints { makeRoutes(of: endpoint, in: file) }
        separateEndpointsOfOneName(in: file)
        chooseThresholds(file.endpoints.flatMap(\.alerts))
        var seen: Set<GatusAlerting.Finding> = []
        findings = findings.filter { seen.insert($0).inserted }.enumerated()
            .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
    }

    // MARK: Outputs

    /// The outputs of a provider and of its groups, also those that no endpoint alerts by.
    private mutating func makeOutputs(of provider: GatusAlerting.Provider, in file: GatusAlerting) {
        guard GatusProvider[provider.type] != nil else {
            let reason = GatusProvider.reason(for: provider.type)
            return findings.append(.init(line: provider.line, path: provider.path, text: reason))
        }
        // What its body says depends on the alert.
        if provider.type == "custom", file.endpoints.contains(where: { $0.alerts.contains { $0.type == "custom" } }) {
            return
        }
        // A provider may have all of its settings in its groups.
        let hasGroups = !provider.overrides.isEmpty
        _ = output(of: provider, layers: [provider.node], suffix: "", isOptional: hasGroups)
        for override in provider.overrides {
            _ = output(of: provider, layers: [provider.node, override.node], suffix: override.group)
        }
    }

    /// The name of the output with these settings, which is made when it is new; nil when it cannot be made.
    /// - Parameter isOptional: whether nothing is said of one that lacks something.
    private mutating func output(
        of provider: GatusAlerting.Provider, layers: [YAMLNode], suffix: String, isOptional: Bool = false,
        _ context: GatusSettings.Context = .init()
    ) -> String? {
        guard let kind = GatusProvider[provider.type] else { return nil }
        let name = unusedName([provider.type, suffix, context.isResolved ? "resolved" : ""])
        let prefix = "GATUS_" + GatusSettings.variableName(name)
        var settings = GatusSettings(provider, layers: layers, prefix: prefix, known: variables, context)
        if let known = outputs.first(where: { $0.identity == settings.identity }) { return known.name }
        kind.turn(&settings)
        if settings.isComplete { settings.close() }
        if settings.isComplete || !isOptional { findings += settings.findings }
        guard settings.isComplete else { return nil }
        variables += settings.variables
        let definition = JSONObject([("kind", .string(kind.kind))] + settings.output.map { ($0.key, $0.value) })
        outputs.append(
            Output(
                name: name, definition: definition, identity: settings.identity,
                line: layers.last?.line ?? provider.line, usesEndpoint: settings.usesEndpoint))
        return name
    }

    private func unusedName(_ parts: [String]) -> String {
        let words = parts.filter { !$0.isEmpty }.joined(separator: "-").lowercased()
        let name = String(decoding: words.utf8.map { $0.isASCIIAlphanumeric ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
        func isUsed(_ name: String) -> Bool { outputs.contains { $0.name == name } }
        var number = 2
        var candidate = name
        while isUsed(candidate) {
            candidate = "\(name)-\(number)"
            number += 1
        }
        return candidate
    }

    // MARK: Routes

    private mutating func makeRoutes(of endpoint: GatusAlerting.Endpoint, in file: GatusAlerting) {
        var (downs, ups): ([String], [String]) = ([], [])
        var usesEndpoint = false
        var description = ""
        var told: [GatusAlerting.Alert] = []
        for alert in endpoint.alerts {
            guard let provider = file.providers.first(where: { $0.type == alert.type }) else {
                findings.append(
                    .init(
                        line: alert.line, path: alert.path,
                        text: "there is no alerting.\(alert.type), so Gatus ignores this alert, too"))
                continue
            }
            func name(isResolved: Bool) -> String? {
                let context = GatusSettings.Context(isResolved: isResolved, description: alert.description)
                return output(of: provider, for: endpoint, alert, context)
            }
            guard let down = name(isResolved: false) else {
                let reason = "has no output here (see alerting.\(alert.type)): nobody hears of \(endpoint.name) by it"
                findings.append(.init(line: alert.line, path: alert.path, text: reason))
                continue
            }
            if downs.contains(down) {
                findings.append(
                    .init(
                        line: alert.line, path: alert.path,
                        text: "goes where an alert before it goes: a change is told once, not at each threshold"))
                continue
            }
            downs.append(down)
            told.append(alert)
            if alert.sendsResolved, let up = name(isResolved: true) { ups.append(up) }
            if outputs.contains(where: { $0.name == down && $0.usesEndpoint }) { usesEndpoint = true }
            if description.isEmpty {
                description = alert.description
            } else if !alert.description.isEmpty, alert.description != description {
                findings.append(
                    .init(
                        line: alert.line, path: "\(alert.path).description",
                        text: "an endpoint has one description, that of its first alert"))
            }
        }
        let repeats = repeats(of: told, tellsEnd: downs == ups)
        func add(_ state: String?, _ outputs: [String]) {
            guard !outputs.isEmpty else { return }
            let route = Route(
                group: endpoint.group, names: [endpoint.name], lines: [endpoint.line], state: state, outputs: outputs,
                description: description, repeats: repeats, hasTags: usesEndpoint)
            if let known = routes.firstIndex(where: { $0.isLike(route) }) {
                routes[known].names.append(endpoint.name)
                routes[known].lines.append(endpoint.line)
            } else {
                routes.append(route)
            }
        }
        if downs == ups {
            add(nil, downs)
        } else {
            add("down", downs)
            add("up", ups)
        }
    }

    /// The reminders of a route's alerts, which are the same for all of its outputs; what differs is named.
    /// - Parameter tellsEnd: whether the end goes where the alert went: it is what ends the reminders.
    private mutating func repeats(of alerts: [GatusAlerting.Alert], tellsEnd: Bool) -> String? {
        func find(_ alert: GatusAlerting.Alert, _ text: String) {
            guard let reminder = alert.reminder else { return }
            findings.append(
                .init(line: reminder.line, path: "\(alert.path).minimum-reminder-interval", text: text))
        }
        for alert in alerts {
            guard let reminder = alert.reminder else { continue }
            let length = Duration(text: reminder.interval)
            if length.map({ $0 < .seconds(300) }) ?? true {
                find(alert, "is \(reminder.interval), and Gatus takes a duration of at least 5m")
                return nil
            }
        }
        guard let interval = alerts.lazy.compactMap(\.reminder).first?.interval else { return nil }
        if !tellsEnd {
            let reason = "is left out: only the end of an outage ends reminders, and it does not go to the same output"
            for alert in alerts { find(alert, reason) }
            return nil
        }
        guard alerts.allSatisfy({ $0.reminder?.interval == interval }) else {
            for alert in alerts { find(alert, "is left out: all alerts of an endpoint are told again, or none") }
            return nil
        }
        return interval
    }

    private mutating func output(
        of provider: GatusAlerting.Provider, for endpoint: GatusAlerting.Endpoint, _ alert: GatusAlerting.Alert,
        _ context: GatusSettings.Context
    ) -> String? {
        var layers = [provider.node]
        var suffix = ""
        if let override = provider.overrides.first(where: { $0.group == endpoint.group }) {
            layers.append(override.node)
            suffix = override.group
        }
        if let override = alert.override {
            layers.append(override)
            suffix = endpoint.name
        }
        return output(of: provider, layers: layers, suffix: suffix, context)
    }

    /// Puts routes of a group first, since one without a group matches the endpoints of its name in all groups.
    ///
    /// What is left of the groups' endpoints is dropped.
    private mutating func separateEndpointsOfOneName(in file: GatusAlerting) {
        let alone = Set(routes.filter { $0.group == nil }.flatMap(\.names))
        for endpoint in file.endpoints where endpoint.group != nil && alone.contains(endpoint.name) {
            routes.append(
                Route(
                    group: endpoint.group, names: [endpoint.name], lines: [endpoint.line], state: nil, outputs: [],
                    description: "", repeats: nil, hasTags: false))
        }
        routes = routes.filter { $0.group != nil } + routes.filter { $0.group == nil }
    }

    // MARK: Thresholds

    /// The checker counts for all endpoints alike: what most alerts want, and the others are named.
    private mutating func chooseThresholds(_ alerts: [GatusAlerting.Alert]) {
        guard !alerts.isEmpty else { return }
        let failures = Self.mostCommon(alerts.map(\.failures.value))
        // Who is not told of the end does not care when it is one.
        let resolving = alerts.filter(\.sendsResolved)
        let successes = Self.mostCommon(resolving.map(\.successes.value))
        thresholds = (failures, resolving.isEmpty ? 1 : successes)
        for alert in alerts where alert.failures.value != failures {
            findings.append(
                .init(
                    line: alert.failures.line, path: "\(alert.path).failure-threshold",
                    text: "is \(alert.failures.value): the checker counts to \(failures) for all endpoints"))
        }
        for alert in resolving where alert.successes.value != successes {
            findings.append(
                .init(
                    line: alert.successes.line, path: "\(alert.path).success-threshold",
                    text: "is \(alert.successes.value): the checker counts to \(successes) for all endpoints"))
        }
    }

    /// Of those that are equally common the smallest.
    private static func mostCommon(_ numbers: [Int]) -> Int {
        let counts = Dictionary(numbers.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 1
    }
}

// MARK: The file

extension GatusRules {
    /// The rules as YAML, with comments for what has to be done and what differs.
    /// - Parameter source: the name of Gatus's file.
    func yaml(source: String) -> String {
        var lines = ["Rules of the notifier, made by tocsin notify convert of \(source)."]
        if !variables.isEmpty {
            lines += [
                "", "Secrets that stand in \(source): set these variables of the notifier to them, or write where",
                "they are kept (ssm:/name) in place of env:NAME.",
            ]
            lines += variables.map { "  \($0.name): line \($0.line), \($0.path)" }
        }
        if let thresholds {
            lines += ["", "The checker counts failures, these rules do not. Set for uptime-checker:"]
            lines.append("  UPTIME_FAILURE_THRESHOLD=\(thresholds.failures)")
            lines.append("  UPTIME_SUCCESS_THRESHOLD=\(thresholds.successes)")
        }
        if routes.contains(where: { $0.repeats != nil }) {
            lines += ["", "Reminders (repeat) need NOTIFY_STATE and NOTIFY_WAKE_QUEUE of the notifier."]
        }
        if !findings.isEmpty {
            lines += ["", "What Gatus does and these rules do not:"]
            lines += findings.map { "  line \($0.line), \($0.path): \($0.text)" }
        }
        let comments = lines.map { $0.isEmpty ? "#" : "# \(Self.comment($0))" }
        return (comments + ["outputs:"] + outputLines + ["routes:"] + routeLines).joined(separator: "\n") + "\n"
    }

    private var outputLines: [String] {
        outputs.flatMap { output in
            ["  # line \(output.line)"]
                + Self.lines(of: .object([output.name: .object(output.definition)])).map { "  " + $0 }
        }
    }

    private var routeLines: [String] {
        let end: JSONValue = [["match": ["source": "uptime"], "drop": true]]
        let lines = routes.flatMap { route in
            let lines = route.lines.map { "\($0)" }.joined(separator: ", ")
            return ["# line \(lines)"] + Self.lines(of: [.object(Self.object(of: route))])
        }
        return lines + [
            "# Endpoints without alerts or outputs for them; what comes from elsewhere goes to every output."
        ]
            + Self.lines(of: end)
    }

    private static func object(of route: Route) -> JSONObject {
        let names = route.names.map { JSONValue.string(exactPattern($0)) }
        var fields: JSONObject = ["endpoint.name": names.count == 1 ? names[0] : .array(names)]
        if let group = route.group { fields["endpoint.group"] = .string(exactPattern(group)) }
        var match: JSONObject = ["source": "uptime"]
        match["state"] = route.state.map { .string($0) }
        match["fields"] = .object(fields)
        var object: JSONObject = ["match": .object(match)]
        guard !route.outputs.isEmpty else {
            object["drop"] = true
            return object
        }
        let outputs = route.outputs.map { JSONValue.string($0) }
        object["to"] = outputs.count == 1 ? outputs[0] : .array(outputs)
        object["repeat"] = route.repeats.map { .string($0) }
        var changes: JSONObject = [:]
        if !route.description.isEmpty { changes["title"] = .string("{title} - \(route.description)") }
        if route.hasTags {
            changes["tags"] = ["endpoint": .string(route.names[0]), "group": .string(route.group ?? "")]
        }
        if !changes.isEmpty { object["set"] = .object(changes) }
        return object
    }

    /// A pattern that only this text fits.
    private static func exactPattern(_ text: String) -> String {
        let isExpression = text.utf8.count > 1 && text.hasPrefix("/") && text.hasSuffix("/")
        guard isExpression || text.utf8.contains(where: { "*?".utf8.contains($0) }) else { return text }
        let escaped = text.unicodeScalars.map { scalar -> String in
            let isPlain = scalar.value >= 0x80 || UInt8(ascii: scalar).isASCIIAlphanumeric
            return isPlain ? String(scalar) : "\\" + String(scalar)
        }
        return "/^\(escaped.joined())$/"
    }

    private static func lines(of value: JSONValue) -> [String] {
        value.yaml.split(separator: "\n").map { String($0) }
    }

    /// A text of the file as part of a comment, where a line end would begin a line of rules.
    private static func comment(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.isWhitespace || $0.value < 0x20 ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
