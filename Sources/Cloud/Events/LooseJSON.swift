public import Basics
public import JSON

// Tolerant reading of messages that other services write: a value of an unexpected type counts as absent.

extension JSONValue {
    /// A scalar as a person would write it; nil for null, blank text and the word `null` (CloudMonitor sends it), and
    /// for lists and objects.
    public var text: String? {
        switch self {
        case .string(let string): string.nonBlank
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .double(let number): readable(number)
        case .null, .array, .object: nil
        }
    }

    /// A number, or text that holds one; never infinite.
    public var number: Double? {
        if let number = doubleValue { return number.isFinite ? number : nil }
        guard let text = stringValue?.trimmed, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    /// A whole number, or text that holds one.
    public var wholeNumber: Int? { number.flatMap { Int(exactly: $0) } }

    /// The elements of an array, or the value itself as the only one; none for null.
    public var elements: [JSONValue] { arrayValue ?? (isNull ? [] : [self]) }

    /// The ``text`` of those elements that have one.
    public var texts: [String] { elements.compactMap(\.text) }

    /// A moment: ISO 8601, an HTTP date, or seconds or milliseconds since 1970 as number or text.
    public var timestamp: Timestamp? {
        if let number { return Timestamp(secondsOrMillisecondsSinceEpoch: number) }
        guard let text else { return nil }
        return Timestamp(iso8601: text) ?? Timestamp(httpDate: text)
    }
}

extension JSONObject {
    /// The ``JSONValue/text`` of the first of these keys that has one.
    public func text(_ keys: String...) -> String? {
        for key in keys { if let text = self[key]?.text { return text } }
        return nil
    }
}

extension StringProtocol {
    /// Without ASCII white space and control characters at both ends; some publishers end a text with NUL.
    public var trimmed: String {
        let bytes = Substring(self).utf8
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else { return "" }
        return String(self[first...last])
    }

    /// The trimmed text; nil for blank text and the word `null`.
    public var nonBlank: String? {
        let trimmed = trimmed
        return trimmed.isEmpty || trimmed == "null" ? nil : trimmed
    }
}

/// A number without a needless fraction: `80`, `0.05`, `99.5016`; four digits after the point, all for small ones.
///
/// Not fewer: 99.9876 is below a threshold of 99.99.
public func readable(_ number: Double) -> String {
    guard number.isFinite else { return "\(number)" }
    if let whole = Int64(exactly: number) { return String(whole) }
    let rounded = (number * 10_000).rounded() / 10_000
    return rounded.isFinite && rounded.magnitude >= 0.01 ? exact(rounded) : exact(number)
}

/// A number with all its digits, without `.0`.
public func exact(_ number: Double) -> String { Int64(exactly: number).map { String($0) } ?? "\(number)" }
