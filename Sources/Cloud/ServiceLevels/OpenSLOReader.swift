import Basics
import Configuration
import JSON

/// Reads OpenSLO: its SLOs, with the SLIs, data sources, alert policies and conditions that they refer to in the same
/// file.
final class OpenSLOReader {
    private var named: [String: ConfigurationSection] = [:]
    private let documents: [ConfigurationSection]

    init(_ documents: [ConfigurationSection]) {
        self.documents = documents
        for document in documents {
            guard let kind = document.value("kind")?.text, let metadata = document.value("metadata")?.json,
                let name = metadata["name"]?.stringValue
            else { continue }
            named["\(kind)/\(name)"] = document
        }
    }

    private static let kinds = [
        "SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget",
    ]

    /// The objectives of a document: none unless it is an SLO.
    func objectives(in document: ConfigurationSection) -> [ObjectiveFile.Entry] {
        let kind = document.requiredText("kind", expected: "one of \(Self.kinds.joined(separator: ", "))")
        guard kind == "SLO" else {
            if !kind.isEmpty, !Self.kinds.contains(kind) {
                document.fault("kind", expected: "one of \(Self.kinds.joined(separator: ", "))")
            }
            return []
        }
        let metadata = document.section("metadata")
        let name = metadata?.requiredText("name", expected: "a name") ?? ""
        if metadata == nil { document.fault("metadata", expected: "the name of the SLO") }
        let labels = metadata?.labels("labels") ?? [:]
        for key in ["displayName", "annotations"] { _ = metadata?.value(key) }
        metadata?.close()
        guard let spec = document.section("spec") else {
            document.fault("spec", expected: "the service, the indicator and the objectives")
            return []
        }
        defer {
            spec.close()
            document.close()
        }
        let service = spec.requiredText("service", expected: "the name of the service")
        let description = spec.text("description", default: "")
        let window = window(spec)
        let method = method(spec)
        let shared = indicator(spec)
        let alerts = alerts(spec)
        let targets = spec.sections("objectives")
        if targets.isEmpty { spec.fault("objectives", expected: "a list with a target") }
        return targets.enumerated().compactMap { number, section in
            let suffix = targets.count == 1 ? "" : "-" + (section.text("displayName")?.asName ?? "\(number + 1)")
            guard let measured = objective(section, shared, method, spec) else { return nil }
            var objective = Objective(
                name: name + suffix, service: service, description: description, target: measured.target,
                window: window, indicator: measured.indicator, labels: labels)
            objective.conditions = alerts.conditions
            objective.page?.labels = alerts.labels[.page] ?? [:]
            objective.ticket?.labels = alerts.labels[.ticket] ?? [:]
            return ObjectiveFile.Entry(objective: objective, line: section.line)
        }
    }

    /// Notes the references that no document answers; those are faults already, so nothing is left to do for others.
    func close() {
        for document in documents where document.value("kind")?.text != "SLO" {
            for key in ["apiVersion", "kind", "metadata", "spec"] { _ = document.value(key) }
            document.close()
        }
    }

    // MARK: Window and budgeting

    private func window(_ spec: ConfigurationSection) -> Duration {
        let key = spec.has("timeWindows") ? "timeWindows" : "timeWindow"
        let windows = spec.sections(key)
        guard windows.count == 1, let window = windows.first else {
            spec.fault(key, "expected a list of one time window")
            return .seconds(30 * 86_400)
        }
        defer { window.close() }
        let reason = "burn rates are the same for windows of the calendar as for rolling ones of the same length"
        window.ignore("calendar", reason)
        _ = window.value("isRolling")
        let length: Duration?
        if window.has("count") || window.has("unit") {
            let count = window.integer("count", default: 1, in: 1...1_000)
            length = window.value(
                "unit", expected: "one of Day, Week, Month, Quarter, Year",
                read: { Self.units[$0.lowercased()].map { $0 * count } })
            if !window.has("unit") { window.fault("unit", expected: "one of Day, Week, Month, Quarter, Year") }
        } else {
            length = window.value("duration", expected: "a length such as 28d, 4w, 1M or 1Q", read: Self.duration)
            if !window.has("duration") { window.fault("duration", expected: "a length such as 28d, 4w, 1M or 1Q") }
        }
        guard let length else { return .seconds(30 * 86_400) }
        window.checkWindow(length, window.has("duration") ? "duration" : "count")
        return length
    }

    private static let units: [String: Duration] = [
        "second": .seconds(1), "minute": .seconds(60), "hour": .seconds(3_600), "day": .seconds(86_400),
        "week": .seconds(7 * 86_400), "month": .seconds(30 * 86_400), "quarter": .seconds(90 * 86_400),
        "year": .seconds(365 * 86_400),
    ]

