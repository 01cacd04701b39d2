import Basics
import JSON

/// A message of OpenTelemetry's protocol, which is written as protobuf or as JSON
/// (github.com/open-telemetry/opentelemetry-proto, `metrics.proto`).
struct OTLPMessage {
    private enum Value {
        case text(String)
        case double(Double)
        /// Nanoseconds since 1970.
        case time(UInt64)
        /// An enumeration's number, below 128.
        case number(UInt8)
        case flag(Bool)
        case message(OTLPMessage)
        case messages([OTLPMessage])
    }

    private var fields: [(number: UInt8, name: String, value: Value)] = []

    private init(_ fields: [(UInt8, String, Value)]) { self.fields = fields.map { ($0.0, $0.1, $0.2) } }

    /// `ExportMetricsServiceRequest`.
    ///
    /// What counts becomes a delta sum, anything else a gauge; data of the same name, dimensions and time are one
    /// point.
    init(_ data: [MetricDatum], scope: String, resource: [String: String]) {
        var metrics: [(datum: MetricDatum, points: [MetricDatum])] = []
        var positions: [String: Int] = [:]
        for datum in data {
            let key = "\(datum.name)|\(datum.unit)"
            if let known = positions[key] {
                metrics[known].points.append(datum)
            } else {
                positions[key] = metrics.count
                metrics.append((datum, [datum]))
            }
        }
        let attributes = resource.sorted { $0.key < $1.key }.map { Self.attribute($0.key, $0.value) }
        self.init([
            (
                1, "resourceMetrics",
                .messages([
                    Self([
                        (1, "resource", .message(Self([(1, "attributes", .messages(attributes))]))),
                        (
                            2, "scopeMetrics",
                            .messages([
                                Self([
                                    (1, "scope", .message(Self([(1, "name", .text(scope))]))),
                                    (2, "metrics", .messages(metrics.map { Self.metric($0.datum, $0.points) })),
                                ])
                            ])
                        ),
                    ])
                ])
            )
        ])
    }

    private static func metric(_ datum: MetricDatum, _ data: [MetricDatum]) -> Self {
        let points = merged(data).map { point($0, isCount: datum.isCount) }
        let content: (UInt8, String, Value) =
            datum.isCount
            ? (
                7, "sum",
                .message(
                    Self([
                        (1, "dataPoints", .messages(points)),
                        (2, "aggregationTemporality", .number(1)),  // delta
                        (3, "isMonotonic", .flag(true)),
                    ]))
            ) : (5, "gauge", .message(Self([(1, "dataPoints", .messages(points))])))
        return Self([(1, "name", .text(datum.name)), (3, "unit", .text(datum.unit.otlp)), content])
    }

    /// One datum for each time and set of dimensions: of counts the sum, of anything else the last.
    private static func merged(_ data: [MetricDatum]) -> [MetricDatum] {
        var result: [MetricDatum] = []
        var positions: [MetricDatum: Int] = [:]
        for var datum in data {
            datum.value *= datum.isCount ? Double(datum.count) : 1
            var key = datum
            (key.value, key.count) = (0, 1)
            if let known = positions[key] {
                result[known].value = datum.isCount ? result[known].value + datum.value : datum.value
            } else {
                positions[key] = result.count
                result.append(datum)
            }
        }
        return result
    }

    /// `NumberDataPoint`.
    private static func point(_ datum: MetricDatum, isCount: Bool) -> Self {
        let time = UInt64(clamping: datum.timestamp.millisecondsSinceEpoch) * 1_000_000
        let attributes = datum.dimensions.map { attribute($0.name, $0.value) }
        // The time that a delta is about must not overlap with that of the point before: results have whole seconds.
        let start: [(UInt8, String, Value)] =
            isCount ? [(2, "startTimeUnixNano", .time(time - min(time, 1_000_000_000)))] : []
        return Self(
            start + [
                (3, "timeUnixNano", .time(time)), (4, "asDouble", .double(datum.value)),
                (7, "attributes", .messages(attributes)),
            ])
    }

    private static func attribute(_ name: String, _ value: String) -> Self {
        Self([(1, "key", .text(name)), (2, "value", .message(Self([(1, "stringValue", .text(value))])))])
    }

    // MARK: Forms

