import Basics
import Configuration

/// Reads Sloth's files: `prometheus/v1`, and the resource of Kubernetes, which has the same in other letters.
///
/// Sloth's period comes from its command line and not from the file; here it is its default, 30 days.
enum SlothReader {
    /// The names of keys that differ between the two forms.
    private struct Keys {
        let errorRatio, errors, total, page, ticket, plugins: String
        static let file = Keys(
            errorRatio: "error_ratio_query", errors: "error_query", total: "total_query", page: "page_alert",
            ticket: "ticket_alert", plugins: "slo_plugins")
        static let resource = Keys(
            errorRatio: "errorRatioQuery", errors: "errorQuery", total: "totalQuery", page: "pageAlert",
            ticket: "ticketAlert", plugins: "sloPlugins")
    }

    private static let period = Duration.seconds(30 * 86_400)

    /// Of a document with `version: prometheus/v1`.
    static func objectives(in document: ConfigurationSection) -> [ObjectiveFile.Entry] {
        let entries = objectives(in: document, .file)
        document.close(allowing: true)
        return entries
    }

    /// Of a `PrometheusServiceLevel`.
    static func objectives(inResource document: ConfigurationSection) -> [ObjectiveFile.Entry] {
        if document.text("kind") != "PrometheusServiceLevel" {
            document.fault("kind", expected: "PrometheusServiceLevel")
        }
        for key in ["metadata", "status"] { _ = document.value(key) }
        guard let spec = document.section("spec") else {
            document.fault("spec", expected: "the service and its slos")
            return []
        }
        let entries = objectives(in: spec, .resource)
        spec.close()
        document.close()
        return entries
    }

    private static func objectives(in section: ConfigurationSection, _ keys: Keys) -> [ObjectiveFile.Entry] {
        let service = section.requiredText("service", expected: "the name of the service")
        let labels = section.labels("labels")
        section.ignore(keys.plugins, noPlugins)
        let slos = section.sections("slos")
        if slos.isEmpty, !section.has("slos") { section.fault("slos", expected: "a list of objectives") }
        return slos.map { slo in
            ObjectiveFile.Entry(objective: objective(slo, service, labels, keys), line: slo.line)
        }
    }

    private static let noPlugins = "Sloth's plugins change Prometheus's rules, of which none are made here"

    private static func objective(
        _ slo: ConfigurationSection, _ service: String, _ labels: [String: String], _ keys: Keys
    ) -> Objective {
        let name = slo.requiredText("name", expected: "a name, such as requests-availability")
        if !slo.has("objective") { slo.fault("objective", expected: "the target in per cent, such as 99.9") }
        let target = slo.percent("objective") ?? 0.999
        slo.ignore("plugins", noPlugins)
        slo.ignore("interval", "CloudWatch evaluates alarms at intervals of its own")
        var objective = Objective(
            name: name, service: service, description: slo.text("description", default: ""), target: target,
            window: period, indicator: indicator(slo, keys),
            labels: labels.merging(slo.labels("labels")) { $1 })
        if let alerting = slo.section("alerting") {
            let name = alerting.text("name").map { ["alertname": $0] } ?? [:]
            let common = ObjectiveAlert(
                labels: name.merging(alerting.labels("labels")) { $1 }, annotations: alerting.labels("annotations"))
            objective.page = alert(alerting, keys.page, common)
            objective.ticket = alert(alerting, keys.ticket, common)
            alerting.close()
        }
        slo.close()
        return objective
    }

    private static func alert(
        _ alerting: ConfigurationSection, _ key: String, _ common: ObjectiveAlert
    ) -> ObjectiveAlert? {
        guard let section = alerting.section(key) else { return common }
        let isDisabled = section.flag("disable", default: false)
        let alert = ObjectiveAlert(
            labels: common.labels.merging(section.labels("labels")) { $1 },
            annotations: common.annotations.merging(section.labels("annotations")) { $1 })
        section.close()
        return isDisabled ? nil : alert
    }

    private static func indicator(_ slo: ConfigurationSection, _ keys: Keys) -> Indicator {
        let nothing = Indicator.promQLRatio(bad: "0")
        guard let sli = slo.section("sli") else {
            slo.fault("sli", expected: "events or raw with its queries")
            return nothing
        }
        defer { sli.close() }
        let kinds = ["events", "raw", "plugin"].filter { sli.has($0) }
        guard kinds.count == 1 else {
            slo.fault("sli", "expected exactly one of events, raw and plugin")
            return nothing
        }
        guard kinds != ["plugin"] else {
            _ = sli.value("plugin")
            sli.fault(
                "plugin",
                "SLI plugins are Go code that Sloth runs, which is not possible here: write the queries that the "
                    + "plugin makes under events (`sloth generate` shows them)")
            return nothing
        }
        guard let section = sli.section(kinds[0]) else { return nothing }
        defer { section.close() }
        func query(_ key: String) -> String {
            let query = section.requiredText(key, expected: "a PromQL query with {{.window}}")
            if !query.isEmpty, let fault = PromQLTemplate.fault(in: query) { section.fault(key, fault) }
            return query
        }
        if kinds == ["raw"] { return .promQLRatio(bad: PromQLTemplate.normal(query(keys.errorRatio))) }
        return PromQLTemplate.events(bad: query(keys.errors), total: query(keys.total))
    }
}
