import Basics
public import CloudWatchMetrics
import JSON

/// A metric datum as CloudMonitor's `PutCustomMetric` takes it.
///
/// CloudMonitor cuts names and values behind 64 bytes and replaces characters that it does not take, and says nothing
/// about it: two endpoints could become one. So everything is made to fit here, and what had to be changed gets a hash
/// that keeps it apart
/// (https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-putcustommetric and
/// …/user-guide/overview-15, whose stricter limit counts where they differ).
public struct CloudMonitorEntry: Sendable, Hashable {
    /// The metric's name: letters, digits and underscores, `response_time` for `response-time`.
    public let name: String
    /// At most ten, in the datum's order; an endpoint's name, group and region come first, its labels last.
    public let dimensions: [MetricDatum.Dimension]
    /// Raw values: CloudMonitor makes average, sum and the others of them.
    private let value: Double
    private let timestamp: Timestamp

    /// The most bytes of a name or value.
    private static let maximumBytes = 64
    private static let maximumDimensions = 10

    /// Fits a datum to CloudMonitor's limits.
    public init(_ datum: MetricDatum) {
        name = Self.fitted(datum.name) { $0.isLetterOrDigit }
        dimensions = datum.dimensions.prefix(Self.maximumDimensions).map { dimension in
            MetricDatum.Dimension(name: Self.distinct(dimension.name), value: Self.distinct(dimension.value))
        }
        value = datum.value
        timestamp = datum.timestamp
    }

    /// The parameters of the entry at a place, from 1, in a list.
    func parameters(at place: Int, group: String) -> [(name: String, value: String)] {
        let map = JSONObject(dimensions.map { ($0.name, JSONValue.string($0.value)) })
        let values: JSONValue = ["value": .double(value)]
        return [
            ("Dimensions", JSONValue.object(map).description), ("GroupId", group), ("MetricName", name),
            ("Time", "\(timestamp.millisecondsSinceEpoch)"), ("Type", "0"), ("Values", values.description),
        ].map { ("MetricList.\(place).\($0.0)", $0.1) }
    }

    /// Letters, digits, `.`, `-`, `_`, `/` and `\`.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || ".-_/\\".utf8.contains(byte)
    }

    private static func fitted(_ text: String, _ isFine: (UInt8) -> Bool) -> String {
        String(decoding: text.utf8.prefix(maximumBytes).map { isFine($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    /// The text with underscores for what does not fit, and then with a hash of the whole at its end.
    private static func distinct(_ text: String) -> String {
        let plain = fitted(text, isPlain)
        guard plain != text else { return text }
        let mark = "-" + Digest.sha256Hex(text).prefix(8)
        return plain.prefix(maximumBytes - mark.utf8.count) + mark
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
