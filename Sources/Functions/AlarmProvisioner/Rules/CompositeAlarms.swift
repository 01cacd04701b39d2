import Basics
public import CloudWatchAlarms

extension AlarmBuilder {
    /// The most alarms that one composite names.
    static let mostChildren = 100

    /// Makes the composites, those that others name first.
    mutating func addComposites(_ rules: [CompositeRule], resources: [String: WatchedResource]) {
        for rule in ordered(rules) { add(rule, resources) }
    }

    /// In the order of their references; those that refer to each other in a circle are told of and left out.
    private mutating func ordered(_ rules: [CompositeRule]) -> [CompositeRule] {
        var done: [CompositeRule] = []
        var waiting = rules
        while !waiting.isEmpty {
            let names = waiting.map(\.name)
            let ready = waiting.filter { rule in
                !rule.named.contains { pattern in names.contains { $0 != rule.name && pattern.matches($0) } }
                    && !rule.named.contains(.exactly(rule.name))
            }
            guard !ready.isEmpty else {
                for rule in waiting {
                    notices.append(
                        RuleNotice(
                            .error,
                            "rule \(rule.name) (\(rule.origin)) depends on itself, by way of "
                                + names.joined(separator: ", ") + ": no composite alarm"))
                }
                break
            }
            done += ready
            waiting.removeAll { ready.contains($0) }
        }
        return done
    }

    private mutating func add(_ rule: CompositeRule, _ resources: [String: WatchedResource]) {
        let patterns = rule.named
        let matcher = ResourceMatcher(ResourceMatch(kinds: [], accounts: rule.accounts, regions: rule.regions))
        var groups: [CompositeGroup: CompositeMembers] = [:]
        for alarm in alarms where matcher.matches(alarm.scope) && alarm.reason.rule != rule.name {
            guard patterns.matches(alarm.reason.rule) else { continue }
            guard let key = key(alarm, rule.each, resources) else { continue }
            groups[CompositeGroup(scope: alarm.scope, key: key.id), default: CompositeMembers(label: key.label)]
                .byRule[alarm.reason.rule, default: []].append(alarm.alarm.name)
        }
        // An expression that only names alarms of others is for every scope of alarms.
        if patterns.isEmpty {
            for scope in Set(alarms.map(\.scope)).sorted() where matcher.matches(scope) {
                groups[CompositeGroup(scope: scope, key: "")] = CompositeMembers(label: "")
            }
        }
        guard !groups.isEmpty else {
            notices.append(
                RuleNotice(
                    .error,
                    "rule \(rule.name) (\(rule.origin)): no composite alarm, because none of the rules that it names "
                        + "makes an alarm"))
            return
        }
        for (group, members) in groups.sorted(by: { ($0.key.scope, $0.key.key) < ($1.key.scope, $1.key.key) }) {
            add(rule, group, members)
        }
    }

    private func key(
        _ alarm: DesiredAlarm, _ each: CompositeRule.Each, _ resources: [String: WatchedResource]
    ) -> (id: String, label: String)? {
        switch each {
        case .scope: return ("", "")
        case .resource:
            guard let id = alarm.reason.resource else { return nil }
            return (id, resources[id]?.name ?? id)
        case .tag(let key):
            let value = alarm.reason.resource.flatMap { resources[$0]?.tags[key] } ?? alarm.alarm.tags[key]
            return value.map { ($0, $0) }
        }
    }

    private mutating func add(_ rule: CompositeRule, _ group: CompositeGroup, _ members: CompositeMembers) {
        let place =
            "rule \(rule.name) (\(rule.origin)) in \(group.scope)"
            + (members.label.isEmpty ? "" : " for \(members.label)")
        do throws(FormulaError) {
            let expression = try members.expression(rule.expression)
            guard expression.alarms.count <= Self.mostChildren else {
                throw FormulaError(
                    "it names \(expression.alarms.count) alarms, and CloudWatch allows \(Self.mostChildren): name "
                        + "fewer, or write each: tag:KEY for one composite by tag")
            }
            var suppressor: CompositeCondition.Suppressor?
            if let reference = rule.suppressor {
                let names = members.names(reference)
                guard names.count == 1 else {
                    throw FormulaError("suppressed-by stands for \(names.count) alarms, expected exactly one")
                }
                suppressor = CompositeCondition.Suppressor(
                    alarm: names[0], waitSeconds: rule.suppressorWait, extensionSeconds: rule.suppressorExtension)
            }
            let condition = CompositeCondition(rule: expression, suppressor: suppressor)
            append(rule, group, members, condition)
        } catch {
            notices.append(RuleNotice(.error, "\(place): no composite alarm, because \(error.message)"))
        }
    }

