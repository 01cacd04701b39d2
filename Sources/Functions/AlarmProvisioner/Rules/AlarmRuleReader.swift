import Basics
import CloudWatchAlarms
import Configuration
import JSON

/// Reads an element of `rules` or `alarms`.
struct AlarmRuleReader {
    let section: ConfigurationSection
    let file: String

    // MARK: What all have

    /// The element's name; it becomes part of the path in faults.
    func name() -> String {
        let name = section.requiredText("name", expected: "a name, such as lambda-errors")
        if !name.isEmpty { section.path += "(\(name))" }
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || ["-", "_", ".", "/"].contains(scalar)
        }
        if !isPlain || name.utf16.count > 100 {
            section.fault("name", expected: "at most 100 letters, digits and -_./, as composites and tags name it")
        }
        return name
    }

    func origin(_ source: RuleOrigin.Source) -> RuleOrigin { RuleOrigin(source, file: file, line: section.line) }

    /// Notes a word that is almost one of the usual severities: others are free, but a slip would have no topic.
    static func checkSeverity(_ severity: String, fault: (String) -> Void) {
        let usual = ["critical", "warning", "default"]
        guard !usual.contains(severity), let meant = usual.nearest(to: severity) else { return }
        fault("\(severity) is no usual severity, did you mean \(meant)?")
    }

    func severity() -> String {
        let severity = section.text("severity", default: "warning")
        if AlarmTagText.value(severity) != severity {
            section.fault("severity", expected: "letters, digits and -_, since it becomes a tag")
        } else {
            Self.checkSeverity(severity) { section.fault("severity", $0) }
        }
        return severity
    }

    /// A text whose placeholders exist.
    func template(_ key: String, limit: Int) -> String? {
        guard let text = section.text(key) else { return nil }
        if let fault = PlaceholderText.fault(in: text) { section.fault(key, fault) }
        if text.utf16.count > limit { section.fault(key, "expected at most \(limit) characters") }
        return text
    }

    func tags() -> [String: String] {
        let pairs = section.pairs("tags")
        for (key, value) in pairs {
            if let fault = PlaceholderText.fault(in: value) { section.fault("tags", of: key, fault) }
            if key.hasPrefix("aws:") { section.fault("tags", of: key, "AWS reserves tags that begin with aws:") }
            if key.utf16.count > 128 { section.fault("tags", of: key, "expected a key of at most 128 characters") }
        }
        if pairs.count > 30 {
            section.fault("tags", "expected at most 30 tags: an alarm has 50, with ours and copied ones")
        }
        return Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
    }

    func datapoints(most: Int) -> RuleSettings.Datapoints {
        let read = section.value("datapoints", expected: Self.datapointsExpected) { text in
            RuleSettings.Datapoints(text).flatMap { $0.evaluated <= most ? $0 : nil }
        }
        return read ?? RuleSettings.Datapoints(breaching: 1, evaluated: 1)
    }

    static let datapointsExpected = "how many of how many periods must breach, such as 3 of 5, or 3 for 3 of 3"

    /// The threshold's text.
    func threshold(_ percent: TemplateThreshold.PercentSign) -> TemplateThreshold? {
        let text = section.requiredText(
            "threshold", expected: "a comparison, such as \"> 80\" or \"> 0.9 * timeout_ms\"")
        guard !text.isEmpty else { return nil }
        do throws(FormulaError) { return try TemplateThreshold(parsing: text, percent: percent) } catch {
            section.fault("threshold", "\"\(text)\": \(error)")
            return nil
        }
    }

    /// ARNs, of which a state takes five.
    static func arns(_ key: String, _ section: ConfigurationSection) -> [String] {
        let arns = section.texts(key, acceptsOne: true).map { entry in
            if entry.text.arnFields?.count != 6 {
                section.fault(at: entry, expected: "an ARN, such as arn:aws:sns:{region}:{account}:alarms")
            } else if let fault = PlaceholderText.fault(in: entry.text) {
                section.fault(at: entry, fault)
            }
            return entry.text
        }
        if arns.count > 5 { section.fault(key, "expected at most 5 actions, as CloudWatch allows") }
        return arns
    }

    /// Kinds of resources, also by globs.
    static func kinds(_ key: String, _ section: ConfigurationSection) -> Set<ResourceKind> {
        var kinds: Set<ResourceKind> = []
        for entry in section.texts(key, acceptsOne: true) {
            let pattern = MatchPattern(entry.text)
            let found = ResourceKind.allCases.filter { pattern.matches($0.rawValue) }
            kinds.formUnion(found)
            guard found.isEmpty else { continue }
            let names = ResourceKind.allCases.map(\.rawValue)
            let sameService = names.filter { $0.hasPrefix(entry.text + ":") }
            let nearest = names.nearest(to: entry.text).map { [$0] } ?? sameService
            let advice =
                nearest.isEmpty
                ? "expected one of \(names.joined(separator: ", "))"
                : "did you mean \(nearest.joined(separator: " or "))?"
            section.fault(at: entry, "there is no kind \(entry.text), \(advice)")
        }
        return kinds
    }

    /// `for`: a kind, a list of kinds, or a mapping of everything that must match.
    static func match(_ key: String, _ section: ConfigurationSection, needsKinds: Bool) -> ResourceMatch {
        guard section.has(key) else {
            if needsKinds { section.fault(key, expected: "a kind of resources, such as lambda:function") }
            return ResourceMatch(kinds: [])
        }
        guard section.isMapping(key), let inner = section.section(key) else {
            return ResourceMatch(kinds: kinds(key, section))
        }
        let match = ResourceMatch(
            kinds: kinds("kinds", inner), tags: patterns("tags", inner), withoutTags: patterns("without-tags", inner),
            names: texts("names", inner), accounts: texts("accounts", inner), regions: texts("regions", inner),
            attributes: patterns("attributes", inner))
        if needsKinds, !inner.has("kinds") {
            inner.fault("kinds", expected: "kinds of resources, such as [lambda:function]")
        }
        inner.close()
        return match
    }

    static func texts(_ key: String, _ section: ConfigurationSection) -> [String] {
        section.texts(key, acceptsOne: true).map(\.text)
    }

    /// A mapping of names to a glob or a list of them; nothing stands for `*`.
    private static func patterns(_ key: String, _ section: ConfigurationSection) -> [String: [String]] {
        guard let inner = section.section(key) else { return [:] }
        var patterns: [String: [String]] = [:]
        for name in inner.keys {
            let values = texts(name, inner)
            patterns[name] = values.isEmpty ? ["*"] : values
        }
        return patterns
    }

    /// What a file changes of a rule of the catalogue.
    static func settings(_ section: ConfigurationSection) -> RuleSettings {
        var settings = RuleSettings()
        if let text = section.text("threshold") {
            if let number = Double(text), number.isFinite {
                settings.threshold = .number(number)
            } else {
                do throws(FormulaError) {
                    settings.threshold = .comparison(try TemplateThreshold(parsing: text, percent: .unclear))
                } catch { section.fault("threshold", "\"\(text)\": \(error)") }
            }
        }
        settings.period = section.value("period", expected: RuleSettings.periodExpected) { RuleSettings.period($0) }
        settings.datapoints = section.value("datapoints", expected: datapointsExpected) { RuleSettings.Datapoints($0) }
        settings.statistic = statistic("stat", section)
        if section.has("missing") { settings.missingData = section.choice("missing", default: MissingData.missing) }
        settings.severity = section.text("severity")
        return settings
    }

    static func statistic(_ key: String, _ section: ConfigurationSection) -> String? {
        guard let text = section.text(key) else { return nil }
        if let statistic = Statistic.normal(text) { return statistic }
        let advice = Statistic.advice(text).map { "did you mean \($0)?" } ?? "expected \(Statistic.expected)"
        section.fault(key, "there is no statistic \(text), \(advice)")
        return nil
    }

    // MARK: Composites

    func composite() -> CompositeRule {
        let name = name()
        var expression = CompositeExpression.constant(false)
        let text = section.requiredText(
            "when",
            expected: "an expression, such as ALARM(api-errors) AND NOT ALARM(deploying), or log for a log alarm")
        if !text.isEmpty {
            do throws(FormulaError) { expression = try CompositeExpression(parsing: text) } catch {
                section.fault("when", "\(error)")
            }
        }
        let each: CompositeRule.Each =
            section.value("each", default: .scope, expected: "region, resource or tag:KEY") { text in
                switch text {
                case "region": .scope
                case "resource": .resource
                default: text.hasPrefix("tag:") && text.utf8.count > 4 ? .tag(String(text.dropFirst(4))) : nil
                }
            }
        var suppressor: CompositeExpression.Reference?
        if let text = section.text("suppressed-by") {
            let isQuoted = text.hasPrefix("\"") && text.hasSuffix("\"") && text.utf8.count > 2
            suppressor = isQuoted ? .alarm(String(text.dropFirst().dropLast())) : .rules(text)
        }
        let rule = CompositeRule(
            name: name, origin: origin(.rules), expression: expression, each: each,
            accounts: Self.texts("accounts", section), regions: Self.texts("regions", section), severity: severity(),
            alarmName: template("alarm-name", limit: AlarmName.limit),
            description: template("description", limit: AlarmParts.descriptionLimit), suppressor: suppressor,
            suppressorWait: seconds("suppress-wait", default: 120, in: 0...86_400),
            suppressorExtension: seconds("suppress-extension", default: 180, in: 0...86_400), tags: tags())
        section.close()
        return rule
    }

    func seconds(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let duration = section.duration(key) else { return fallback }
        let seconds = Int(clamping: duration.components.seconds)
        if duration.components.attoseconds != 0 || !range.contains(seconds) {
            let limits = "\(Duration.seconds(range.lowerBound).text) to \(Duration.seconds(range.upperBound).text)"
            section.fault(key, expected: "whole seconds from \(limits)")
        }
        return seconds
    }

    // MARK: Log alarms

    func log() -> LogRule {
        let name = name()
        let points = datapoints(most: 100)
        var comparison = AlarmThreshold.Comparison.greater
        var number = 0.0
        if let threshold = threshold(.unclear) {
            if case .value(let sign, let value) = threshold {
                (comparison, number) = (sign, value)
            } else {
                section.fault("threshold", expected: "a number, since a log has no facts")
            }
        }
        var condition = LogCondition(
            query: "", logGroups: [], queryRoleARN: "", resultsToEvaluate: points.evaluated,
            resultsToAlarm: points.breaching, comparison: comparison, threshold: number,
            missingData: section.choice("missing", default: MissingData.notBreaching))
        if let log = section.section("log") { Self.read(log, &condition) }
        let rule = LogRule(
            name: name, origin: origin(.log), condition: condition, accounts: Self.texts("accounts", section),
            regions: Self.texts("regions", section), severity: severity(),
            alarmName: template("alarm-name", limit: AlarmName.limit),
            description: template("description", limit: AlarmParts.descriptionLimit), tags: tags())
        section.close()
        return rule
    }

    private static func read(_ log: ConfigurationSection, _ condition: inout LogCondition) {
        condition.query = log.requiredText("query", expected: "a query of Logs Insights")
        if condition.query.utf16.count > 10_000 { log.fault("query", "expected at most 10,000 characters") }
        condition.logGroups = texts("groups", log)
        if !(1...50).contains(condition.logGroups.count) { log.fault("groups", "expected 1 to 50 names or ARNs") }
        condition.queryRoleARN = log.requiredText("role", expected: "the ARN of the role that runs the query")
        let reader = AlarmRuleReader(section: log, file: "")
        let every = reader.seconds("every", default: 300, in: 60...86_400)
        if every % 60 != 0 { log.fault("every", expected: "whole minutes, such as 5m") }
        condition.schedule = rate(minutes: every / 60)
        condition.startOffset = reader.seconds("look-back", default: every, in: 1...2_592_000)
        condition.aggregation = log.text("count", default: condition.aggregation)
        if condition.aggregation.utf16.count > 2_048 { log.fault("count", "expected at most 2,048 characters") }
        condition.actionLogLines = log.integer("lines", default: 0, in: 0...50)
        condition.actionLogLineRoleARN = log.text("lines-role")
        if condition.actionLogLines > 0, condition.actionLogLineRoleARN == nil {
            log.fault("lines-role", expected: "the ARN of the role that reads the lines")
        }
        log.close()
    }

    /// `rate(5 minutes)`, `rate(1 hour)`.
    static func rate(minutes: Int) -> String {
        let (count, unit) =
            if minutes % 1_440 == 0 { (minutes / 1_440, "day") } else if minutes % 60 == 0 {
                (minutes / 60, "hour")
            } else {
                (minutes, "minute")
            }
        return "rate(\(counted(count, unit)))"
    }
}

extension ConfigurationSection {
    /// Whether the value of a key is a mapping.
    func isMapping(_ key: String) -> Bool { value(key)?.json.objectValue != nil }
}
