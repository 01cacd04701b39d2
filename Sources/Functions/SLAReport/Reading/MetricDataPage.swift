import Basics
import ServiceHistory

/// A page of the answer of `GetMetricData`, as CloudWatch sends it.
///
/// Decoded from the bytes, because a report of 1,000 services has five million values.
struct MetricDataPage: Decodable, Sendable {
    /// What a query gave.
    struct Series: Decodable, Sendable {
        let id: String?
        let status: String?
        let times: Times?
        let values: [Double]?
        let messages: [Message]?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case status = "StatusCode"
            case times = "Timestamps"
            case values = "Values"
            case messages = "Messages"
        }
    }

    /// Seconds since 1970: numbers from CloudWatch, ISO 8601 from programs that stand in for it.
    struct Times: Decodable, Sendable {
        let seconds: [Double]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let seconds = try? container.decode([Double].self) {
                self.seconds = seconds
                return
            }
            seconds = try container.decode([String].self).map { text in
                guard let time = Timestamp(iso8601: text) else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no time")
                }
                return time.secondsSinceEpoch
            }
        }
    }

    struct Message: Decodable, Sendable {
        let code: String?
        let value: String?

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case value = "Value"
        }

        /// `InternalError: try later`.
        var text: String { [code, value].compactMap(\.self).joined(separator: ": ") }
    }

    let results: [Series]?
    let messages: [Message]?
    let token: String?

    enum CodingKeys: String, CodingKey {
        case results = "MetricDataResults"
        case messages = "Messages"
        case token = "NextToken"
    }
}

extension MetricDataPage.Series {
    /// Puts the values at the places of their times, those of the span.
    func place(into slots: inout [Double], _ period: Int, _ span: HistoryResolution.Span) {
        guard let times, let values else { return }
        let (start, end) = (Double(span.range.lowerBound), Double(span.range.upperBound))
        for (time, value) in zip(times.seconds, values) where time >= start && time < end {
            slots[(Int(time) - span.range.lowerBound) / period] = value
        }
    }
}
