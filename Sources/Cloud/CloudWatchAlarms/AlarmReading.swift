public import Basics
public import JSON

extension Alarm {
    /// Reads an element of `DescribeAlarms`.
    ///
    /// What CloudWatch fills in for what was left out is read as if it had been given: see ``normalized``.
    /// - Parameters:
    ///   - type: that of the list in which the element stands.
    ///   - tags: of `ListTagsForResource` or `GetResources`; `DescribeAlarms` has none.
    /// - Throws: ``CloudWatchAlarmsError`` for a form of alarm that this version does not know.
    public init(
        describing json: JSONValue, type: AlarmType, tags: [String: String] = [:]
    ) throws(CloudWatchAlarmsError) {
        guard let name = json["AlarmName"]?.stringValue else {
            throw CloudWatchAlarmsError(.unreadable, "CloudWatch described an alarm without a name")
        }
        do throws(CloudWatchAlarmsError) {
            self.init(
                name: name, description: json["AlarmDescription"]?.stringValue ?? "",
                condition: try AlarmCondition(json, type), actions: AlarmActions(json), tags: tags)
        } catch {
            throw CloudWatchAlarmsError(.unreadable, "alarm \(name): \(error.message)", underlying: error)
        }
        self = normalized
    }
}

extension MuteRule {
    /// Reads the output of `GetAlarmMuteRule`.
    /// - Throws: ``CloudWatchAlarmsError`` for a form that this version does not know.
    public init(describing json: JSONValue, tags: [String: String] = [:]) throws(CloudWatchAlarmsError) {
        let schedule = json["Rule"]?["Schedule"]
        guard let name = json["Name"]?.stringValue, let expression = schedule?["Expression"]?.stringValue,
            let length = schedule?["Duration"]?.stringValue, let duration = Duration(text: length)
        else { throw CloudWatchAlarmsError(.unreadable, "a mute rule lacks name, schedule or a duration in ISO 8601") }
        self.init(
            name: name, description: json["Description"]?.stringValue ?? "", schedule: expression, duration: duration,
            timeZone: schedule?["Timezone"]?.stringValue ?? "UTC",
            alarms: json["MuteTargets"]?["AlarmNames"].strings ?? [], tags: tags)
        self = normalized
    }
}

extension AlarmCondition {
    fileprivate init(_ json: JSONValue, _ type: AlarmType) throws(CloudWatchAlarmsError) {
        switch type {
        case .composite: self = .composite(try CompositeCondition(json))
        case .log: self = .log(try LogCondition(json))
        case .metric:
            if let criteria = json["EvaluationCriteria"], !criteria.isNull {
                self = .promQL(try PromQLCondition(criteria, interval: json["EvaluationInterval"]))
            } else {
                self = .metric(try MetricCondition(json))
            }
        }
    }
}

extension AlarmActions {
    fileprivate init(_ json: JSONValue) {
        let propagation = json["ActionConfiguration"]?["AlarmTagsPropagation"]
        var tags: TagPropagation?
        if propagation?["Enabled"]?.boolValue == true {
            let (included, excluded) = (
                propagation?["IncludedTagKeys"].strings, propagation?["ExcludedTagKeys"].strings
            )
            tags = included.map { .only($0) } ?? excluded.map { .except($0) } ?? .all
        }
        self.init(
            alarm: json["AlarmActions"].strings ?? [], ok: json["OKActions"].strings ?? [],
            insufficientData: json["InsufficientDataActions"].strings ?? [],
            areEnabled: json["ActionsEnabled"]?.boolValue ?? true, propagatedTags: tags)
    }
}

extension MetricCondition {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        let count = try json.integer("EvaluationPeriods")
        var window: EvaluationWindow?
        if let timeZone = json["EvaluationWindow"]?["WallClockWindow"]?["Timezone"]?.stringValue {
            window = .wallClock(timeZone: timeZone)
        }
        let warmUp = json["WarmUpConfiguration"]?["WarmUpPeriodDurationInMinutes"]?.intValue.map { minutes in
            let isOnly = json["WarmUpConfiguration"]?["OnlyStartEvaluatingAfterWarmUpPeriodEnds"]?.boolValue
            return AlarmWarmUp(minutes: Int(minutes), evaluatesOnlyAfter: isOnly ?? false)
        }
        self.init(
            data: try AlarmData(json), threshold: try AlarmThreshold(json), evaluationPeriods: count,
            datapointsToAlarm: json["DatapointsToAlarm"]?.intValue.map { Int($0) },
            missingData: try MissingData(json),
            evaluatesFewSamples: json["EvaluateLowSampleCountPercentile"]?.stringValue != "ignore",
            warmUp: warmUp, window: window)
    }
}

extension MissingData {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        let text = json["TreatMissingData"]?.stringValue ?? Self.missing.rawValue
        guard let value = Self(rawValue: text) else { throw unknown("TreatMissingData", text) }
        self = value
    }
}

extension AlarmThreshold {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        let text = try json.text("ComparisonOperator")
        if let id = json["ThresholdMetricId"]?.stringValue {
            guard let comparison = BandComparison(rawValue: text) else { throw unknown("ComparisonOperator", text) }
            self = .band(comparison, queryID: id)
        } else {
            guard let comparison = Comparison(rawValue: text) else { throw unknown("ComparisonOperator", text) }
            self = .value(comparison, try json.number("Threshold"))
        }
    }
}

