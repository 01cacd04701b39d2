import Basics
import JSON

/// How scalar values are written outside JSON: in paths, queries, headers, forms and XML.
///
/// `InputValidator` has checked the inputs, so every value has the kind of its shape.
enum WireText {
    static func text(_ value: JSONValue, _ kind: Shape.Kind, timestamps: ShapeReference.TimestampFormat) -> String {
        switch value {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .double(let value) where kind != .timestamp: number(value)
        case .array, .object: value.description
        case _ where kind == .timestamp: Timestamp(wire: value)?.wireText(timestamps) ?? ""
        case .string(let value): value
        case .integer, .unsigned, .double: value.description
        }
    }

    /// The number's text; `NaN`, `Infinity` and `-Infinity` as in the Smithy specification.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.description
    }
}

extension Timestamp {
    /// Reads any form in which a timestamp arrives: ISO 8601, an HTTP date, seconds since 1970 as number or text.
    init?(wire value: JSONValue) {
        switch value {
        case .integer, .unsigned, .double:
            guard let seconds = value.doubleValue, seconds.isFinite else { return nil }
            self.init(secondsSinceEpoch: seconds)
        case .string(let text):
            let text = String(text.trimmingWhitespace)
            if let seconds = Double(text), seconds.isFinite {
                self.init(secondsSinceEpoch: seconds)
            } else if let timestamp = Timestamp(iso8601: text) ?? Timestamp(httpDate: text) {
                self = timestamp
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// Whole seconds since 1970, rounded down.
    var wholeSeconds: Int64 { microseconds.flooredDivision(by: 1_000_000).quotient }

    /// Seconds since 1970 as botocore writes them: with a fraction only when it is not zero.
    var wireSeconds: JSONValue { hasFraction ? .double(secondsSinceEpoch) : .integer(wholeSeconds) }

    /// The text that botocore writes: microseconds only when they are not zero, and never in HTTP dates.
    func wireText(_ format: ShapeReference.TimestampFormat) -> String {
        switch format {
        case .iso8601: iso8601(fractionDigits: hasFraction ? 6 : 0)
        case .rfc822: httpDate
        case .unix: wireSeconds.description
        }
    }

    private var hasFraction: Bool { microseconds % 1_000_000 != 0 }
}

/// Whether a text has only ASCII letters, digits and the given other bytes.
func isPlain(_ text: String, and others: StaticString) -> Bool {
    text.utf8.allSatisfy { byte in byte.isASCIIAlphanumeric || others.withUTF8Buffer { $0.contains(byte) } }
}

extension Timestamp {
    /// The text of a timestamp in outputs, the one that Chaos Toolkit writes to a journal for boto3's value.
    ///
    /// That is Python's `isoformat()` of a time in UTC: `2026-11-21T03:42:00+00:00`, and six fraction digits where the
    /// fraction is not zero. `Timestamp(iso8601:)` reads it.
    var outputText: String {
        iso8601(fractionDigits: microseconds % 1_000_000 == 0 ? 0 : 6).dropLast() + "+00:00"
    }
}

extension ShapeGraph {
    /// Reads a scalar from its text in a header or in XML.
    /// - Throws: `invalidResponse` when the text does not fit the shape.
    func scalar(_ text: String, _ reference: ShapeReference) throws(AWSError) -> JSONValue {
        switch self[reference].kind {
        case .boolean: return .bool(text.utf8.lazy.map { $0 | 0x20 }.elementsEqual("true".utf8))
        case .integer:
            let digits = text.trimmingWhitespace
            if let number = Int64(digits) { return .integer(number) }
            if let number = UInt64(digits) { return .unsigned(number) }
        case .double:
            if let number = Double(text.trimmingWhitespace) { return .double(number) }
        case .timestamp:
            if let timestamp = Timestamp(wire: .string(text)) { return .string(timestamp.outputText) }
        case .blob:
            if let bytes = Base64.decode(text) { return .string(Base64.encode(bytes)) }
        case .string, .structure, .list, .map: return .string(text)
        }
        throw .unexpected("\(self[reference].kind) \(reference.name)", "\"\(text)\"")
    }
}
