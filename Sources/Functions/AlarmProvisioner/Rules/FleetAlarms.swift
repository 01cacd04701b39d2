import Basics
import CloudWatchAlarms

/// A fleet rule with the resources that it matches, by their places among the discovered ones.
struct FleetRule {
    let compiled: CompiledRule
    let groupByTag: String?
    var members: [Int]
}

/// Makes one Metrics Insights alarm for each fleet rule and group of tags, or alarms for each resource where that
/// cannot be, with the reason.
///
/// A query has `=` and `!=` joined by `AND`, so it asks for the values of tags, and leaves out by their dimension the
/// few resources that it would see and the rule does not match.
struct FleetAlarms {
    let resources: [WatchedResource]
    let telemetryTagScopes: Set<AlarmScope>
    let unknownTelemetryTagScopes: Set<AlarmScope>

    /// Alarms with Metrics Insights that CloudWatch allows in a region.
    static let mostAlarms = 200
    /// Seconds: a query sees no older data.
    static let longestRange = 3 * 3_600
    /// Series that such an alarm evaluates.
    static let mostSeries = 500
    /// Resources that a query leaves out one by one.
    static let mostExceptions = 20

    /// The resources of one rule, scope and combination of tags.
    private struct Group {
        var tags: [(key: String, value: String)]
        var members: [Int]
    }

    func add(_ fleets: [FleetRule], to builder: inout AlarmBuilder) {
        var counts: [AlarmScope: Int] = [:]
        for fleet in fleets {
            let byScope = Dictionary(grouping: fleet.members) { resources[$0].scope }
            for (scope, members) in byScope.sorted(by: { $0.key < $1.key }) {
                add(fleet, scope, members, &counts, &builder)
            }
        }
    }

    private func add(
        _ fleet: FleetRule, _ scope: AlarmScope, _ members: [Int], _ counts: inout [AlarmScope: Int],
        _ builder: inout AlarmBuilder
    ) {
        let rule = fleet.compiled.rule
        func fallBack(_ members: [Int], _ reason: String) {
            builder.notices.append(
                RuleNotice(
                    .warning,
                    "rule \(rule.name) (\(rule.origin)) in \(scope): \(counted(members.count, "alarm")) for single "
                        + "resources instead of a fleet alarm, because \(reason)"))
            for member in members { builder.add(fleet.compiled, of: resources[member]) }
        }
        let tagKeys = (rule.match.tags.keys.sorted() + [fleet.groupByTag].compactMap(\.self)).uniqued
        if let obstacle = Self.obstacle(fleet.compiled) { return fallBack(members, obstacle) }
        if !tagKeys.isEmpty, unknownTelemetryTagScopes.contains(scope) {
            builder.notices.append(
                RuleNotice(
                    .warning,
                    "rule \(rule.name) (\(rule.origin)) in \(scope): its alarms stay as they are, because it is not "
                        + "known now whether metrics carry the tags of resources"))
            return
        }
        if !tagKeys.isEmpty, !telemetryTagScopes.contains(scope) {
            return fallBack(
                members, "metrics there do not carry the tags of resources: turn on resource tags on telemetry")
        }
        let untagged = members.filter { member in tagKeys.contains { resources[member].tags[$0] == nil } }
        if !untagged.isEmpty { fallBack(untagged, "they have no tag \(fleet.groupByTag ?? "")") }
        for group in groups(members.filter { !untagged.contains($0) }, by: tagKeys) {
            do throws(FormulaError) {
                let query = try query(fleet.compiled, group, scope)
                guard counts[scope, default: 0] < Self.mostAlarms else {
                    throw FormulaError("CloudWatch allows \(Self.mostAlarms) such alarms in a region")
                }
                counts[scope, default: 0] += 1
                if group.members.count > Self.mostSeries {
                    builder.notices.append(
                        RuleNotice(
                            .warning,
                            "rule \(rule.name) (\(rule.origin)) in \(scope): only the \(Self.mostSeries) worst of "
                                + "\(group.members.count) resources are evaluated at a time: split them with group-by"))
                }
                builder.alarms.append(alarm(fleet, group, query, scope, &builder))
            } catch {
                fallBack(group.members, error.message)
            }
        }
    }

    // MARK: What a query can say