    /// As protobuf.
    var protobuf: [UInt8] {
        var bytes: [UInt8] = []
        for (number, _, value) in fields {
            func tag(_ wireType: UInt8) { bytes.append(number << 3 | wireType) }
            func block(_ content: [UInt8]) {
                tag(2)
                var length = content.count
                while length > 0x7F {
                    bytes.append(UInt8(length & 0x7F) | 0x80)
                    length >>= 7
                }
                bytes.append(UInt8(length))
                bytes += content
            }
            func fixed(_ bits: UInt64) {
                tag(1)
                for shift in stride(from: 0, to: 64, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
                }
            }
            switch value {
            case .text(let text): block(Array(text.utf8))
            case .double(let number): fixed(number.bitPattern)
            case .time(let time): fixed(time)
            case .number(let small):
                tag(0)
                bytes.append(small)
            case .flag(let flag):
                tag(0)
                bytes.append(flag ? 1 : 0)
            case .message(let message): block(message.protobuf)
            case .messages(let messages): for message in messages { block(message.protobuf) }
            }
        }
        return bytes
    }

    /// As JSON, in which 64-bit numbers are texts.
    var json: JSONValue {
        .object(
            JSONObject(
                fields.map { field in
                    let value: JSONValue =
                        switch field.value {
                        case .text(let text): .string(text)
                        case .double(let number): .double(number)
                        case .time(let time): .string("\(time)")
                        case .number(let number): .integer(Int64(number))
                        case .flag(let flag): .bool(flag)
                        case .message(let message): message.json
                        case .messages(let messages): .array(messages.map(\.json))
                        }
                    return (field.name, value)
                }))
    }
}

extension MetricDatum {
    /// Whether values of several times may be added.
    ///
    /// metric-writer writes durations with the unit Count, too, as the program that it replaces did.
    fileprivate var isCount: Bool { unit == .count && !name.hasSuffix("-secs") }
}

extension MetricDatum.Unit {
    /// In UCUM.
    fileprivate var otlp: String {
        switch self {
        case .count: "1"
        case .seconds: "s"
        case .milliseconds: "ms"
        case .none: ""
        }
    }
}

/// The answer to a request: what was not taken, or why nothing was.
struct OTLPAnswer {
    /// `partial_success.rejected_data_points`.
    var rejected = 0
    /// `partial_success.error_message`, or the `message` of a status.
    var message = ""

    /// Reads `ExportMetricsServiceResponse`, or `google.rpc.Status` when the call failed.
    init(_ body: [UInt8], isJSON: Bool, isFailure: Bool) {
        if isJSON {
            guard let json = try? JSONValue(parsing: body) else {
                message = isFailure ? String(decoding: body.prefix(300), as: UTF8.self) : ""
                return
            }
            let partial = json["partialSuccess"]
            // 64-bit numbers are texts in this form of JSON.
            rejected =
                partial?["rejectedDataPoints"].flatMap { value in
                    value.intValue.flatMap { Int(exactly: $0) } ?? value.stringValue.flatMap { Int($0) }
                } ?? 0
            message = (partial?["errorMessage"] ?? json["message"] ?? json["Message"])?.stringValue ?? ""
            return
        }
        let fields = Self.fields(body[...])
        if isFailure {
            message = fields.first { $0.number == 2 }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
            return
        }
        guard let partial = fields.first(where: { $0.number == 1 }) else { return }
        for field in Self.fields(partial.bytes) {
            if field.number == 1 { rejected = Int(clamping: field.value) }
            if field.number == 2 { message = String(decoding: field.bytes, as: UTF8.self) }
        }
    }

    /// The fields of a protobuf message, as far as they can be read.
    private static func fields(_ bytes: ArraySlice<UInt8>) -> [(
        number: UInt64, value: UInt64, bytes: ArraySlice<UInt8>
    )] {
        var rest = bytes
        func varint() -> UInt64? {
            var result: UInt64 = 0
            for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                result |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return result }
            }
            return nil
        }
        var result: [(UInt64, UInt64, ArraySlice<UInt8>)] = []
        while let tag = varint() {
            switch tag & 7 {
            case 0:
                guard let value = varint() else { return result }
                result.append((tag >> 3, value, []))
            case 1: rest = rest.dropFirst(8)
            case 2:
                guard let length = varint().flatMap({ Int(exactly: $0) }), length <= rest.count else { return result }
                result.append((tag >> 3, 0, rest.prefix(length)))
                rest = rest.dropFirst(length)
            case 5: rest = rest.dropFirst(4)
            default: return result
            }
        }
        return result
    }
}