    /// `28d`, `4w`, `1M`, `1Q`, `1Y`: a month is 30 days.
    static func duration(_ text: String) -> Duration? {
        let calendar: [Character: String] = ["M": "month", "Q": "quarter", "Y": "year"]
        if let unit = text.last.flatMap({ calendar[$0] }).flatMap({ units[$0] }) {
            guard let count = Int(text.dropLast()), (1...1_000).contains(count) else { return nil }
            return unit * count
        }
        return Duration(text: text)
    }

    /// What the budget consists of.
    enum Method: String, CaseIterable {
        case occurrences = "Occurrences"
        case timeslices = "Timeslices"
        case ratioTimeslices = "RatioTimeslices"
    }

    private func method(_ spec: ConfigurationSection) -> Method {
        spec.choice("budgetingMethod", default: .occurrences)
    }

    // MARK: Objectives

    private func objective(
        _ section: ConfigurationSection, _ shared: OpenSLOIndicator?, _ method: Method, _ spec: ConfigurationSection
    ) -> (target: Double, indicator: Indicator)? {
        defer { section.close() }
        for key in ["displayName", "op", "value"] { _ = section.value(key) }
        let target = section.has("targetPercent") ? section.percent("targetPercent") : share(section, "target")
        var own = shared
        if let ratio = section.section("ratioMetrics") { own = OpenSLOIndicator(ratioMetrics: ratio) }
        let slice = section.has("timeSliceWindow") ? section.duration("timeSliceWindow") : .seconds(60)
        let sliceTarget = section.has("timeSliceTarget") ? share(section, "timeSliceTarget", upTo: 1) : nil
        if method == .timeslices, !section.has("timeSliceTarget") {
            section.fault("timeSliceTarget", expected: "the share of a slice that must be good, such as 0.95")
        }
        if own == nil, !spec.has("indicator"), !spec.has("indicatorRef") {
            spec.fault("indicator", expected: "the indicator, or indicatorRef")
        }
        for key in ["indicator", "indicatorRef", "compositeWeight"] where section.has(key) {
            section.fault(
                key, "an objective of several indicators cannot be one alarm here: make an SLO of each of them")
            own = nil
        }
        guard let target, let own else { return nil }
        let rule = OpenSLOIndicator.Rule(
            method: method, slice: slice ?? .seconds(60), sliceTarget: sliceTarget ?? 1,
            comparison: own.needsValue ? comparison(section) : nil)
        guard let indicator = own.indicator(rule, section) else { return nil }
        return (target, indicator)
    }

    private func share(_ section: ConfigurationSection, _ key: String, upTo most: Double = 1) -> Double? {
        if let number = section.value(key)?.json.doubleValue, number > 0,
            number < 1 || (key != "target" && number == most)
        {
            return number
        }
        section.fault(key, expected: "a share above 0 and below 1, such as 0.999")
        return nil
    }

    /// What is bad of the values of a threshold metric: the opposite of `op` and `value`.
    private func comparison(_ section: ConfigurationSection) -> String? {
        let opposite = ["lt": ">=", "lte": ">", "gt": "<=", "gte": "<"]
        guard let sign = section.value("op")?.text.flatMap({ opposite[$0] }) else {
            section.fault("op", expected: "one of lt, lte, gt, gte")
            return nil
        }
        guard let value = section.value("value")?.json.doubleValue else {
            section.fault("value", expected: "the number that good values are compared with")
            return nil
        }
        return "\(sign) bool \(value)"
    }

    // MARK: Indicators

    private func indicator(_ spec: ConfigurationSection) -> OpenSLOIndicator? {
        if let name = spec.text("indicatorRef") {
            guard let sli = resolve("SLI", name, spec, "indicatorRef")?.section("spec") else { return nil }
            defer { sli.close() }
            return OpenSLOIndicator(sli, sourceType)
        }
        guard let indicator = spec.section("indicator") else { return nil }
        defer { indicator.close() }
        for key in ["apiVersion", "kind", "metadata"] { _ = indicator.value(key) }
        guard let inner = indicator.section("spec") else { return OpenSLOIndicator(indicator, sourceType) }
        defer { inner.close() }
        return OpenSLOIndicator(inner, sourceType)
    }

    /// The type of a data source by its name; nil when the file has none of that name.
    private func sourceType(_ name: String) -> String? {
        named["DataSource/\(name)"]?.value("spec")?.json["type"]?.stringValue
    }

