public import JSON

/// One value of one metric.
public struct MetricDatum: Sendable, Hashable {
    /// A name and value that tell metrics of the same name apart.
    public struct Dimension: Sendable, Hashable {
        /// Such as `Region`.
        public var name: String
        /// 1 to 1,024 printable ASCII characters, or ``MetricDatum/fault(at:)`` says so.
        public var value: String

        /// Makes a dimension.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What a value counts.
    public enum Unit: String, Sendable {
        /// A number of things.
        case count = "Count"
        /// Seconds.
        case seconds = "Seconds"
        /// Milliseconds.
        case milliseconds = "Milliseconds"
        /// Nothing that CloudWatch has a name for; it is not sent.
        case none = "None"
    }

    /// The metric's name.
    public var name: String
    /// At most 30.
    public var dimensions: [Dimension]
    /// When the value was true.
    public var timestamp: Timestamp
    /// The value.
    public var value: Double
    /// What it counts.
    public var unit: Unit
    /// In seconds: 60, or 1 for high resolution.
    public var resolution: Int

    /// Makes a datum.
    public init(
        name: String, dimensions: [Dimension], timestamp: Timestamp, value: Double, unit: Unit, resolution: Int = 60
    ) {
        self.name = name
        self.dimensions = dimensions
        self.timestamp = timestamp
        self.value = value
        self.unit = unit
        self.resolution = resolution
    }

    /// The shape of an element of `PutMetricData`'s `MetricData`.
    var json: JSONValue {
        var members: JSONObject = [
            "MetricName": .string(name),
            "Dimensions": .array(dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
            "Timestamp": .string(timestamp.iso8601), "Value": .double(value),
        ]
        if unit != .none { members["Unit"] = .string(unit.rawValue) }
        members["StorageResolution"] = .integer(Int64(resolution))
        return .object(members)
    }
}