extension AlarmData {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        guard let list = json["Metrics"]?.arrayValue, !list.isEmpty else {
            self = .metric(try MetricStatistic(json, json, period: json, ["Statistic", "ExtendedStatistic"]))
            return
        }
        var queries: [MetricQuery] = []
        for element in list { queries.append(try MetricQuery(element)) }
        self = .queries(queries)
    }
}

extension MetricStatistic {
    fileprivate init(
        _ metric: JSONValue, _ holder: JSONValue, period: JSONValue, _ statistics: [String]
    ) throws(CloudWatchAlarmsError) {
        guard let statistic = statistics.lazy.compactMap({ holder[$0]?.stringValue }).first else {
            throw CloudWatchAlarmsError(.unreadable, "it has no \(statistics.joined(separator: " and no "))")
        }
        var dimensions: [String: String] = [:]
        for dimension in metric["Dimensions"]?.arrayValue ?? [] {
            dimensions[try dimension.text("Name")] = try dimension.text("Value")
        }
        self.init(
            namespace: try metric.text("Namespace"), metric: try metric.text("MetricName"), dimensions: dimensions,
            statistic: statistic, period: try period.integer("Period"), unit: holder["Unit"]?.stringValue)
    }
}

extension MetricQuery {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        let source: Source
        if let statistic = json["MetricStat"], !statistic.isNull {
            source = .metric(
                try MetricStatistic(statistic["Metric"] ?? [:], statistic, period: statistic, ["Stat"]),
                account: json["AccountId"]?.stringValue)
        } else {
            source = .expression(try json.text("Expression"), period: json["Period"]?.intValue.map { Int($0) })
        }
        self.init(
            id: try json.text("Id"), source: source, label: json["Label"]?.stringValue,
            returnsData: json["ReturnData"]?.boolValue ?? true)
    }
}

extension PromQLCondition {
    fileprivate init(_ criteria: JSONValue, interval: JSONValue?) throws(CloudWatchAlarmsError) {
        guard let json = criteria["PromQLCriteria"] else {
            let members = (criteria.objectValue?.keys ?? []).joined(separator: ", ")
            throw unknown("EvaluationCriteria", members)
        }
        self.init(
            query: try json.text("Query"), pendingSeconds: Int(json["PendingPeriod"]?.intValue ?? 0),
            recoverySeconds: Int(json["RecoveryPeriod"]?.intValue ?? 0), interval: Int(interval?.intValue ?? 60))
    }
}

extension CompositeCondition {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        let suppressor = json["ActionsSuppressor"]?.stringValue.map { alarm in
            Suppressor(
                alarm: alarm, waitSeconds: Int(json["ActionsSuppressorWaitPeriod"]?.intValue ?? 0),
                extensionSeconds: Int(json["ActionsSuppressorExtensionPeriod"]?.intValue ?? 0))
        }
        self.init(rule: try AlarmRuleExpression(parsing: json.text("AlarmRule")), suppressor: suppressor)
    }
}

extension LogCondition {
    fileprivate init(_ json: JSONValue) throws(CloudWatchAlarmsError) {
        let query = json["ScheduledQueryConfiguration"] ?? [:]
        let schedule = query["ScheduleConfiguration"] ?? [:]
        let operation = try json.text("ComparisonOperator")
        guard let comparison = AlarmThreshold.Comparison(rawValue: operation) else {
            throw unknown("ComparisonOperator", operation)
        }
        let lines = Int(json["ActionLogLineCount"]?.intValue ?? 0)
        self.init(
            query: try query.text("QueryString"), logGroups: query["LogGroupIdentifiers"].strings ?? [],
            queryRoleARN: try query.text("ScheduledQueryRoleARN"),
            schedule: try schedule.text("ScheduleExpression"), startOffset: try schedule.integer("StartTimeOffset"),
            aggregation: try query.text("AggregationExpression"),
            resultsToEvaluate: try json.integer("QueryResultsToEvaluate"),
            resultsToAlarm: try json.integer("QueryResultsToAlarm"), comparison: comparison,
            threshold: try json.number("Threshold"), missingData: try MissingData(json), actionLogLines: lines,
            actionLogLineRoleARN: json["ActionLogLineRoleArn"]?.stringValue)
    }
}

private func unknown(_ member: String, _ value: String) -> CloudWatchAlarmsError {
    CloudWatchAlarmsError(.unreadable, "\(member) \(value) is not known to this version")
}

extension JSONValue {
    fileprivate func text(_ member: String) throws(CloudWatchAlarmsError) -> String {
        guard let text = self[member]?.stringValue else { throw missing(member) }
        return text
    }

    fileprivate func integer(_ member: String) throws(CloudWatchAlarmsError) -> Int {
        guard let number = self[member]?.intValue else { throw missing(member) }
        return Int(number)
    }

    fileprivate func number(_ member: String) throws(CloudWatchAlarmsError) -> Double {
        guard let number = self[member]?.doubleValue else { throw missing(member) }
        return number
    }

    private func missing(_ member: String) -> CloudWatchAlarmsError {
        CloudWatchAlarmsError(.unreadable, "it has no \(member)")
    }
}

extension JSONValue? {
    /// The texts of a list; nil for an absent or empty one.
    fileprivate var strings: [String]? {
        guard let list = self?.arrayValue, !list.isEmpty else { return nil }
        return list.compactMap(\.stringValue)
    }
}
