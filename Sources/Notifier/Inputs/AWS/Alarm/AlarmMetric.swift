import JSON

/// One series of an alarm: a metric with its statistic, or an expression over others.
struct AlarmMetric: Sendable, Hashable {
    struct Dimension: Sendable, Hashable {
        let name: String
        let value: String
    }

    enum Kind: Sendable, Hashable {
        case statistic(namespace: String, name: String, dimensions: [Dimension], statistic: String?)
        case expression(String)
    }

    var id: String?
    var kind: Kind
    var label: String?
    /// In seconds.
    var period: Int?
    var unit: String?
    /// The account it is of, when that is not the alarm's.
    var account: String?
    /// Whether it is shown, and compared unless another one is the threshold.
    var isReturned = true

    /// What people call it: the label, the metric's name or the expression, if that is short.
    var name: String {
        switch kind {
        case .statistic(_, let name, _, _): label ?? name
        case .expression(let text): label ?? (text.utf8.count <= 40 ? text : "the query's result")
        }
    }
}

extension AlarmMetric {
    /// SNS's `Trigger` of an alarm on one metric.
    init?(trigger: JSONObject) {
        guard let name = trigger.text("MetricName") else { return nil }
        self.init(
            kind: .statistic(
                namespace: trigger.text("Namespace") ?? "", name: name,
                dimensions: Self.dimensions(trigger["Dimensions"]),
                statistic: trigger.text("ExtendedStatistic", "extendedStatistic", "Statistic").map(Self.statistic)
            ),
            period: trigger["Period"]?.wholeNumber, unit: Self.unit(trigger["Unit"])
        )
    }

    /// One of `Trigger.Metrics` in SNS's capitals, or of `configuration.metrics` in EventBridge's small letters.
    init?(query: JSONValue) {
        guard let query = query.objectValue else { return nil }
        let stat = (query["MetricStat"] ?? query["metricStat"])?.objectValue
        let metric = (stat?["Metric"] ?? stat?["metric"])?.objectValue
        if let stat, let metric, let name = metric.text("MetricName", "name") {
            kind = .statistic(
                namespace: metric.text("Namespace", "namespace") ?? "", name: name,
                dimensions: Self.dimensions(metric["Dimensions"] ?? metric["dimensions"]),
                statistic: stat.text("Stat", "stat")
            )
        } else if let expression = query.text("Expression", "expression") {
            kind = .expression(expression)
        } else {
            return nil
        }
        id = query.text("Id", "id")
        label = query.text("Label", "label")
        period = (stat?["Period"] ?? stat?["period"] ?? query["Period"] ?? query["period"])?.wholeNumber
        unit = Self.unit(stat?["Unit"] ?? stat?["unit"])
        account = query.text("AccountId", "accountId")
        isReturned = (query["ReturnData"] ?? query["returnData"])?.boolValue ?? true
    }

    /// `[{"name","value"}]` in either case of the first letter, or `{"InstanceId":"i-1"}`.
    private static func dimensions(_ value: JSONValue?) -> [Dimension] {
        if let object = value?.objectValue {
            return object.compactMap { name, value in value.text.map { Dimension(name: name, value: $0) } }
        }
        return (value?.arrayValue ?? []).compactMap { element in
            guard let object = element.objectValue, let name = object.text("name", "Name"),
                let value = object.text("value", "Value")
            else { return nil }
            return Dimension(name: name, value: value)
        }
    }

    /// SNS shouts: `AVERAGE` is `Average`, `SAMPLECOUNT` is `SampleCount`; `p99` stays.
    private static func statistic(_ name: String) -> String {
        switch name.lowercased() {
        case "average": "Average"
        case "sum": "Sum"
        case "minimum": "Minimum"
        case "maximum": "Maximum"
        case "samplecount": "SampleCount"
        default: name
        }
    }

    private static func unit(_ value: JSONValue?) -> String? { value?.text.flatMap { $0 == "None" ? nil : $0 } }
}