    /// Why the rule cannot be one alarm at all; nil when it can.
    static func obstacle(_ compiled: CompiledRule) -> String? {
        let template = compiled.rule.template
        guard case .metric(let metric) = template.data else { return "only a single metric can be queried" }
        guard case .value = template.threshold else {
            if case .band = template.threshold { return "a query has no anomaly band" }
            return "the threshold is a formula, and so differs from resource to resource"
        }
        if functions[metric.statistic] == nil { return "Metrics Insights has no \(metric.statistic)" }
        if metric.unit != nil { return "a query has no unit" }
        if template.period * template.evaluationPeriods > longestRange {
            return "Metrics Insights looks back no more than 3 h"
        }
        if template.missingData == .breaching { return "Metrics Insights does not see resources without data" }
        let compiledMetric = compiled.metrics[0].metric
        if compiledMetric.own.isEmpty, compiledMetric.listed.isEmpty { return "there is only one series" }
        if compiledMetric.fixed.contains(where: { !$0.value.isConstant }) {
            return "a dimension differs from resource to resource"
        }
        return nil
    }

    private static let functions = [
        "Average": "AVG", "Sum": "SUM", "Minimum": "MIN", "Maximum": "MAX", "SampleCount": "COUNT",
    ]

    private func groups(_ members: [Int], by keys: [String]) -> [Group] {
        let byValues = Dictionary(grouping: members) { member in keys.map { resources[member].tags[$0] ?? "" } }
        return byValues.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { values, members in
            Group(tags: zip(keys, values).map { (key: $0, value: $1) }, members: members)
        }
    }

    /// - Throws: ``FormulaError`` with the reason why no query sees just these resources.
    private func query(_ compiled: CompiledRule, _ group: Group, _ scope: AlarmScope) throws(FormulaError) -> String {
        let metric = compiled.metrics[0].metric
        guard case .value(let comparison, _) = compiled.rule.template.threshold,
            let function = Self.functions[metric.metric.statistic]
        else { throw FormulaError("it cannot be queried") }
        let keys = metric.metric.dimensions.keys.sorted()
        let series = try (metric.own + metric.listed).mapEach(Self.identifier)
        let schema = try ([metric.metric.namespace] + keys).mapEach(Self.identifier)
        var conditions: [String] = []
        for (name, text) in metric.fixed {
            conditions.append(try Self.identifier(name) + " = " + Self.literal(text.text { _ in "" }))
        }
        for (key, value) in group.tags {
            conditions.append(try "tag." + Self.identifier(key) + " = " + Self.literal(value))
        }
        for exception in try exceptions(compiled, group, scope) {
            conditions.append(try Self.identifier(exception.name) + " != " + Self.literal(exception.value))
        }
        let isUpper = comparison == .greater || comparison == .greaterOrEqual
        var query = try "SELECT \(function)(\(Self.identifier(metric.metric.metric)))"
        query += " FROM SCHEMA(\(schema.joined(separator: ", ")))"
        if !conditions.isEmpty { query += " WHERE " + conditions.joined(separator: " AND ") }
        query += " GROUP BY " + series.joined(separator: ", ")
        // The first hundred that breach are named, so the worst come first.
        return query + " ORDER BY \(function)() " + (isUpper ? "DESC" : "ASC")
    }

    /// The resources that the query would see and the rule does not match, by the dimension that leaves them out.
    private func exceptions(
        _ compiled: CompiledRule, _ group: Group, _ scope: AlarmScope
    ) throws(FormulaError) -> [(name: String, value: String)] {
        let members = Set(group.members)
        let kinds = compiled.rule.match.kinds
        let others = resources.indices.filter { index in
            let resource = resources[index]
            return resource.scope == scope && kinds.contains(resource.kind) && !members.contains(index)
                && group.tags.allSatisfy { resource.tags[$0.key] == $0.value }
        }
        guard !others.isEmpty else { return [] }
        guard others.count <= Self.mostExceptions else {
            throw FormulaError("\(others.count) other resources have the same tags, and a query cannot tell them apart")
        }
        let own = compiled.metrics[0].metric.own
        return try others.map { index throws(FormulaError) in
            // A dimension in which no member is the same.
            let resource = resources[index]
            let name = own.first { name in
                resource.dimensions[name] != nil
                    && !members.contains { resources[$0].dimensions[name] == resource.dimensions[name] }
            }
            guard let name, let value = resource.dimensions[name] else {
                throw FormulaError("a query cannot leave out \(resource.displayName), which the rule does not match")
            }
            return (name, value)
        }
    }

    /// A name in a query: in double quotes unless it is a plain word.
    static func identifier(_ text: String) throws(FormulaError) -> String {
        let isPlain =
            text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") } && text.first?.isNumber == false
        if isPlain, !keywords.contains(text.uppercased()) { return text }
        return "\"" + (try unquoted(text)) + "\""
    }