    private func resolve(
        _ kind: String, _ name: String, _ section: ConfigurationSection, _ key: String
    ) -> ConfigurationSection? {
        if let document = named["\(kind)/\(name)"] { return document }
        let known = named.keys.filter { $0.hasPrefix(kind + "/") }.map { String($0.dropFirst(kind.count + 1)) }
        let advice = known.nearest(to: name).map { ", did you mean \($0)?" } ?? ": put it into the same file"
        section.fault(key, "there is no \(kind) \(name)\(advice)")
        return nil
    }

    // MARK: Alerts

    private typealias Alerts = (conditions: [BurnCondition], labels: [BurnSeverity: [String: String]])

    private func alerts(_ spec: ConfigurationSection) -> Alerts {
        var alerts: Alerts = ([], [:])
        for entry in spec.list("alertPolicies") {
            if entry.value.text != nil {
                guard let policy = resolve("AlertPolicy", entry.text, spec, "alertPolicies") else { continue }
                policy.section("spec").map { read(policy: $0, &alerts) }
            } else if let section = spec.section(at: entry) {
                for key in ["apiVersion", "kind", "metadata"] { _ = section.value(key) }
                if let name = section.text("alertPolicyRef") {
                    resolve("AlertPolicy", name, section, "alertPolicyRef")?.section("spec").map {
                        read(policy: $0, &alerts)
                    }
                } else if let policy = section.section("spec") {
                    read(policy: policy, &alerts)
                } else {
                    section.fault("spec", expected: "the policy, or alertPolicyRef with the name of one")
                }
                section.close()
            }
        }
        return alerts
    }

    private func read(policy: ConfigurationSection, _ alerts: inout Alerts) {
        _ = policy.value("description")
        _ = policy.flag("alertWhenResolved")
        policy.ignore(
            "notificationTargets", "an alarm's severity chooses its actions, among the topics of the provisioner")
        if policy.flag("alertWhenNoData", default: false) {
            policy.ignore("alertWhenNoData", "without data nothing burns; watch the source with an alarm of its own")
        }
        let isOn = policy.flag("alertWhenBreaching", default: true)
        for section in policy.sections("conditions") {
            for key in ["apiVersion", "kind", "metadata"] { _ = section.value(key) }
            if let name = section.text("conditionRef") {
                resolve("AlertCondition", name, section, "conditionRef")?.section("spec")
                    .map { read(condition: $0, isOn, &alerts) }
            } else if let condition = section.section("spec") {
                read(condition: condition, isOn, &alerts)
            } else {
                section.fault("spec", expected: "the condition, or conditionRef with the name of one")
            }
            section.close()
        }
        policy.close()
    }

    private func read(condition spec: ConfigurationSection, _ isOn: Bool, _ alerts: inout Alerts) {
        _ = spec.value("description")
        let text = spec.text("severity", default: "ticket")
        let severity: BurnSeverity = Self.paging.contains(text.lowercased()) ? .page : .ticket
        guard let condition = spec.section("condition") else {
            spec.fault("condition", expected: "the burn rate that alarms")
            return
        }
        if condition.text("kind", default: "burnrate").lowercased() != "burnrate" {
            condition.fault("kind", expected: "burnrate")
        }
        if let sign = condition.text("op"), !["gt", "gte"].contains(sign) {
            condition.ignore("op", "a budget is in danger when it burns faster than the threshold: taken as gt")
        }
        let factor = condition.value("threshold")?.json.doubleValue ?? 0
        if factor <= 0 { condition.fault("threshold", expected: "a burn rate above 0, such as 14.4") }
        let window = condition.value("lookbackWindow", expected: "a length such as 1h", read: Self.duration)
        if !condition.has("lookbackWindow") { condition.fault("lookbackWindow", expected: "a length such as 1h") }
        let pending = condition.value(
            "alertAfter", default: .zero, expected: "a length such as 5m, at most 1d",
            read: { Self.duration($0).flatMap { $0 <= .seconds(86_400) ? $0 : nil } })
        condition.close()
        spec.close()
        guard isOn, let window, factor > 0 else { return }
        let new = BurnCondition(severity: severity, factor: factor, window: window, pending: pending)
        if !alerts.conditions.contains(new) { alerts.conditions.append(new) }
        if BurnSeverity(rawValue: text) == nil { alerts.labels[severity, default: [:]]["severity"] = text }
    }

    private static let paging: Set<String> = ["page", "critical", "fatal", "high", "emergency", "p1", "sev1"]
}

extension String {
    /// In small letters, digits and hyphens.
    fileprivate var asName: String {
        let bytes = utf8.map { $0.isASCIIAlphanumeric ? $0.asciiLowercased : UInt8(ascii: "-") }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "-")
        return parts.joined(separator: "-")
    }
}