    private mutating func append(
        _ rule: CompositeRule, _ group: CompositeGroup, _ members: CompositeMembers, _ condition: CompositeCondition
    ) {
        var tagKeys: [String: String] = [:]
        if case .tag(let key) = rule.each { tagKeys[key] = members.label }
        func value(_ placeholder: PlaceholderText.Placeholder) -> String {
            switch placeholder {
            case .name: members.label
            case .rule, .metric: rule.name
            case .region: group.scope.region
            case .account: group.scope.account
            case .severity: rule.severity
            case .tag(let key): tagKeys[key] ?? ""
            case .kind, .dimension: ""
            }
        }
        let name =
            rule.alarmName.map { AlarmName.valid(PlaceholderText($0).text(value)) }
            ?? AlarmName.common([options.prefix, rule.name, members.label])
        guard !alarms.contains(where: { $0.scope == group.scope && $0.alarm.name == name }) else {
            notices.append(
                RuleNotice(
                    .error,
                    "rule \(rule.name) (\(rule.origin)): there is another alarm \(name) in \(group.scope): set "
                        + "alarm-name"))
            return
        }
        let count = condition.rule.alarms.count
        let whose = members.label.isEmpty ? "" : " of \(members.label)"
        let description =
            rule.description.map { PlaceholderText($0).text(value) }
            ?? "Combines \(counted(count, "alarm"))\(whose). Rule \(rule.name), \(rule.origin.place)."
        var tags = ownTags(rule.name, rule.origin, rule.severity)
        for (key, text) in rule.tags { tags[key] = AlarmTagText.value(PlaceholderText(text).text(value)) }
        if rule.each == .resource { tags[AlarmOptions.resourceTag] = AlarmTagText.value(group.key) }
        for (key, text) in tagKeys where tags[key] == nil && !key.hasPrefix("aws:") {
            tags[key] = AlarmTagText.value(text)
        }
        alarms.append(
            DesiredAlarm(
                alarm: Alarm(
                    name: name, description: description.cut(utf16: AlarmParts.descriptionLimit),
                    condition: .composite(condition), actions: actions(rule.severity, in: group.scope), tags: tags),
                scope: group.scope,
                reason: AlarmReason(
                    rule: rule.name, origin: rule.origin, resource: rule.each == .resource ? group.key : nil,
                    threshold: "a rule over \(counted(count, "alarm"))")))
    }

    /// The tags that every alarm of ours has, without the resource's.
    func ownTags(_ rule: String, _ origin: RuleOrigin, _ severity: String) -> [String: String] {
        [
            AlarmOptions.ownerTag: AlarmTagText.value(options.owner), AlarmOptions.ruleTag: AlarmTagText.value(rule),
            AlarmOptions.originTag: AlarmTagText.value(origin.place),
            AlarmOptions.severityTag: AlarmTagText.value(severity),
        ]
    }

    // MARK: Log alarms

    /// Makes a log alarm in each account and region that its rule is for.
    mutating func addLogAlarms(_ rules: [LogRule], in scopes: [AlarmScope]) {
        for rule in rules {
            let matcher = ResourceMatcher(ResourceMatch(kinds: [], accounts: rule.accounts, regions: rule.regions))
            let places = scopes.filter { matcher.matches($0) }
            if places.isEmpty {
                notices.append(
                    RuleNotice(
                        .error,
                        "rule \(rule.name) (\(rule.origin)): no log alarm, because no account and region that is "
                            + "provisioned matches it"))
            }
            for scope in places { alarms.append(logAlarm(rule, scope)) }
        }
    }

    private mutating func logAlarm(_ rule: LogRule, _ scope: AlarmScope) -> DesiredAlarm {
        func value(_ placeholder: PlaceholderText.Placeholder) -> String {
            switch placeholder {
            case .region: scope.region
            case .account: scope.account
            case .severity: rule.severity
            case .name, .rule, .metric: rule.name
            case .kind, .tag, .dimension: ""
            }
        }
        func text(_ text: String) -> String { PlaceholderText(text).text(value) }
        var condition = rule.condition
        condition.logGroups = condition.logGroups.map(text)
        condition.queryRoleARN = text(condition.queryRoleARN)
        condition.actionLogLineRoleARN = condition.actionLogLineRoleARN.map(text)
        let number = "\(condition.comparison.words) \(condition.threshold.grouped)"
        let groups = condition.logGroups.joined(separator: ", ")
        var comparison = "\(condition.aggregation) of a query over \(groups) is \(number) in "
        comparison += "\(condition.resultsToAlarm) of \(counted(condition.resultsToEvaluate, "run")), "
        comparison += "\(condition.schedule). Rule \(rule.name), \(rule.origin.place)."
        let description = rule.description.map(text) ?? comparison
        var tags = ownTags(rule.name, rule.origin, rule.severity)
        for (key, own) in rule.tags { tags[key] = AlarmTagText.value(text(own)) }
        return DesiredAlarm(
            alarm: Alarm(
                name: rule.alarmName.map { AlarmName.valid(text($0)) }
                    ?? AlarmName.common([options.prefix, rule.name]),
                description: description.cut(utf16: AlarmParts.descriptionLimit), condition: .log(condition),
                actions: actions(rule.severity, in: scope), tags: tags),
            scope: scope, reason: AlarmReason(rule: rule.name, origin: rule.origin, threshold: number))
    }
}

