public import Basics
import JSON

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
    /// How many times the value counts, from 1.
    public var count: Int

    /// Makes a datum.
    public init(
        name: String, dimensions: [Dimension], timestamp: Timestamp, value: Double, unit: Unit, resolution: Int = 60,
        count: Int = 1
    ) {
        self.name = name
        self.dimensions = dimensions
        self.timestamp = timestamp
        self.value = value
        self.unit = unit
        self.resolution = resolution
        self.count = count
    }

    /// The shape of an element of `PutMetricData`'s `MetricData`.
    var json: JSONValue {
        var members: JSONObject = [
            "MetricName": .string(name),
            "Dimensions": .array(dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
            "Timestamp": .string(timestamp.iso8601),
        ]
        if count == 1 {
            members["Value"] = .double(value)
        } else {
            members["Values"] = [.double(value)]
            members["Counts"] = [.init(count)]
        }
        if unit != .none { members["Unit"] = .string(unit.rawValue) }
        members["StorageResolution"] = .integer(Int64(resolution))
        return .object(members)
    }
}

extension MetricDatum {
    /// How far back CloudWatch takes values, and how far ahead.
    static let oldest = Duration.seconds(14 * 86_400)
    static let newest = Duration.seconds(2 * 3_600)

    /// What CloudWatch would refuse about the datum, and with it the whole request; `nil` when it is fine.
    ///
    /// The limits of `PutMetricData`
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html and API_Dimension.html);
    /// names and units come from here and need no check.
    public func fault(at now: Timestamp) -> String? {
        if timestamp < now - Self.oldest { return "timestamp \(timestamp) is more than two weeks ago" }
        if timestamp > now + Self.newest { return "timestamp \(timestamp) is more than two hours ahead" }
        if !value.isFinite || value.magnitude > 0x1p360 { return "\(name) \(value) is out of range" }
        for dimension in dimensions {
            if let fault = Self.fault(inDimensionValue: dimension.value) { return "\(dimension.name) \(fault)" }
        }
        return nil
    }

    private static func fault(inDimensionValue value: String) -> String? {
        if !value.utf8.contains(where: { $0 > 0x20 }) { return "is empty" }
        if value.utf8.count > 1_024 { return "has \(value.utf8.count) characters, more than 1024" }
        let isPrintable = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        return isPrintable ? nil : "\"\(value)\" has a character outside of printable ASCII"
    }
}
