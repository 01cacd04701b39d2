import AlarmProvisioner
import CloudWatchAlarms
import Foundation
import TestSupport
import Testing

/// docs/alarm-catalogue.md lists every entry.
struct CatalogueDocumentationTests {
    private static let page = Workspace.root.appending(path: "docs/alarm-catalogue.md")

    @Test("the tables of docs/alarm-catalogue.md are those of the catalogue")
    func tables() throws {
        #expect(
            try GeneratedTables.inPage(Self.page, replacedBy: Self.tables) == Self.tables,
            "run the test with TOCSIN_WRITE_DOCS=1")
    }

    @Test("the rules that the page shows can be read")
    func examples() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let examples = text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 2)
        for example in examples {
            let source = RuleFile.Source(name: "example.yaml", bytes: Array(example.utf8))
            let rules = try RuleFile.read([source], catalogue: .recommended).rules
            #expect(rules.count > (example.contains("catalogue:") ? 100 : 0))
        }
    }

    private static var tables: String {
        var kinds: [ResourceKind] = []
        for entry in AlarmCatalogue.entries where !kinds.contains(entry.kind) { kinds.append(entry.kind) }
        return kinds.map(table).joined()
    }

    private static func table(of kind: ResourceKind) -> String {
        let rows = AlarmCatalogue.entries.filter { $0.kind == kind }.map { entry in
            let cells = [
                "`\(entry.name)`", metric(entry) + condition(entry), threshold(entry), duration(entry),
                entry.missingData.rawValue,
                entry.severity.rawValue, entry.isDefault ? "on" : "off", entry.fleetObstacle == nil ? "yes" : "–",
                entry.reason,
            ]
            return "| " + cells.joined(separator: " | ") + " |\n"
        }
        return "\n## \(kind.rawValue)\n\n"
            + "| Name | Metric | Threshold | For | Missing data | Severity | Default | Fleet | Why |\n"
            + "|---|---|---|---|---|---|---|---|---|\n" + rows.joined()
    }

    private static func metric(_ entry: CatalogueEntry) -> String {
        switch entry.data {
        case .metric(let metric):
            return "`\(metric.namespace)` `\(metric.metric)` \(metric.statistic)" + dimensions(metric)
        case .math(let metrics, let expressions, let returned):
            let names = metrics.sorted { $0.key < $1.key }.map { "\($0.key) = `\($0.value.metric)`" }
            let first = metrics.values.first
            return "`\(expressions[returned] ?? "")`, \(names.joined(separator: ", ")) of `\(first?.namespace ?? "")` "
                + (first?.statistic ?? "") + (first.map(dimensions) ?? "")
        case .promQL(let query, _, _): return "`\(query)`"
        }
    }

    /// Which resources of the kind have the metric.
    private static func condition(_ entry: CatalogueEntry) -> String {
        var conditions = entry.match.attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if !entry.match.names.isEmpty { conditions.append(("name", entry.match.names)) }
        return conditions.map { key, values in
            ", where \(key) is " + values.map { "`\($0)`" }.joined(separator: " or ")
        }.joined()
    }

    private static func dimensions(_ metric: TemplateMetric) -> String {
        guard !metric.dimensions.isEmpty else { return "" }
        let names = metric.dimensions.sorted { $0.key < $1.key }.map { name, dimension in
            switch dimension {
            case .resource: name
            case .fixed(let value): "\(name)=\(value)"
            case .listed: "each \(name)"
            }
        }
        return " by " + names.joined(separator: ", ")
    }

    private static func threshold(_ entry: CatalogueEntry) -> String {
        switch entry.threshold {
        case .value(let comparison, let value): "\(comparison.sign) \(number(value))"
        case .formula(let comparison, let formula): "\(comparison.sign) `\(formula.text)`"
        case .unknown(let comparison): "\(comparison.sign) what you give"
        }
    }

    private static func number(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
        var digits = String(Int(abs(value)))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    private static func duration(_ entry: CatalogueEntry) -> String {
        let period =
            switch entry.period {
            case 60: "min"
            case 3_600: "h"
            case 86_400: "d"
            default: "× \(entry.period / 60) min"
            }
        return entry.datapointsToAlarm == entry.evaluationPeriods
            ? "\(entry.evaluationPeriods) \(period)"
            : "\(entry.datapointsToAlarm) of \(entry.evaluationPeriods) \(period)"
    }
}