/// A rule for a log alarm in each account and region.
public struct LogRule: Sendable, Hashable {
    /// Unique among all rules.
    public var name: String
    /// Where it stands.
    public var origin: RuleOrigin
    /// Log groups and roles may have `{region}` and `{account}`.
    public var condition: LogCondition
    /// Globs; empty lists mean all.
    public var accounts: [String]
    /// Globs for regions; empty for all.
    public var regions: [String]
    /// Chooses the actions.
    public var severity: String
    /// The alarm's name; nil for `<prefix>-<rule>`.
    public var alarmName: String?
    /// The description; nil for one that says what is counted.
    public var description: String?
    /// More tags of the alarm.
    public var tags: [String: String]

    /// A rule.
    public init(
        name: String, origin: RuleOrigin, condition: LogCondition, accounts: [String] = [], regions: [String] = [],
        severity: String = "warning", alarmName: String? = nil, description: String? = nil, tags: [String: String] = [:]
    ) {
        self.name = name
        self.origin = origin
        self.condition = condition
        self.accounts = accounts
        self.regions = regions
        self.severity = severity
        self.alarmName = alarmName
        self.description = description
        self.tags = tags
    }
}

/// An account, a region and what a composite is made for.
private struct CompositeGroup: Hashable {
    var scope: AlarmScope
    var key: String
}

/// The alarms that a composite's expression can name, by their rules.
private struct CompositeMembers {
    let label: String
    var byRule: [String: [String]] = [:]

    init(label: String) { self.label = label }

    /// The names of the alarms that a reference stands for, in order.
    func names(_ reference: CompositeExpression.Reference) -> [String] {
        switch reference {
        case .alarm(let name): return [name]
        case .rules(let glob):
            let pattern = MatchPattern(glob)
            return byRule.filter { pattern.matches($0.key) }.flatMap(\.value).sorted()
        }
    }

    /// - Throws: ``FormulaError`` when a reference stands for nothing.
    func expression(_ expression: CompositeExpression) throws(FormulaError) -> AlarmRuleExpression {
        switch expression {
        case .constant(let value): return .constant(value)
        case .not(let part): return .not(try self.expression(part))
        case .and(let parts): return .and(try all(parts))
        case .or(let parts): return .or(try all(parts))
        case .state(let state, let reference):
            let states = try known(reference).map { AlarmRuleExpression.state(state.alarmState, alarm: $0) }
            if states.count == 1 { return states[0] }
            return state == .ok ? .and(states) : .or(states)
        case .atLeast(let count, let isPercent, let state, let isNegated, let references):
            var names: [String] = []
            for reference in references { names += try known(reference) }
            names = names.uniqued
            guard isPercent || count <= names.count else {
                throw FormulaError("it asks for at least \(count) of \(counted(names.count, "alarm"))")
            }
            return .atLeast(
                isPercent ? .percent(count) : .count(count), state.alarmState, isNegated: isNegated, alarms: names)
        }
    }

    private func all(_ parts: [CompositeExpression]) throws(FormulaError) -> [AlarmRuleExpression] {
        var result: [AlarmRuleExpression] = []
        for part in parts { result.append(try expression(part)) }
        return result
    }

    private func known(_ reference: CompositeExpression.Reference) throws(FormulaError) -> [String] {
        let names = names(reference)
        guard names.isEmpty, case .rules(let glob) = reference else { return names }
        throw FormulaError("rule \(glob) makes no alarm there")
    }
}

extension CompositeExpression.State {
    fileprivate var alarmState: AlarmState {
        switch self {
        case .alarm: .alarm
        case .ok: .ok
        case .insufficientData: .insufficientData
        }
    }
}

extension CompositeRule {
    /// The rules that it names.
    fileprivate var named: [MatchPattern] {
        (expression.references + [suppressor].compactMap(\.self)).compactMap {
            if case .rules(let glob) = $0 { MatchPattern(glob) } else { nil }
        }
    }
}
