import JSON

/// One value of one metric.
struct MetricDatum: Sendable, Hashable {
    struct Dimension: Sendable, Hashable {
        var name: String
        var value: String
    }

    enum Unit: String, Sendable {
        case count = "Count"
        case seconds = "Seconds"
    }

    var name: String
    var dimensions: [Dimension]
    var timestamp: Timestamp
    var value: Double
    var unit: Unit
    /// In seconds: 60, or 1 for high resolution.
    var resolution: Int

    /// The shape of an element of `PutMetricData`'s `MetricData`.
    var json: JSONValue {
        [
            "MetricName": .string(name),
            "Dimensions": .array(dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
            "Timestamp": .string(timestamp.iso8601), "Value": .double(value), "Unit": .string(unit.rawValue),
            "StorageResolution": .integer(Int64(resolution)),
        ]
    }
}