    /// A value in a query, in single quotes.
    static func literal(_ text: String) throws(FormulaError) -> String { "'" + (try unquoted(text)) + "'" }

    /// AWS does not say how quotation marks are escaped, so texts that have one are not put into a query.
    private static func unquoted(_ text: String) throws(FormulaError) -> String {
        let isSafe = text.unicodeScalars.allSatisfy { !["'", "\"", "\\"].contains($0) && !$0.isInvisible }
        guard isSafe else { throw FormulaError("\(text) has a character that a query cannot have") }
        return text
    }

    private static let keywords: Set = [
        "ALL", "AND", "ANY", "AS", "ASC", "AVG", "BETWEEN", "BY", "CASE", "COUNT", "DESC", "DISTINCT", "ELSE", "END",
        "EXISTS", "FALSE", "FILTER", "FROM", "GROUP", "HAVING", "IN", "IS", "LIKE", "LIMIT", "MAX", "MIN", "NOT",
        "NULL",
        "OR", "ORDER", "SCHEMA", "SELECT", "SUM", "TAG", "THEN", "TRUE", "UNION", "WHEN", "WHERE", "WITH",
    ]

    // MARK: The alarm

    private func alarm(
        _ fleet: FleetRule, _ group: Group, _ query: String, _ scope: AlarmScope, _ builder: inout AlarmBuilder
    ) -> DesiredAlarm {
        let rule = fleet.compiled.rule
        let template = rule.template
        let label = group.tags.map(\.value).joined(separator: "-")
        let stand = WatchedResource(
            kind: rule.match.kinds.min() ?? .metric, scope: scope, id: "", name: label.isEmpty ? "fleet" : label,
            tags: Dictionary(group.tags.map { ($0.key, $0.value) }) { first, _ in first })
        func value(_ placeholder: PlaceholderText.Placeholder) -> String {
            AlarmParts.value(placeholder, fleet.compiled, stand)
        }
        var threshold = AlarmThreshold.value(.greater, 0)
        var why = ""
        if case .value(let comparison, let number) = template.threshold {
            threshold = .value(comparison, number)
            why = "\(comparison.words) \(number.grouped)"
        }
        let description = fleet.compiled.description?.text(value) ?? Self.description(rule, group, why)
        let expression = MetricQuery(
            id: "q1", source: .expression(query, period: template.period), returnsData: true)
        var tags = fleet.compiled.commonTags
        for (key, value) in group.tags where !key.hasPrefix("aws:") && tags[key] == nil {
            tags[key] = AlarmTagText.value(value)
        }
        for (key, text) in fleet.compiled.tags { tags[key] = AlarmTagText.value(text.text(value)) }
        let name =
            fleet.compiled.name.map { AlarmName.valid($0.text(value)) }
            ?? AlarmName.common([builder.options.prefix, rule.name, stand.name])
        let condition = MetricCondition(
            data: .queries([expression]), threshold: threshold, evaluationPeriods: template.evaluationPeriods,
            datapointsToAlarm: template.datapointsToAlarm, missingData: template.missingData, warmUp: template.warmUp,
            window: template.window)
        return DesiredAlarm(
            alarm: Alarm(
                name: name, description: description.cut(utf16: AlarmParts.descriptionLimit),
                condition: .metric(condition),
                actions: builder.actions(of: rule, in: scope, value: value), tags: tags),
            scope: scope,
            reason: AlarmReason(
                rule: rule.name, origin: rule.origin, kind: stand.kind,
                threshold: "\(why), for \(counted(group.members.count, "resource")) in one query"))
    }

    private static func description(_ rule: AlarmRule, _ group: Group, _ why: String) -> String {
        guard case .metric(let metric) = rule.template.data else { return "" }
        let kinds = rule.match.kinds.sorted().map(\.rawValue).joined(separator: " or ")
        var text = "\(AlarmParts.statisticWords(metric.statistic)) of \(metric.metric) of any \(kinds)"
        let tags = group.tags.map { "\($0.key) = \($0.value)" }
        if !tags.isEmpty { text += " with the tag " + tags.joined(separator: ", ") }
        text += " is \(why) in \(rule.template.datapointsToAlarm) of \(rule.template.evaluationPeriods) periods of "
        text += Duration.seconds(rule.template.period).text
        return text + ". Rule \(rule.name), \(rule.origin.place)."
    }
}

extension Array {
    /// `map` whose error keeps its type.
    fileprivate func mapEach<Result>(
        _ transform: (Element) throws(FormulaError) -> Result
    ) throws(FormulaError) -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try transform(element)) }
        return results
    }
}
